"""What each Unicode character is to a comparison of texts, as tables that a kernel looks up.

Folding is NFKC and full case folding, a character at a time; letters, marks and numbers make
words; a character of a script without spaces is a word by itself.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from truthgpt.corpus.near.stance import CHARACTERS, NEGATIONS
from truthgpt.corpus.unspaced import UNSPACED

SEPARATOR, LETTER, ALONE, SPACE = 0, 1, 2, 3
"""Kinds: parts words; belongs to a word; is a word by itself; parts words and ends a link."""
KIND = 3
DIGIT, CLAIM, NEGATION = 4, 8, 16
"""Bits beside the kind: a digit; a character by itself that counts or negates; one that negates."""

_PLANES = 0x2_0000
_IDEOGRAPHS = (0x2_0000, 0x3_FFFE)
_IN_ROWS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
"""Ideographs and syllables of Hangul without gaps: each is alone, and its own folding."""
_COMPATIBILITY = (0x2_F800, 0x2_FA20)
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


@dataclass(frozen=True)
class Characters:
    """By code point: `kinds` (uint8) and `folded` (int32), the one character that it is folded to.

    Where folding gives none or several, `folded` is `-1 - at`, and `expansions[at]` says how many follow.
    """

    kinds: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.int32]
    expansions: npt.NDArray[np.int32]


@cache
def characters() -> Characters:
    """The tables; made once, in less than a tenth of a second."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    folded = np.arange(sys.maxunicode + 1, dtype=np.int32)
    expansions: list[int] = []
    # Beyond the first two planes there are ideographs, which are their own folding, and what is no text.
    for first, last in (_IDEOGRAPHS, *_IN_ROWS):
        kinds[first:last] = ALONE
    alone = _unspaced()
    for character in _looked_at():
        code = ord(character)
        kinds[code] = _kind(character, alone)
        if character.isascii() and not character.isupper():
            continue
        result = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
        if len(result) == 1:
            folded[code] = ord(result)
        else:
            folded[code] = -1 - len(expansions)
            expansions += [len(result), *map(ord, result)]
    return Characters(kinds, folded, np.array(expansions, np.int32))


def _looked_at() -> Iterator[str]:
    """The characters that are not told by where they stand; what is assigned to none parts words and folds to itself."""
    yield from CHARACTERS
    in_rows = "".join(f"{chr(first)}-{chr(last - 1)}" for first, last in _IN_ROWS)
    everything = "".join(map(chr, range(_PLANES)))
    yield from regex.findall(rf"[^\p{{Cn}}\p{{Co}}\p{{Cs}}{in_rows}]", everything)
    yield from map(chr, range(*_COMPATIBILITY))


def _unspaced() -> frozenset[str]:
    everything = "".join(map(chr, range(_PLANES)))
    return frozenset(regex.findall(f"[{UNSPACED}]", everything)) | frozenset(map(chr, range(*_COMPATIBILITY)))


def _kind(character: str, alone: frozenset[str]) -> int:
    if character.isspace():
        return SPACE
    category = unicodedata.category(character)
    if category == "Me" or character in _VARIATION_SELECTORS:
        return SEPARATOR  # parts of emoji
    if category[0] not in "LMN":
        # A circled letter is a symbol whose folding is a letter: what it is folded to decides.
        return LETTER if unicodedata.normalize("NFKC", character).isalnum() else SEPARATOR
    if character in alone:
        return ALONE | CLAIM * (character in CHARACTERS) | NEGATION * (character in NEGATIONS)
    return LETTER | DIGIT * (category == "Nd")
