"""A column of texts in, a column of their terms out: `analysis.terms` of each, or `native.native`, fast.

Few words make up most of all texts. Each is stemmed once and remembered by a hash of its bytes; a kernel then tells the
words of a text and copies their terms. Two words share a hash of 64 bits once in 10^19 pairs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.terms.analysis import LONGEST, WORD_CHARACTERS, stemmed

_REMEMBERED = 1 << 19
"""Words that are remembered; when there are more, all are forgotten, so that memory stays bounded (some 60 MB)."""
_AT_ONCE = 2
"""Bytes of text for each of them that are worked on together, and that one text has at most: all new, they are no more words."""
_SLOTS = 4
"""Places in the table for each of them: it is at most half full."""
_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)

_Bytes = npt.NDArray[np.uint8]
_Offsets = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int32]


class Terms:
    """Remembers the terms of words, which `stems` makes, `remembered` of them. Threads may share it; one works at a time."""

    def __init__(
        self, stems: Callable[[list[str]], list[str]] = stemmed, remembered: int = _REMEMBERED
    ) -> None:
        self._stems = stems
        self._remembered = remembered
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        slots = (
            1 << (_SLOTS * self._remembered - 1).bit_length()
        )  # places are told by the last bits of a hash
        self._hashes = np.zeros(slots, np.uint64)
        self._numbers = np.zeros(slots, np.int32)
        self._known = 0
        self._arena = np.zeros(1 << 16, np.uint8)
        self._ends: _Offsets = np.zeros(1, np.int64)

    def __call__(self, texts: pa.Array) -> pa.Array:
        """The terms of each of `texts` (large strings); null where it has none or is null."""
        texts = texts.fill_null("")  # a new array, with offsets of its own
        _, places, data = texts.buffers()
        if not len(texts) or data is None:
            return pa.nulls(len(texts), pa.large_string())
        offsets = np.frombuffer(places, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        raw = np.frombuffer(data, np.uint8)
        parts = []
        first = 0
        with self._lock:
            while first < len(texts):
                room = (
                    int(np.searchsorted(offsets, offsets[first] + _AT_ONCE * self._remembered, side="right"))
                    - 1
                )
                last = max(first + 1, room)
                parts.append(self._part(raw, offsets[first : last + 1]))
                first = last
        return pa.concat_arrays(parts)

    def _part(self, raw: _Bytes, offsets: _Offsets) -> pa.Array:
        if self._known > self._remembered:
            self._forget()
        size = int(offsets[-1] - offsets[0])
        numbers = np.empty(size // 2 + len(offsets), np.int32)
        counts = np.zeros(len(offsets) - 1, np.int64)
        fresh = np.empty((size // 2 + len(offsets), 2), np.int64)
        found, strange = _tell(
            raw, offsets, _kinds(), self._hashes, self._numbers, self._known, numbers, counts, fresh
        )
        if strange:
            self._learn([raw[start:end].tobytes().decode() for start, end in fresh[:strange].tolist()])
        lengths = _lengths(numbers[:found], counts, self._ends)
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        written = np.empty(int(ends[-1]), np.uint8)
        _write(numbers[:found], counts, self._arena, self._ends, written)
        mask = pa.array(lengths == 0)
        made = pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(written))
        return pc.if_else(mask, pa.scalar(None, pa.large_string()), made)

    def _learn(self, words: list[str]) -> None:
        stems = [stem.encode() for stem in self._stems(words)]
        used, more = int(self._ends[-1]), sum(map(len, stems))
        if used + more > len(self._arena):
            grown = np.zeros(2 * (used + more), np.uint8)
            grown[:used] = self._arena[:used]
            self._arena = grown
        self._arena[used : used + more] = np.frombuffer(b"".join(stems), np.uint8)
        ends = used + np.cumsum(np.fromiter(map(len, stems), np.int64, len(stems)))
        self._ends = np.concatenate([self._ends, ends])
        self._known += len(words)


@cache
def _kinds() -> _Bytes:
    """By code point: 1 where it belongs to a word."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    # Of the planes after the first four only the marks of plane 14 are assigned.
    ranges = range(0xD800), range(0xE000, 0x4_0000), range(0xE_0000, 0xE_1000)
    everything = "".join(map(chr, chain(*ranges)))
    found = "".join(regex.findall(rf"(?V1){WORD_CHARACTERS}+", everything))
    kinds[np.frombuffer(found.encode("utf-32-le"), np.uint32)] = 1
    return kinds


