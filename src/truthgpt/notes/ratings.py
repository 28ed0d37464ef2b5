"""Who found which note helpful, as numbers: ids of any type in, arrays in one canonical order out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.errors import BadInputError
from truthgpt.notes.incidence import Numbers, grouped

Values: TypeAlias = npt.NDArray[np.float32]
Times: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

LEVELS: Mapping[str, float] = {"HELPFUL": 1.0, "SOMEWHAT_HELPFUL": 0.5, "NOT_HELPFUL": 0.0}
"""What each level of X's rating form is worth (`process_data.py:540` of the published scorer)."""
UNKNOWN_TIME = 0
"""Milliseconds since 1970 that stand for a rating of which nobody knows when it was made."""
LATEST_TIME = 1 << 48
"""No time is later, about ten thousand years after 1970."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """n ratings, at most one of a rater on a note, sorted by note and then by rater.

    Rater `raters[i]` gave note `notes[i]` the value `values[i]` in [0, 1] at `times[i]`, milliseconds since 1970; it
    weighs `weights[i]` ≥ 0 (None: all the same). Notes and raters are places in their tuples of ids, which are sorted;
    an id may have no rating at all. `tags` are the boxes that raters ticked, (n,) each. `repeated` counts the ratings
    left out for a later one of the same rater on the same note.
    """

    notes: Numbers
    raters: Numbers
    values: Values
    times: Times
    note_ids: tuple[str, ...]
    rater_ids: tuple[str, ...]
    weights: Values | None = None
    tags: Mapping[str, Flags] = field(default_factory=dict)
    repeated: int = 0
    echoes: Flags | None = None
    """Votes that a group of raters who act together repeats on a note (n,): they weigh less in fits and are not counted."""

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(
        cls,
        notes: Iterable[Any],
        raters: Iterable[Any],
        values: npt.ArrayLike,
        *,
        times: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
        tags: Mapping[str, npt.ArrayLike] | None = None,
    ) -> Ratings:
        """The ratings in columns of n rows; ids may be of any type, and are told apart by how Python writes them.

        Of several ratings of one rater on one note the last counts: the one made last, and of those made at one time
        the one that stands last. Raises `BadInputError` for columns of different lengths, ids that are missing, values
        outside [0, 1], times outside [0, `LATEST_TIME`], and weights that are negative or no numbers.
        """
        note_numbers, note_ids = _numbered(notes)
        rater_numbers, rater_ids = _numbered(raters)
        try:
            given = np.asarray(values, np.float32)
            made = np.zeros(note_numbers.shape, np.int64) if times is None else _times(times)
            weighed = None if weights is None else np.asarray(weights, np.float32)
            ticked = {name: np.asarray(column, np.bool_) for name, column in (tags or {}).items()}
        except (TypeError, ValueError, OverflowError) as error:
            raise BadInputError(f"a column of ratings is no numbers: {error}") from None
        columns = {"raters": rater_numbers, "values": given, "times": made, "weights": weighed, **ticked}
        for name, column in columns.items():
            if column is not None and column.shape != note_numbers.shape:
                raise BadInputError(
                    f"{name} are {column.shape}; expected one for each of the {len(note_numbers)} notes"
                )
        if not np.all((given >= 0) & (given <= 1)):  # also false for what is no number
            raise BadInputError("ratings are numbers from 0 (not helpful) to 1 (helpful)")
        if np.any((made < 0) | (made > LATEST_TIME)):
            raise BadInputError(f"times are milliseconds since 1970, from 0 (unknown) to {LATEST_TIME}")
        if weighed is not None and not np.all((weighed >= 0) & np.isfinite(weighed)):
            raise BadInputError("weights are numbers of at least 0")
        order = _canonical(note_numbers, rater_numbers, made, len(note_ids), len(rater_ids))
        last = np.ones(len(order), np.bool_)
        last[:-1] = (np.diff(note_numbers[order]) != 0) | (np.diff(rater_numbers[order]) != 0)
        kept = order[last]
        return cls(
            note_numbers[kept],
            rater_numbers[kept],
            given[kept],
            made[kept],
            note_ids,
            rater_ids,
            None if weighed is None else weighed[kept],
            {name: column[kept] for name, column in ticked.items()},
            repeated=len(order) - len(kept),
        )

    @classmethod
    def none(cls) -> Ratings:
        """No ratings, notes or raters."""
        return cls.of([], [], [])

    def only(self, kept: Flags) -> Ratings:
        """Those of which `kept` (n,) is true; ids stay as they are."""
        return replace(
            self,
            notes=self.notes[kept],
            raters=self.raters[kept],
            values=self.values[kept],
            times=self.times[kept],
            weights=None if self.weights is None else self.weights[kept],
            echoes=None if self.echoes is None else self.echoes[kept],
            tags={name: column[kept] for name, column in self.tags.items()},
        )

    def weighed(self, weights: npt.NDArray[np.float64] | Values) -> Ratings:
        """The same ratings with `weights` (n,) in place of their own."""
        return replace(self, weights=np.asarray(weights, np.float32))

    def votes(self) -> Ratings:
        """Those that count: all but `echoes`."""
        return self if self.echoes is None else self.only(~self.echoes)

    def enough(self, *, a_note: int, a_rater: int) -> Ratings:
        """Those of notes with `a_note` ratings, and of these those by raters with `a_rater`: each filter once, in this order."""
        kept = self.only(self.per_note()[self.notes] >= a_note)
        return kept.only(kept.per_rater()[kept.raters] >= a_rater)

    def per_note(self) -> npt.NDArray[np.int64]:
        """How many ratings each note has (notes,)."""
        return np.bincount(self.notes, minlength=len(self.note_ids))

    def per_rater(self) -> npt.NDArray[np.int64]:
        """How many ratings each rater gave (raters,)."""
        return np.bincount(self.raters, minlength=len(self.rater_ids))

    def ticked(self, tag: str) -> Flags:
        """Which ratings have `tag` (n,); none where nobody was asked."""
        return self.tags.get(tag, np.zeros(len(self), np.bool_))


def _numbered(ids: Iterable[Any]) -> tuple[Numbers, tuple[str, ...]]:
    """Each id as its place among all different ids, sorted as they are written."""
    found = _encoded(ids)
    numbers = found.indices.to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(numbers, minlength=len(found.dictionary)))
    names = found.dictionary.take(pa.array(used)).cast(pa.string())
    order = pc.sort_indices(names).to_numpy()
    places = np.zeros(len(found.dictionary), np.int32)
    places[used[order]] = np.arange(len(names), dtype=np.int32)
    return places[numbers], tuple(names.take(pa.array(order)).to_pylist())


def _encoded(ids: Iterable[Any]) -> pa.DictionaryArray:
    """`ids` as numbers of different ones; Arrow's own columns are not written out."""
    if isinstance(ids, pa.Array | pa.ChunkedArray):
        column = ids
    elif isinstance(ids, np.ndarray) and ids.dtype.kind in "iuU":
        column = pa.array(ids)  # of many texts Arrow makes several pieces
    else:
        each = ids.tolist() if isinstance(ids, np.ndarray) else ids
        column = pa.array([_written(one) for one in each], pa.string())
    if column.null_count:
        raise BadInputError(f"{column.null_count} of the ids are missing")
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.unify_dictionaries().combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _written(one: Any) -> str | None:
    if isinstance(one, bytes):
        return one.decode("utf-8", "backslashreplace")
    return None if one is None else str(one).encode("utf-8", "backslashreplace").decode()


def _times(given: npt.ArrayLike) -> Times:
    times = np.asarray(given)
    if times.dtype.kind not in "iu" and len(times):
        raise ValueError("times are whole numbers")
    return times.astype(np.int64)


def _canonical(
    notes: Numbers, raters: Numbers, times: Times, note_count: int, rater_count: int
) -> npt.NDArray[np.int64]:
    """The order by note, rater and time; ratings of one time keep theirs."""
    order = np.argsort(times, kind="stable") if np.any(np.diff(times) < 0) else np.arange(len(times))
    for numbers, count in ((raters, rater_count), (notes, note_count)):
        order = order[grouped(numbers[order], count).order]
    return order


def levels(given: Sequence[str]) -> Values:
    """The values of X's levels (`LEVELS`). Raises `BadInputError` for another."""
    try:
        return np.array([LEVELS[level] for level in given], np.float32)
    except KeyError as unknown:
        raise BadInputError(f"{unknown} is no level of a rating; there are {', '.join(LEVELS)}") from None
