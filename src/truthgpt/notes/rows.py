"""Rows of the tables as what they stand for, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping

from truthgpt.errors import BadInputError
from truthgpt.notes.decision import Decided, History, Side
from truthgpt.notes.stored import StoredNote, StoredRating
from truthgpt.notes.tables import COUNTS, SIDES

_HISTORY = tuple(field.name for field in fields(History))


def note_of(row: RowMapping) -> StoredNote:
    return StoredNote(
        row["id"], row["post_id"], row["author"], row["classification"], row["text"], row["created_at"]
    )


def rating_of(row: Sequence[Any]) -> StoredRating:
    """Of a whole row of `ratings`, by the places of its columns: a scoring reads millions."""
    note_id, rater, level, tags, created_at = row
    return StoredRating(note_id, rater, level, _split(tags), created_at)


@lru_cache(maxsize=4096)
def _split(tags: str) -> tuple[str, ...]:
    # The same few combinations are ticked again and again.
    return tuple(tags.split())


def decided_of(row: RowMapping) -> Decided:
    a, b, unplaced = (Side(*(row[f"{side}_{count}"] for count in COUNTS)) for side in SIDES)
    return Decided(
        note_id=row["note_id"],
        status=row["status"],
        rule=row["rule"],
        margin=row["margin"],
        intercept=row["intercept"],
        factor=row["factor"],
        lower=row["lower"],
        upper=row["upper"],
        ratings=row["ratings"],
        sides=(a, b),
        unplaced=unplaced,
        history=history_of(row),
    )


def history_of(row: RowMapping) -> History:
    return History(*(row[name] for name in _HISTORY))


def row_of(decided: Decided) -> dict[str, Any]:
    """The row of `statuses`. NumPy's numbers become Python's, which is all that drivers take.

    Raises `BadInputError` for a number that is none, of which no reader could make anything.
    """
    row: dict[str, Any] = {
        "note_id": decided.note_id,
        "status": decided.status,
        "rule": decided.rule,
        "ratings": int(decided.ratings),
    }
    for name in ("margin", "intercept", "factor", "lower", "upper"):
        value = getattr(decided, name)
        row[name] = None if value is None else float(value)
        if row[name] is not None and math.isnan(row[name]):
            raise BadInputError(f"the {name} of note {decided.note_id} is no number")
    for side, counted in zip(SIDES, (*decided.sides, decided.unplaced), strict=True):
        row |= {f"{side}_{count}": int(getattr(counted, count)) for count in COUNTS}
    for name in _HISTORY:
        value = getattr(decided.history, name)
        row[name] = int(value) if value is not None and name.endswith("_at") else value
    return row
