"""Columns of text in; ids, times and statuses out, each with whether it is one."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.notes.files.layout import MAX_ID

Flags: TypeAlias = npt.NDArray[np.bool_]
Whole: TypeAlias = npt.NDArray[np.int64]

_BLANK = r"[\pC\pZ\x{FFFD}]"
"""What no id has: blanks, letters that cannot be seen, and what stands for bytes that are no UTF-8."""
_NOBODY = pa.array(
    [
        *("", "nan", "NaN", "null", "NULL", "None", "<NA>", "\\N"),
        *("noteId", "raterParticipantId", "noteAuthorParticipantId", "participantId"),
    ]
)
"""How programs write that there is none, and the header where parts were put one behind the other."""
_INTEGER = r"^-?[0-9]{1,18}$"
_NUMBER = r"^-?[0-9]{1,18}(?:\.[0-9]{0,18})?(?:[eE]\+?[0-9]{1,2})?$"
_EXACT = float(1 << 53)
_UNITE = 1 << 21


def are_ids(column: pa.Array) -> Flags:
    """Which of the cells (n,) are ids, of whatever kind: decimal, hexadecimal, base64, UUID."""
    coded = column.dictionary_encode()
    names = coded.dictionary
    bad = pc.or_(pc.is_in(names, _NOBODY), pc.greater(pc.utf8_length(names), MAX_ID))
    plain = pc.and_not(pc.ascii_is_printable(names), pc.match_substring(names, " "))
    if plain.false_count:  # the pattern takes ten times as long
        bad = pc.or_(bad, pc.match_substring_regex(names, _BLANK))
    good: Flags = np.invert(bad.to_numpy(zero_copy_only=False))
    return good[coded.indices.to_numpy()] if len(names) else np.ones(0, np.bool_)


def whole_numbers(column: pa.Array) -> tuple[Whole, Flags]:
    """The numbers in the cells (n,), and which cells hold one; 0 where there is none.

    Read are 1700000000000 and, as X's tables write columns with gaps, 1700000000000.0 and 1.7e12. Fractions are cut off.
    """
    known = pc.not_equal(column, "")
    try:
        found = pc.if_else(known, column, None).cast(pa.int64())
    except pa.ArrowInvalid:
        integers = pc.match_substring_regex(column, _INTEGER)
        others = pc.and_not(pc.match_substring_regex(column, _NUMBER), integers)
        numbers = pc.if_else(others, column, None).cast(pa.float64())
        exact = pc.if_else(pc.less(pc.abs(numbers), _EXACT), numbers, None)
        found = pc.coalesce(
            pc.if_else(integers, column, None).cast(pa.int64()), exact.cast(pa.int64(), safe=False)
        )
    valid: Flags = found.is_valid().to_numpy(zero_copy_only=False)
    return found.fill_null(0).to_numpy(zero_copy_only=False), valid


class Ids:
    """Columns of ids, piece by piece, kept as numbers into one dictionary: memory grows with the different ids."""

    def __init__(self) -> None:
        self._names = pa.array([], pa.string())
        self._numbers: list[pa.Array] = []
        self._new: list[pa.DictionaryArray] = []
        self._waiting = 0

    def add(self, coded: pa.DictionaryArray) -> None:
        """Adds the ids of a piece."""
        self._new.append(coded)
        self._waiting += len(coded.dictionary)
        if self._waiting > _UNITE:
            self._unite()

    def all(self) -> pa.DictionaryArray:
        """All of them, (n,)."""
        self._unite()
        numbers = pa.concat_arrays(self._numbers) if self._numbers else pa.array([], pa.int32())
        return pa.DictionaryArray.from_arrays(numbers, self._names)

    def _unite(self) -> None:
        # The dictionary so far comes first, so that the numbers so far stay what they are.
        known = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), self._names)
        united = pa.chunked_array([known, *self._new]).unify_dictionaries()
        self._names = united.chunk(0).dictionary
        self._numbers += [chunk.indices for chunk in united.chunks[1:]]
        self._new, self._waiting = [], 0
