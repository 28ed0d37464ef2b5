"""Texts in, signatures out, which are as alike as the texts are; and the keys of a signature by which copies meet.

A shingle is three words in a row, a character of a script without spaces reaching one further: four characters. Each
word begins one in its middle, so a text of n words has n shingles, and one changed word spoils three.

A signature is `SIZE` uint32: `MINIMA` MinHash values (Broder, 1997), hashes of the text's opening and of its closing,
and 64 bits of all its words. The chance that two texts agree in a MinHash value is the Jaccard similarity J of their
sets of shingles, and that they agree in one of b bands of r values 1 - (1 - J^r)^b (Leskovec, Rajaraman, Ullman: Mining
of Massive Datasets, 3.4): 0.96 at J = 0.45, 0.99 at 0.5, 0.9996 at 0.6. Truncation and long quotes make J small;
they leave the opening or the closing whole.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.near.words import IS_ALONE, IS_CLAIM, IS_NEGATION, Offsets, WordArray, Words

ROWS = 3
"""MinHash values in a band."""
BANDS = 32
MINIMA = ROWS * BANDS
SIZE = MINIMA + 4
"""Values in a signature: the minima, opening, closing, and the lower and upper half of the whole."""
KEYS = BANDS + 3
"""Keys of a signature: the whole, opening, closing, bands."""

EDGE = 10
"""Words of an opening and of a closing; a character of a script without spaces counts half."""

Signatures: TypeAlias = npt.NDArray[np.uint32]
Keys: TypeAlias = npt.NDArray[np.uint64]

_PAD = np.uint64(0x7FFFFFFF)
_MARKS = ~np.uint32(IS_ALONE | IS_CLAIM | IS_NEGATION)
# Odd multipliers and offsets of the permutations of 32 bits, fixed for ever: stored keys hang on them.
_DRAWN = np.random.Generator(np.random.PCG64(20_240_229)).integers(0, 1 << 32, (2, MINIMA), np.uint32)
_MULTIPLIERS = _DRAWN[0] | np.uint32(1)
_OFFSETS = _DRAWN[1]


def signatures(texts: Words) -> Signatures:
    """Signatures (n, `SIZE`); of a text without words, zeros."""
    found = np.zeros((len(texts), SIZE), np.uint32)
    _sign(texts.flat, texts.offsets, _MULTIPLIERS, _OFFSETS, found)
    return found


def keys(signed: Signatures) -> Keys:
    """Keys (n, `KEYS`) of signatures: two posts are compared where they agree in one of them. Zero is no key."""
    found = np.zeros((len(signed), KEYS), np.uint64)
    _key(np.ascontiguousarray(signed), found)
    return found


@compiled
def shingle(flat: WordArray, at: int, start: int, end: int) -> np.uint64:
    """The shingle whose middle is the word at `at` of the text in `flat[start:end]`; its marks do not count."""
    before = np.uint64(flat[at - 1] & _MARKS) if at > start else _PAD
    after = np.uint64(flat[at + 1] & _MARKS) if at + 1 < end else _PAD
    hashed = mix(before << np.uint64(32) | np.uint64(flat[at] & _MARKS)) ^ after
    if flat[at] & IS_ALONE:
        hashed ^= (np.uint64(flat[at + 2] & _MARKS) if at + 2 < end else _PAD) << np.uint64(32)
    return mix(hashed)


@compiled
def _sign(
    flat: WordArray,
    offsets: Offsets,
    multipliers: Signatures,
    added: Signatures,
    found: Signatures,
) -> None:
    minima = np.empty(MINIMA, np.uint32)
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        if start == end:
            continue
        minima[:] = np.uint32(0xFFFFFFFF)
        whole = np.uint64(end - start)
        for at in range(start, end):
            whole = mix(whole ^ np.uint64(flat[at]))
            value = np.uint32(shingle(flat, at, start, end) >> np.uint64(32))
            for place in range(MINIMA):
                permuted = value * multipliers[place] + added[place]
                # Most significant bits of a product hang on all bits of its factors.
                minima[place] = min(minima[place], np.uint32(permuted))
        found[text, :MINIMA] = minima
        found[text, MINIMA] = _edge(flat, start, end, 1)
        found[text, MINIMA + 1] = _edge(flat, end - 1, start - 1, -1)
        found[text, MINIMA + 2] = np.uint32(whole & np.uint64(0xFFFFFFFF))
        found[text, MINIMA + 3] = np.uint32(whole >> np.uint64(32))


@compiled
def _edge(flat: WordArray, at: int, end: int, step: int) -> np.uint32:
    """A hash, not zero, of the first `EDGE` words from `at` on; 0 where there are fewer."""
    hashed = np.uint64(step + 2)
    weight = 0
    while weight < 2 * EDGE:
        if at == end:
            return np.uint32(0)
        hashed = mix(hashed ^ np.uint64(flat[at] & _MARKS))
        weight += 1 if flat[at] & IS_ALONE else 2
        at += step
    return np.uint32(hashed >> np.uint64(32)) | np.uint32(1)


@compiled
def _key(signed: Signatures, found: Keys) -> None:
    for row in range(len(signed)):
        whole = np.uint64(signed[row, MINIMA + 3]) << np.uint64(32) | np.uint64(signed[row, MINIMA + 2])
        if whole == 0:
            continue
        found[row, 0] = whole
        for edge in range(2):
            value = signed[row, MINIMA + edge]
            if value:
                found[row, 1 + edge] = mix(np.uint64(value) << np.uint64(8) | np.uint64(edge + 1))
        for band in range(BANDS):
            hashed = np.uint64(band + 3)
            for place in range(band * ROWS, band * ROWS + ROWS):
                hashed = mix(hashed ^ np.uint64(signed[row, place]))
            found[row, 3 + band] = hashed | np.uint64(1)
