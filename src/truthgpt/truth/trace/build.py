"""Texts in, a segment out: their words numbered, and all that begins at each word put in order.

Two passes over the words before they are ordered (to tell each by a number, in the order in which they are met; to give numbers in
the order of their hashes, so that a word is looked up by halves), and four in all to order them. Of the memory that it takes, eight
bytes a word grow with the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.errors import BadInputError
from truthgpt.truth.trace.segment import Segment
from truthgpt.truth.trace.suffixes import LONGEST, suffix_array
from truthgpt.truth.trace.tokens import Hashes, Offsets, tokens

Numbers = npt.NDArray[np.int32]

_ROOM = 1 << 16
"""Places that the table of words has to begin with."""


class _Vocabulary:
    """Tells each word by a number, from 1 on, in the order in which they are met: an open-addressed table at most half full."""

    def __init__(self) -> None:
        self._known = np.zeros(_ROOM, np.uint64)
        self._numbers = np.zeros(_ROOM, np.int32)
        self._words = np.zeros(_ROOM, np.uint64)
        self._count = 0

    @property
    def words(self) -> Hashes:
        """Their hashes, by number less 1."""
        return self._words[: self._count]

    def numbered(self, hashes: Hashes, offsets: Offsets) -> Numbers:
        """The numbers of words of texts that end at `offsets[1:]`, each text that has any ended by 0."""
        room = 2 * (self._count + len(hashes))
        if room > len(self._known):
            known, numbers = self._known, self._numbers
            self._known = np.zeros(1 << room.bit_length(), np.uint64)
            self._numbers = np.zeros(len(self._known), np.int32)
            _move(known, numbers, self._known, self._numbers)
            self._words = np.concatenate([self.words, np.zeros(room - self._count, np.uint64)])
        out = np.empty(len(hashes) + len(offsets) - 1, np.int32)
        used, self._count = _number(
            hashes, offsets, self._known, self._numbers, self._words, self._count, out
        )
        return out[:used]


def build(batches: Iterable[Sequence[str]], key: int = 0) -> Segment:
    """The segment of the texts in `batches`, which are numbered from 0 on; an empty text has no words. `key` tells what they
    are of.

    Raises `BadInputError` where they have more than `LONGEST` words.
    """
    vocabulary = _Vocabulary()
    parts, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    total = 0
    for batch in batches:
        found = tokens(batch)
        parts.append(vocabulary.numbered(found.hashes, found.offsets))
        counts = np.diff(found.offsets)
        lengths.append(counts + (counts > 0))
        total += len(parts[-1])
        if total > LONGEST:
            raise BadInputError(
                f"more than {LONGEST:,} words cannot be traced at once; import fewer posts at a time"
            )
    text = np.concatenate(parts)
    parts.clear()
    words = vocabulary.words
    order = np.argsort(words)
    ranks = np.zeros(len(words) + 1, np.int32)
    ranks[1 + order] = np.arange(1, len(words) + 1, dtype=np.int32)
    counts = np.zeros(len(words) + 1, np.int64)
    _renumber(text, ranks, counts)
    # What begins with 0 comes first, and is nothing that anybody looks for.
    suffixes = suffix_array(text, len(words) + 1)[counts[0] :].view(np.uint32)
    firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[1:])]).astype(np.uint32)
    starts = np.cumsum(np.concatenate(lengths)).astype(np.uint32)
    return Segment(words[order], firsts, starts, text, suffixes, key)


@compiled
def _slot(known: Hashes, word: np.uint64) -> np.uint64:
    mask = np.uint64(len(known) - 1)
    slot = word & mask
    while known[slot] != 0 and known[slot] != word:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _move(known: Hashes, numbers: Numbers, wider: Hashes, moved: Numbers) -> None:
    for at in range(len(known)):
        if known[at] != 0:
            slot = _slot(wider, known[at])
            wider[slot] = known[at]
            moved[slot] = numbers[at]


@compiled
def _number(
    hashes: Hashes, offsets: Offsets, known: Hashes, numbers: Numbers, words: Hashes, count: int, out: Numbers
) -> tuple[int, int]:
    """Writes numbers to `out`; how many, and how many words are known now."""
    used = 0
    for text in range(len(offsets) - 1):
        for at in range(offsets[text], offsets[text + 1]):
            slot = _slot(known, hashes[at])
            if known[slot] == 0:
                known[slot] = hashes[at]
                words[count] = hashes[at]
                count += 1
                numbers[slot] = count
            out[used] = numbers[slot]
            used += 1
        if offsets[text + 1] > offsets[text]:
            out[used] = 0
            used += 1
    return used, count


@compiled
def _renumber(text: Numbers, ranks: Numbers, counts: Offsets) -> None:
    """Gives each number its rank, in place, and counts them."""
    for at in range(len(text)):
        text[at] = ranks[text[at]]
        counts[text[at]] += 1