@compiled
def _decode(raw: _Bytes, at: int) -> tuple[int, int]:
    """The code point at `at` of valid UTF-8, and how many bytes it takes."""
    first = int(raw[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (int(raw[at + 1]) & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | (int(raw[at + 1]) & 0x3F) << 6 | (int(raw[at + 2]) & 0x3F), 3
    code = (first & 0x07) << 18 | (int(raw[at + 1]) & 0x3F) << 12
    return code | (int(raw[at + 2]) & 0x3F) << 6 | (int(raw[at + 3]) & 0x3F), 4


@compiled
def _tell(
    raw: _Bytes,
    offsets: _Offsets,
    kinds: _Bytes,
    hashes: _Hashes,
    known: _Numbers,
    count: int,
    numbers: _Numbers,
    counts: _Offsets,
    fresh: _Offsets,
) -> tuple[int, int]:
    """Writes the numbers of all words to `numbers`, how many each text has to `counts`, and where new words stand to
    `fresh`, which are numbered from `count` on; how many words there are, and how many new ones."""
    mask = np.uint64(len(hashes) - 1)
    found = strange = 0
    for text in range(len(counts)):
        at, end = offsets[text], offsets[text + 1]
        before = found
        while at < end:
            start = at
            hashed = _SEED
            while at < end:
                byte = raw[at]
                if byte < 0x80:
                    if kinds[byte] == 0:
                        break
                    small = np.uint64(byte | 32) if 65 <= byte <= 90 else np.uint64(byte)
                    hashed = (hashed ^ small) * _STEP
                    at += 1
                    continue
                code, width = _decode(raw, at)
                if kinds[code] == 0:
                    break
                for place in range(at, at + width):
                    hashed = (hashed ^ np.uint64(raw[place])) * _STEP
                at += width
            if at == start:
                at += 1 if raw[at] < 0x80 else _decode(raw, at)[1]
                continue
            if at - start > LONGEST:
                continue
            hashed = mix(hashed) | np.uint64(1)
            slot = hashed >> np.uint64(20) & mask
            while hashes[slot] != 0 and hashes[slot] != hashed:
                slot = (slot + np.uint64(1)) & mask
            if hashes[slot] == 0:
                hashes[slot] = hashed
                known[slot] = count + strange
                fresh[strange, 0], fresh[strange, 1] = start, at
                strange += 1
            numbers[found] = known[slot]
            found += 1
        counts[text] = found - before
    return found, strange


@compiled
def _lengths(numbers: _Numbers, counts: _Offsets, ends: _Offsets) -> _Offsets:
    """How many bytes each text's terms take, with spaces between."""
    lengths = np.zeros(len(counts), np.int64)
    at = 0
    for text in range(len(counts)):
        length = 0
        for place in range(at, at + counts[text]):
            term = ends[numbers[place] + 1] - ends[numbers[place]]
            if term:
                length += term + (length > 0)
        lengths[text] = length
        at += counts[text]
    return lengths


@compiled
def _write(numbers: _Numbers, counts: _Offsets, arena: _Bytes, ends: _Offsets, written: _Bytes) -> None:
    at = used = 0
    for text in range(len(counts)):
        begun = used
        for place in range(at, at + counts[text]):
            start, end = ends[numbers[place]], ends[numbers[place] + 1]
            if start == end:
                continue
            if used > begun:
                written[used] = 32
                used += 1
            for byte in range(start, end):
                written[used] = arena[byte]
                used += 1
        at += counts[text]
