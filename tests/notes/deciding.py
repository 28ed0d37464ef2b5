"""Decisions that name the run that they are of, in place of those of a model."""

from __future__ import annotations

from collections.abc import Mapping

from truthgpt.notes.decision import HELPFUL, Decided, History, Side, Status
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.table import NoteTable


def decided(
    note_id: str, rule: str = "a rule", status: Status = HELPFUL, history: History | None = None
) -> Decided:
    """A decision with a different number in each of its fields."""
    return Decided(
        note_id=note_id,
        status=status,
        rule=rule,
        margin=0.1,
        intercept=0.42,
        factor=-0.3,
        lower=None,
        upper=0.5,
        ratings=21,
        sides=(Side(1, 2, 3), Side(4, 5, 6)),
        unplaced=Side(7, 8, 9),
        history=history or History(status, status, 11, status, 12, None, None),
    )


def all_helpful(
    ratings: Ratings, notes: NoteTable, histories: Mapping[str, History], *, now: int
) -> list[Decided]:
    """Every note is helpful, by a rule that tells how many ratings were read."""
    return [decided(note_id, f"{len(ratings)} ratings at {now}") for note_id in notes.ids]
