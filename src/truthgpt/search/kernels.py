"""What embedding the many texts of an import spends its time on, as machine code: words looked up, cut into pieces,
vectors added up.

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
_MARK = 35
"""The byte of "#", two of which begin a piece that stands inside a word."""

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
        self._longest = max(map(len, words), default=0)

    def __call__(self, text: bytes, unknown: int, end: int) -> tuple[Rows, Places]:
        """Of texts, each ended by a `BREAK`: the rows of their words, and `end` behind each text.

        A word in ASCII that is none of the vocabulary has the rows of its pieces, as `embedding.pieces` cuts it, maybe
        none; any other such word is `unknown`, and where those start and end (m, 2) comes second.
        """
        rows = np.empty(len(text), np.int32)
        places = np.empty((len(text), 2), np.int64)
        found, strange = _look_up(
            np.frombuffer(text, np.uint8),
            self._spelling,
            self._hashes,
            self._rows,
            self._longest,
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
def _place(value: np.uint64, hashes: Hashes) -> np.uint64:
    """Where `value` stands in the table, or the empty place where it would."""
    mask = np.uint64(len(hashes) - 1)
    place = value & mask
    while hashes[place] != 0 and hashes[place] != value:
        place = (place + np.uint64(1)) & mask
    return place


@compiled
def _look_up(
    text: Bytes,
    spelling: Bytes,
    hashes: Hashes,
    known: Rows,
    longest: int,
    unknown: int,
    end: int,
    rows: Rows,
    places: Places,
) -> tuple[int, int]:
    found = strange = 0
    value = _START
    start = -1
    plain = True
    for at in range(len(text)):
        byte = spelling[text[at]]
        if byte == DROPPED:
            continue
        if byte != SPACE and byte != BREAK:
            if start < 0:
                start = at
            value = mix(value ^ np.uint64(byte))
            plain = plain and byte < 128
            continue
        if start >= 0:
            place = _place(value, hashes)
            if hashes[place] == value:
                rows[found] = known[place]
                found += 1
            elif plain:
                found = _cut(text, start, at, spelling, hashes, known, longest, rows, found)
            else:
                rows[found] = unknown
                found += 1
                places[strange, 0] = start
                places[strange, 1] = at
                strange += 1
            value = _START
            start = -1
            plain = True
        if byte == BREAK:
            rows[found] = end
            found += 1
    return found, strange


@compiled
def _cut(
    text: Bytes,
    start: int,
    end: int,
    spelling: Bytes,
    hashes: Hashes,
    known: Rows,
    longest: int,
    rows: Rows,
    found: int,
) -> int:
    """Adds the rows of the longest pieces that spell `text[start:end]`, from the left, to the `found` ones of `rows`; how
    many these are then. What no piece begins with is skipped, letter by letter."""
    inside = mix(mix(_START ^ np.uint64(_MARK)) ^ np.uint64(_MARK))
    value = _START
    while start < end:
        after, row, letters = start + 1, -1, 0
        for at in range(start, end):
            byte = spelling[text[at]]
            if byte == DROPPED:
                continue
            letters += 1
            if letters > longest:
                break
            value = mix(value ^ np.uint64(byte))
            place = _place(value, hashes)
            if hashes[place] == value:
                after, row = at + 1, known[place]
        if row >= 0:
            rows[found] = row
            found += 1
        start = after
        value = inside
    return found


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
