"""A text and segments in, its spans that stand in their documents word for word out.

For each word of the text the longest span that begins there is found in the order of each segment (Liu et al., "Infini-gram",
COLM 2024): of all places that begin with its first word, those that go on with the second, and so on, each time by halves from
both ends, until none goes on. A span that lies in another one is none.

Any text takes time in proportion to its words: for each, `LONGEST` words at most are looked at. Where so many are found the
span is followed to its end, and of others that overlap it by more than half of `LONGEST` words none is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.truth.trace.segment import Segment
from truthgpt.truth.trace.tokens import Hashes, tokens

LONGEST = 256
"""Words of a span that are looked at from each word on."""

_COUNTED = 1024
"""Spans, the longest, of which it is counted how often they stand in the documents."""
_LOOKED_AT = 1024
"""Places of a span in each segment that are looked at for documents to show: those of a common one are not all read."""

_Numbers = npt.NDArray[np.int32]
_Places = npt.NDArray[np.int64]
_Suffixes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text, its word `word` and those that follow, told by their `hashes`, which stand `count` times
    in the documents: in each segment those from `lows` to `highs` of its order."""

    start: int
    end: int
    word: int
    hashes: Hashes = field(repr=False, compare=False)
    count: int
    lows: tuple[int, ...]
    highs: tuple[int, ...]

    @property
    def words(self) -> int:
        """How many it has."""
        return len(self.hashes)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span stands: the number of a segment, of a document in it, and of the word of that with which it begins."""

    segment: int
    document: int
    word: int


def spans(segments: Sequence[Segment], text: str, least: int, limit: int) -> list[Span]:
    """At most `limit` spans of `text` with at least `least` words (1 or more) that stand in documents of `segments`: the longest
    first, of equally long ones the rarest, then the first."""
    found = tokens([text])
    asked = [segment.numbers(found.hashes) for segment in segments]
    begins, lengths = _longest(segments, asked, len(found.hashes), least)
    # A stable sort: of equally long ones, the first that begin are counted.
    chosen = np.argsort(-lengths, kind="stable")[: max(_COUNTED, limit)]
    begins, lengths = begins[chosen], lengths[chosen]
    lows, highs = _intervals(segments, asked, begins, lengths)
    counts = (highs - lows).sum(axis=0)
    order = np.lexsort((begins, counts, -lengths))[:limit]
    return [
        Span(
            int(found.begins[first]),
            int(found.ends[last]),
            int(first),
            found.hashes[first : last + 1],
            int(counts[at]),
            tuple(lows[:, at].tolist()),
            tuple(highs[:, at].tolist()),
        )
        for at in order.tolist()
        for first, last in [(begins[at], begins[at] + lengths[at] - 1)]
    ]


def places(segments: Sequence[Segment], span: Span, limit: int) -> list[Place]:
    """Where `span` stands first in at most `limit` documents, the first ones of the first segments that have it."""
    found: list[Place] = []
    for number, segment in enumerate(segments):
        low = span.lows[number]
        high = min(span.highs[number], low + _LOOKED_AT)
        at = np.sort(segment.suffixes[low:high])
        documents = np.searchsorted(segment.starts, at, side="right") - 1
        # Numbers of a damaged file lead to no document.
        known = (documents >= 0) & (documents < len(segment.starts) - 1)
        different, firsts = np.unique(documents[known], return_index=True)
        words = at[known][firsts].astype(np.int64) - segment.starts[different]
        found += [
            Place(number, document, word)
            for document, word in zip(different.tolist(), words.tolist(), strict=True)
        ]
        if len(found) >= limit:
            break
    return found[:limit]


def _longest(
    segments: Sequence[Segment], asked: Sequence[_Numbers], words: int, least: int
) -> tuple[_Places, _Places]:
    """Where spans of a text of `words` begin and how many words they have, none in another, in the order of the text."""
    everywhere = np.arange(words)
    lengths = _matched(segments, asked, everywhere, np.full(words, LONGEST))
    ends = everywhere + lengths
    before = np.concatenate([np.zeros(1, np.int64), np.maximum.accumulate(ends)])[:-1]
    begins: list[int] = []
    known: list[int] = []
    reached = after = 0
    for begin in np.flatnonzero((ends > before) & (lengths >= least)).tolist():
        length = int(lengths[begin])
        if begin < after or begin + length <= reached:
            continue
        if length == LONGEST:
            length = int(_matched(segments, asked, np.array([begin]), np.array([words]))[0])
            after = begin + length - LONGEST // 2
        reached = begin + length
        begins.append(begin)
        known.append(length)
    return np.array(begins, np.int64), np.array(known, np.int64)


def _matched(
    segments: Sequence[Segment], asked: Sequence[_Numbers], begins: _Places, most: _Places
) -> _Places:
    """For each of `begins` (m,) how many words from it on, at most `most` (m,), stand in a row in some document."""
    longest = np.zeros(len(begins), np.int64)
    for segment, numbers in zip(segments, asked, strict=True):
        lengths, _, _ = _look(segment, numbers, begins, most)
        np.maximum(longest, lengths, out=longest)
    return longest


def _intervals(
    segments: Sequence[Segment], asked: Sequence[_Numbers], begins: _Places, lengths: _Places
) -> tuple[_Places, _Places]:
    """Of spans (m,), for each segment (n, m), from where to where in its order they stand."""
    lows = np.zeros((len(segments), len(begins)), np.int64)
    highs = np.zeros_like(lows)
    for at, (segment, numbers) in enumerate(zip(segments, asked, strict=True)):
        matched, low, high = _look(segment, numbers, begins, lengths)
        whole = matched == lengths
        lows[at, whole], highs[at, whole] = low[whole], high[whole]
    return lows, highs


def _look(
    segment: Segment, numbers: _Numbers, begins: _Places, most: _Places
) -> tuple[_Places, _Places, _Places]:
    out = np.zeros((3, len(begins)), np.int64)
    _follow(segment.text, segment.suffixes, segment.firsts, numbers, begins, most, out[0], out[1], out[2])
    return out[0], out[1], out[2]


@compiled
def _follow(
    text: _Numbers,
    suffixes: _Suffixes,
    firsts: _Suffixes,
    numbers: _Numbers,
    begins: _Places,
    most: _Places,
    lengths: _Places,
    lows: _Places,
    highs: _Places,
) -> None:
    """Writes how many words from each of `begins` on stand in `text` in a row, and from where to where in its order they do."""
    for at in range(len(begins)):
        begin = int(begins[at])
        room = min(int(most[at]), len(numbers) - begin)
        if room < 1 or numbers[begin] == 0:
            continue
        # Numbers of a damaged file are kept within it.
        low = min(int(firsts[numbers[begin] - 1]), len(suffixes))
        high = min(int(firsts[numbers[begin]]), len(suffixes))
        length = 0
        while low < high:
            length += 1
            lengths[at], lows[at], highs[at] = length, low, high
            if length == room or numbers[begin + length] == 0:
                break
            low = _from(text, suffixes, low, high, length, numbers[begin + length])
            high = _to(text, suffixes, low, high, length, numbers[begin + length])


@compiled
def _number(text: _Numbers, suffixes: _Suffixes, at: int, ahead: int) -> np.int32:
    """Of what is the `at`th in order, the word `ahead` of the first; 0, which ends documents, beyond the text."""
    place = np.int64(suffixes[at]) + ahead
    return text[place] if place < len(text) else np.int32(0)


@compiled
def _from(text: _Numbers, suffixes: _Suffixes, low: int, high: int, ahead: int, number: np.int32) -> int:
    """The first from `low` on whose word `ahead` is at least `number`, else `high`. By steps that double: often it is near."""
    step = 1
    while low + step <= high and _number(text, suffixes, low + step - 1, ahead) < number:
        low += step
        step *= 2
    high = min(high, low + step - 1)
    while low < high:
        middle = (low + high) // 2
        if _number(text, suffixes, middle, ahead) < number:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _to(text: _Numbers, suffixes: _Suffixes, low: int, high: int, ahead: int, number: np.int32) -> int:
    """The first behind those from `low` on whose word `ahead` is `number`, none less, else `low`; by such steps from `high` down."""
    step = 1
    while high - step >= low and _number(text, suffixes, high - step, ahead) > number:
        high -= step
        step *= 2
    low = max(low, high - step + 1)
    while low < high:
        middle = (low + high) // 2
        if _number(text, suffixes, middle, ahead) > number:
            high = middle
        else:
            low = middle + 1
    return low
