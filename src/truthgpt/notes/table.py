"""What is known of the notes beside their ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes.decision import History

Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NoteTable:
    """n notes: who wrote each (empty: unknown), when, in milliseconds since 1970 (0: unknown), and whether it says that its
    post is misleading."""

    ids: tuple[str, ...]
    authors: tuple[str, ...]
    created_at: Times
    misleading: Flags

    @classmethod
    def of(
        cls, ids: Sequence[str], authors: Sequence[str], created_at: npt.ArrayLike, misleading: npt.ArrayLike
    ) -> NoteTable:
        """A table of columns; of notes that stand twice the last counts. Raises `BadInputError` where lengths differ."""
        try:
            made, says = np.asarray(created_at, np.int64), np.asarray(misleading, np.bool_)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadInputError(f"a column of the notes is no numbers: {error}") from None
        if not len(ids) == len(authors) == len(made) == len(says):
            raise BadInputError("the columns of the notes have different lengths")
        last = {str(one): row for row, one in enumerate(ids)}
        rows = list(last.values())
        return cls(tuple(last), tuple(authors[row] for row in rows), made[rows], says[rows])

    def __len__(self) -> int:
        return len(self.ids)

    def aligned(self, ids: Sequence[str]) -> NoteTable:
        """The rows of `ids`, in their order; of a note that is not here nothing is known, and it counts as misleading."""
        places = {one: place for place, one in enumerate(self.ids)}
        rows = np.array([places.get(one, -1) for one in ids], np.int64)
        known = rows >= 0
        created, says = np.zeros(len(ids), np.int64), np.ones(len(ids), np.bool_)
        created[known], says[known] = self.created_at[rows[known]], self.misleading[rows[known]]
        return NoteTable(
            tuple(ids), tuple(self.authors[row] if row >= 0 else "" for row in rows), created, says
        )


def aligned_histories(histories: Mapping[str, History], ids: Sequence[str]) -> list[History]:
    """The histories of `ids`, in their order; an empty one where there is none."""
    nothing = History()
    return [histories.get(one, nothing) for one in ids]
