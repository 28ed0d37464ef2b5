"""A note as everybody may read it: one form for answers, the API and the page."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from truthgpt.notes.decision import NEEDS_MORE, Decided, History, Side
from truthgpt.notes.explanation import explain
from truthgpt.notes.stored import StoredNote

SIDES_FROM = 5
"""Ratings from which on it is told how each side rated: of fewer, a single rater's could be made out."""
_NO_SIDES = Side(), Side()
_UNSCORED = "Its ratings have not been weighed yet."


def undecided(note_id: str, ratings: int) -> Decided:
    """What stands for a decision before there is one."""
    return Decided(
        note_id, NEEDS_MORE, "", 0.0, None, None, None, None, ratings, _NO_SIDES, Side(), History()
    )


def context(text: str) -> str:
    """A note that stands with a post in one line, where posts are shown as text."""
    return f"Readers added context: {' '.join(text.split())}"


def told(note: StoredNote, decided: Decided) -> dict[str, Any]:
    """The note, its status and why; sides are zero below `SIDES_FROM` ratings, in the sentence too."""
    if decided.ratings < SIDES_FROM:
        decided = replace(decided, sides=_NO_SIDES, unplaced=Side())
    return {
        "id": note.id,
        "post_id": note.post_id,
        "author": note.author,
        "classification": note.classification,
        "text": note.text,
        "created_at": datetime.fromtimestamp(note.created_at / 1000, UTC),
        "status": decided.status,
        "rule": decided.rule,
        "margin": decided.margin,
        "intercept": decided.intercept,
        "factor": decided.factor,
        "ratings": decided.ratings,
        "sides": [{"side": name, **asdict(side)} for name, side in zip("ab", decided.sides, strict=True)],
        "unplaced": asdict(decided.unplaced),
        "explanation": explain(decided) if decided.rule else _UNSCORED,
    }
