"""Texts in, their words out: a hash of each and where it stands in the text.

A word is a run of letters, marks and numbers, or a character of a script without spaces. Case, compatibility forms,
invisible characters and letters of other scripts that imitate Latin ones are folded as `corpus.fold` folds them, a character
at a time, so that a quotation is found however it is set; accents tell words apart. What is between words, punctuation and
emoji, is not looked at. Texts are taken to be in NFC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.fold import fold
from truthgpt.corpus.near import characters as near

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]

PARTS, LETTER, ALONE, HIDDEN = 0, 1, 2, 3
"""Kinds of characters: parts words; belongs to a word; is a word by itself; is not there."""
_KIND = 3
_LATIN, _FOREIGN = 4, 8
"""Bits beside the kind: a letter of the Latin script; one of those whose letters imitate it."""

_LOOKED_AT = regex.compile(
    r"(?V1)[[\p{L}\p{M}\p{N}\p{So}\p{Cf}\p{Cc}]--[a-zA-Z0-9\p{space}\p{Han}\p{Hangul}]]"
)
_IS_LATIN = regex.compile(r"\p{Latin}")
_IS_FOREIGN = regex.compile(r"[\p{Cyrillic}\p{Greek}]")

_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of n texts: those of text i are `[offsets[i] : offsets[i + 1]]` of the others, which tell of each word its
    hash and the characters of its text that it begins at and ends before."""

    hashes: Hashes
    begins: Places
    ends: Places
    offsets: Offsets


def tokens(texts: Sequence[str]) -> Tokens:
    """The words of `texts`, in time and memory that grow with their characters; a text has under 2^31 of them."""
    # Of 32 bits each, a character's place in the array is that in its text. A half of a pair is no word of any text.
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(raw, np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    borders = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    table, tables = near.characters(), _tables()
    room = _room(points, table.folded, table.expansions)
    hashes, offsets = np.empty(room, np.uint64), np.zeros(len(texts) + 1, np.int64)
    begins, ends = np.empty(room, np.int32), np.empty(room, np.int32)
    used = _split(
        points, borders, tables.kinds, tables.imitated, table.folded, table.expansions,
        hashes, begins, ends, offsets,
    )  # fmt: skip
    return Tokens(hashes[:used], begins[:used], ends[:used], offsets)


@dataclass(frozen=True)
class _Tables:
    """By code point: `kinds`, and `imitated`, the small Latin letter that one is drawn as, or 0."""

    kinds: _Bytes
    imitated: _Bytes


@cache
def _tables() -> _Tables:
    """Made once, in a fifth of a second, of what `fold` does to each character alone and behind a Latin letter."""
    kinds = (near.characters().kinds & near.KIND).astype(np.uint8)
    kinds[kinds == near.SPACE] = PARTS
    imitated = np.zeros(len(kinds), np.uint8)
    looked_at = _LOOKED_AT.findall(
        "".join(map(chr, (*range(0xD800), *range(0xE000, 0x2_0000), *range(0xE_0000, 0xE_1000))))
    )
    kinds[[*range(0x41, 0x5B), *range(0x61, 0x7B)]] |= _LATIN
    alone = fold("\n".join(looked_at)).split("\n")
    behind = fold("\n".join("l" + character for character in looked_at)).split("\n")
    for character, folded, changed in zip(looked_at, alone, behind, strict=True):
        code = ord(character)
        if changed == "l":
            kinds[code] = HIDDEN
        elif _IS_LATIN.search(folded):
            kinds[code] |= _LATIN
        elif _IS_FOREIGN.search(folded):
            kinds[code] |= _FOREIGN
        small = changed[1:].lower()
        if small.isascii() and len(small) == 1 and near.characters().folded[code] != ord(small):
            imitated[code] = ord(small)
    return _Tables(kinds, imitated)


@compiled
def _room(points: npt.NDArray[np.uint32], folded: Places, expansions: Places) -> int:
    """As many words as there may be, or more."""
    room = 0
    for point in points:
        room += 1 if folded[point] >= 0 else max(expansions[-1 - folded[point]], 1)
    return room


@compiled
def _finished(plain: np.uint64, latin: np.uint64, seen: int) -> np.uint64:
    """The hash of a word: of the Latin one that it imitates, where it has Latin letters and no others but imitations."""
    whole = mix(latin) if seen & _LATIN and not seen & _FOREIGN else mix(plain)
    return max(whole, np.uint64(1))  # tables keep 0 for what is empty


@compiled
def _split(
    points: npt.NDArray[np.uint32],
    borders: Offsets,
    kinds: _Bytes,
    imitated: _Bytes,
    folded: Places,
    expansions: Places,
    hashes: Hashes,
    begins: Places,
    ends: Places,
    offsets: Offsets,
) -> int:
    """Writes words to `hashes`, `begins` and `ends`, and where each text's end to `offsets[1:]`; how many there are in all."""
    used = 0
    for text in range(len(borders) - 1):
        first, last = borders[text], borders[text + 1]
        plain, latin, letters, seen = _SEED, _SEED, 0, 0
        begin = end = first
        for at in range(first, last + 1):
            code = points[at] if at < last else np.uint32(0)
            kind = int(kinds[code]) if at < last else PARTS
            if kind & _KIND == HIDDEN:
                continue
            single = folded[code]
            # Most characters are folded to one, others to several, each of which may end a word.
            for place in range(1 if single >= 0 else expansions[-1 - single]):
                part = single if single >= 0 else expansions[place - single]
                # What no word is made of is none, whatever it would be folded to.
                of = kind if single >= 0 or kind & _KIND == PARTS else int(kinds[part])
                if of & _KIND == LETTER:
                    begin = at if letters == 0 else begin
                    end = at + 1
                    letters += 1
                    shown = imitated[code]
                    seen |= of & (_LATIN if shown else _LATIN | _FOREIGN)
                    plain = (plain ^ np.uint64(part)) * _STEP
                    latin = (latin ^ np.uint64(shown if shown else part)) * _STEP
                    continue
                if letters:
                    hashes[used] = _finished(plain, latin, seen)
                    begins[used], ends[used] = begin - first, end - first
                    used += 1
                    plain, latin, letters, seen = _SEED, _SEED, 0, 0
                if of & _KIND == ALONE:
                    hashes[used] = _finished(~_SEED ^ np.uint64(part), _SEED, 0)
                    begins[used], ends[used] = at - first, at + 1 - first
                    used += 1
        offsets[text + 1] = used
    return used
