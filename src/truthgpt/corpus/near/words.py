"""Texts in, their words out as 32-bit numbers, what all else here is reckoned from.

Case, punctuation, links, mentions and a leading "RT @name:" are no words. A character of a script without spaces is a
word by itself. A word is 29 bits of its hash and three marks, so that two different words are taken for one with
probability 2e-9. A text without any word, such as a lone emoji, is one word: all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.near.characters import (
    ALONE,
    CLAIM,
    DIGIT,
    KIND,
    LETTER,
    NEGATION,
    SEPARATOR,
    SPACE,
    Characters,
    characters,
)
from truthgpt.corpus.near.stance import NEGATIONS, WORDS

IS_ALONE, IS_CLAIM, IS_NEGATION = np.uint32(1), np.uint32(2), np.uint32(4)
"""Marks of a word: a character of a script without spaces; one that claims (a number, a negation); a negation."""

BYTES = 8_000
"""Of a longer text, its first bytes are compared. One post in a hundred is longer, and a copy of it shows by then."""

_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)

Bytes: TypeAlias = npt.NDArray[np.uint8]
Offsets: TypeAlias = npt.NDArray[np.int64]
WordArray: TypeAlias = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Words:
    """Words of n texts: those of text i are `flat[offsets[i] : offsets[i + 1]]`, in their order."""

    flat: WordArray
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1


def words(texts: pa.Array | Sequence[str]) -> Words:
    """The words of each of `texts` (strings; null is empty)."""
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    array = array.cast(pa.large_string())
    # A slice of an array shares its buffers: its offsets begin where it does.
    _, places, data = array.buffers()
    offsets = (
        np.frombuffer(places, np.int64, len(array) + 1, array.offset * 8)
        if len(array)
        else np.zeros(1, np.int64)
    )
    raw = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    room = int(np.minimum(np.diff(offsets), BYTES).sum()) + len(array)
    flat = np.empty(room, np.uint32)
    ends = np.zeros(len(array) + 1, np.int64)
    table = characters()
    used = _split(raw, offsets, table.kinds, table.folded, table.expansions, _claims(), flat, ends)
    return Words(flat[:used].copy(), ends)


def of_lists(column: pa.Array | pa.ChunkedArray) -> Words:
    """Words that stand in a column of lists of uint32 (large or not, without nulls)."""
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    offsets = lists.offsets.to_numpy().astype(np.int64)
    flat = lists.values.to_numpy()[offsets[0] : offsets[-1]]
    return Words(flat, offsets - offsets[0])


@cache
def _claims() -> npt.NDArray[np.uint64]:
    """An open-addressed table (1024) of the hashes of words that claim; the last bit tells negations."""
    table: Characters = characters()
    slots = np.zeros(1024, np.uint64)
    for word in sorted(WORDS):
        raw = np.frombuffer(word.encode(), np.uint8)
        hashed = _hash_word(raw, table.kinds, table.folded, table.expansions)
        at = int(hashed >> np.uint64(54))
        while slots[at]:
            at = (at + 1) % len(slots)
        slots[at] = (hashed & ~np.uint64(1)) | np.uint64(word in NEGATIONS)
    return slots


@compiled
def _decode(raw: Bytes, at: int, end: int) -> tuple[int, int]:
    """The code point at `at` and how many bytes it takes. What is no UTF-8 never leads beyond `end`."""
    first = raw[at]
    if first < 0x80:
        return int(first), 1
    if first < 0xE0 and at + 1 < end:
        return (int(first) & 0x1F) << 6 | (int(raw[at + 1]) & 0x3F), 2
    if first < 0xF0 and at + 2 < end:
        return (int(first) & 0x0F) << 12 | (int(raw[at + 1]) & 0x3F) << 6 | (int(raw[at + 2]) & 0x3F), 3
    if first < 0xF8 and at + 3 < end:
        code = (int(first) & 0x07) << 18 | (int(raw[at + 1]) & 0x3F) << 12
        code |= (int(raw[at + 2]) & 0x3F) << 6 | (int(raw[at + 3]) & 0x3F)
        return (code, 4) if code < 0x110000 else (0, 4)
    return 0, 1


@compiled
def _hash_word(
    raw: Bytes, kinds: Bytes, folded: npt.NDArray[np.int32], expansions: npt.NDArray[np.int32]
) -> np.uint64:
    """The hash that `_split` gives the one word that `raw` is."""
    hashed = _SEED
    at = 0
    while at < len(raw):
        code, width = _decode(raw, at, len(raw))
        at += width
        single = folded[code]
        if single >= 0:
            hashed = (hashed ^ np.uint64(single)) * _STEP
        else:
            start = -1 - single
            for place in range(start + 1, start + 1 + expansions[start]):
                hashed = (hashed ^ np.uint64(expansions[place])) * _STEP
    return mix(hashed)


@compiled
def _is_name(raw: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """How many bytes the letter, digit or underscore at `at` takes; 0 where there is none."""
    if at >= end:
        return 0
    if raw[at] == 95:
        return 1
    code, width = _decode(raw, at, end)
    kind = kinds[code] & KIND
    return width if kind in (LETTER, ALONE) else 0


@compiled
def _after_name(raw: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """Where a name that begins at `at` ends: letters, digits, underscores, dots, hyphens."""
    while at < end:
        width = 1 if raw[at] in (45, 46) else _is_name(raw, at, end, kinds)
        if width == 0:
            break
        at += width
    return at


@compiled
def _after_retweets(raw: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """Where the text begins behind any number of `RT @name:`."""
    start = at
    while True:
        while at < end and kinds[raw[at]] == SPACE:
            at += 1
        if at + 3 >= end or (raw[at] | 32) != 114 or (raw[at + 1] | 32) != 116 or kinds[raw[at + 2]] != SPACE:
            return start
        at += 2
        while at < end and kinds[raw[at]] == SPACE:
            at += 1
        if at >= end or raw[at] != 64:
            return start
        after = at
        while after < end and raw[after] == 64:
            at = after + 1
            after = _after_name(raw, at, end, kinds)
        if after == at:
            return start
        at = after
        if at < end and raw[at] == 58:
            at += 1
        start = at


@compiled
def _after_link(raw: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """Where the link that begins at `at` ends; `at` itself where none begins."""
    first = raw[at] | 32
    place = at
    if first == 119:  # www.
        if at + 4 >= end or (raw[at + 1] | 32) != 119 or (raw[at + 2] | 32) != 119 or raw[at + 3] != 46:
            return at
        place += 4
    elif first == 104:  # http:// or https://
        if (
            at + 7 >= end
            or (raw[at + 1] | 32) != 116
            or (raw[at + 2] | 32) != 116
            or (raw[at + 3] | 32) != 112
        ):
            return at
        place += 5 if (raw[at + 4] | 32) == 115 else 4
        if place + 3 >= end or raw[place] != 58 or raw[place + 1] != 47 or raw[place + 2] != 47:
            return at
        place += 3
    else:
        return at
    while place < end:
        code, width = _decode(raw, place, end)
        if kinds[code] == SPACE:
            break
        place += width
    return place


@compiled
def _split(
    raw: Bytes,
    offsets: Offsets,
    kinds: Bytes,
    folded: npt.NDArray[np.int32],
    expansions: npt.NDArray[np.int32],
    claims: npt.NDArray[np.uint64],
    flat: WordArray,
    ends: Offsets,
) -> int:
    """Writes words to `flat` and where each text's end to `ends[1:]`; how many words there are in all."""
    used = 0
    one = np.empty(1, np.int32)
    for text in range(len(offsets) - 1):
        at, end = offsets[text], offsets[text + 1]
        if end - at > BYTES:
            end = at + BYTES
            while end > at and raw[end] & 0xC0 == 0x80:
                end -= 1
        start, begun = at, used
        room = used + (end - at) + 1
        hashed, letters, digits = _SEED, 0, False
        apostrophe = False  # the last character that is no letter is one
        named = False  # the character before is a letter, a digit, an underscore or an at-sign
        at = _after_retweets(raw, at, end, kinds)
        while at <= end:
            code, width = (0, 1) if at == end else _decode(raw, at, end)
            kind = kinds[code]
            if at < end:
                if code == 64 and not named and _is_name(raw, at + 1, end, kinds):
                    after = _after_name(raw, at + 1, end, kinds)
                    if after < end and raw[after] == 64 and _is_name(raw, after + 1, end, kinds):
                        after = _after_name(raw, after + 1, end, kinds)
                    width, kind = after - at, np.uint8(SEPARATOR)
                elif code in (72, 104, 87, 119):
                    after = _after_link(raw, at, end, kinds)
                    if after > at:
                        width, kind = after - at, np.uint8(SEPARATOR)
                named = code == 64 or code == 95 or kind & KIND in (LETTER, ALONE)
            at += width
            if kind & KIND == LETTER and folded[code] >= 0:
                hashed = (hashed ^ np.uint64(folded[code])) * _STEP
                letters += 1
                digits |= kind & DIGIT != 0
                continue
            # Anything but a plain letter: what it is folded to, each of which may end a word.
            one[0] = folded[code] if folded[code] >= 0 else 0
            start_of, count = (0, 1) if folded[code] >= 0 else (-folded[code], expansions[-1 - folded[code]])
            for place in range(start_of, start_of + count):
                single = one[0] if folded[code] >= 0 else expansions[place]
                # What no word is made of is none, whatever it would be folded to.
                part = kind if folded[code] >= 0 or kind & KIND in (SEPARATOR, SPACE) else kinds[single]
                if part & KIND == LETTER:
                    hashed = (hashed ^ np.uint64(single)) * _STEP
                    letters += 1
                    digits |= part & DIGIT != 0
                    continue
                if letters and used < room:
                    whole = mix(hashed)
                    word = np.uint32(whole >> np.uint64(32)) & ~np.uint32(7)
                    if digits:
                        word |= IS_CLAIM
                    elif (
                        letters > 1 or apostrophe
                    ):  # the "t" of "isn't" negates, that of a text cut short does not
                        slot = whole >> np.uint64(54)
                        while claims[slot]:
                            if claims[slot] | np.uint64(1) == whole | np.uint64(1):
                                word |= IS_CLAIM
                                if claims[slot] & np.uint64(1):
                                    word |= IS_NEGATION
                                break
                            slot = (slot + np.uint64(1)) & np.uint64(1023)
                    flat[used] = word
                    used += 1
                hashed, letters, digits = _SEED, 0, False
                apostrophe = code in (0x27, 0x60, 0xB4, 0x2019)
                if part & KIND == ALONE and used < room:
                    word = (
                        np.uint32(mix(_SEED ^ np.uint64(single)) >> np.uint64(32)) & ~np.uint32(7) | IS_ALONE
                    )
                    if part & CLAIM:
                        word |= IS_CLAIM
                    if part & NEGATION:
                        word |= IS_NEGATION
                    flat[used] = word
                    used += 1
        if used == begun:
            used = _whole(raw, start, end, kinds, flat, used)
        ends[text + 1] = used
    return used


@compiled
def _whole(raw: Bytes, at: int, end: int, kinds: Bytes, flat: WordArray, used: int) -> int:
    """All of a text without words as one word, blanks around it aside; nothing of a blank text."""
    while at < end and kinds[raw[at]] == SPACE:
        at += 1
    while end > at and kinds[raw[end - 1]] == SPACE:
        end -= 1
    if at == end:
        return used
    hashed = ~_SEED
    for place in range(at, end):
        hashed = (hashed ^ np.uint64(raw[place])) * _STEP
    flat[used] = np.uint32(mix(hashed) >> np.uint64(32)) & ~np.uint32(7)
    return used + 1
