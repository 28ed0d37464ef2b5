"""What embedding the many texts of an import spends its time on, as machine code: words looked up, vectors added up.

A word is looked up by 64 bits of its bytes. Two words of the vocabulary never share them, which `Lookup` makes sure of;
a word outside it does with a chance of one in 10^14, and is then taken for another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, mix

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

SPACE, DROPPED, BREAK = 32, 1, 0
"""What a byte may be spelled as that is no letter."""

_START = np.uint64(0x9E3779B97F4A7C15)


class Lookup:
    """`words` (bytes to row) by their hashes; `spelling` (256,) maps bytes to letters, `SPACE`, `DROPPED` or `BREAK`."""

    def __init__(self, words: Mapping[bytes, int], spelling: Bytes) -> None:
        self._spelling = spelling
        size = 1 << (4 * len(words)).bit_length()
        self._hashes = np.zeros(size, np.uint64)
        self._rows = np.zeros(size, np.int32)
        flat = np.frombuffer(b"".join(words), np.uint8)
        ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
        rows = np.fromiter(words.values(), np.int32, len(words))
        if not _fill(flat, ends, rows, self._hashes, self._rows):
            raise ValueError("two words of the vocabulary have one hash")

    def __call__(self, text: bytes, unknown: int, end: int) -> tuple[Rows, Places]:
        """Of texts, each ended by a `BREAK`: the rows of their words, `unknown` for those that are none of the
        vocabulary, and `end` behind each text; and where the unknown ones start and end (m, 2)."""
        rows = np.empty(len(text), np.int32)
        places = np.empty((len(text), 2), np.int64)
        found, strange = _look_up(
            np.frombuffer(text, np.uint8),
            self._spelling,
            self._hashes,
            self._rows,
            unknown,
            end,
            rows,
            places,
        )
        return rows[:found], places[:strange]


@compiled
def _fill(flat: Bytes, ends: Places, rows: Rows, hashes: Hashes, found: Rows) -> bool:
    mask = np.uint64(len(hashes) - 1)
    start = 0
    for word in range(len(ends)):
        value = _START
        for at in range(start, ends[word]):
            value = mix(value ^ np.uint64(flat[at]))
        place = value & mask
        while hashes[place] != 0:
            if hashes[place] == value:
                return False
            place = (place + np.uint64(1)) & mask
        hashes[place] = value
        found[place] = rows[word]
        start = ends[word]
    return True


@compiled
def _look_up(
    text: Bytes,
    spelling: Bytes,
    hashes: Hashes,
    known: Rows,
    unknown: int,
    end: int,
    rows: Rows,
    places: Places,
) -> tuple[int, int]:
    mask = np.uint64(len(hashes) - 1)
    found = strange = 0
    value = _START
    start = -1
    for at in range(len(text)):
        byte = spelling[text[at]]
        if byte == DROPPED:
            continue
        if byte != SPACE and byte != BREAK:
            if start < 0:
                start = at
            value = mix(value ^ np.uint64(byte))
            continue
        if start >= 0:
            place = value & mask
            while hashes[place] != 0 and hashes[place] != value:
                place = (place + np.uint64(1)) & mask
            if hashes[place] == value:
                rows[found] = known[place]
            else:
                rows[found] = unknown
                places[strange, 0] = start
                places[strange, 1] = at
                strange += 1
            found += 1
            value = _START
            start = -1
        if byte == BREAK:
            rows[found] = end
            found += 1
    return found, strange


@compiled
def add_up(table: Floats, rows: Rows, counts: Counts, sums: Floats) -> None:
    """Add to each of `sums` (n, dimensions), zeros, its `counts` (n,) next `rows` of `table`, one after the other."""
    at = 0
    for text in range(len(counts)):
        for _ in range(counts[text]):
            row = rows[at]
            for dimension in range(table.shape[1]):
                sums[text, dimension] += table[row, dimension]
            at += 1
