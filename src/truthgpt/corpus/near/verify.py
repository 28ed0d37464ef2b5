"""Pairs of texts in, whether one is a copy of the other out: exact, on all their words.

Two texts are near copies where what they claim is the same, their numbers and negations in order, and either

- they differ in one place only, by a word or, in longer texts, up to three; or
- the Jaccard similarity of their sets of shingles is at least `NEAR`; or
- the shorter is in the longer: a truncation, a quote with something said about it. Then the claims of the part that
  it is of the longer count, and what else the longer says, if that is short, must not negate.

Texts that both put a run of `RUN` words where the other has none of them are two posts from one template, however long
the template.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.near.signature import Keys, shingle
from truthgpt.corpus.near.unionfind import Rows
from truthgpt.corpus.near.words import IS_ALONE, IS_CLAIM, IS_NEGATION, Offsets, WordArray, Words

NEAR = 0.6
"""Jaccard similarity of the shingles of two texts from which they are near copies."""
RELATED = 0.3
"""The same for two texts that others, copies of both, put into one cluster."""

CONTAINED = 0.9
"""Share of the shorter's shingles that the longer must have, besides the two that a cut costs."""
SHORTEST = 10
"""Words from which a text can be in another, a character of a script without spaces counted half."""
SHARE = 0.25
"""Of the longer's words, how many the shorter must have: a truncation to less is no copy."""
COMMENT = 12
"""Words beside a contained text up to which they are a comment on it, which must not negate."""
RUN = 8
"""Words in a row, in both texts, that the other has not: another content."""


def are_near(texts: Words, pairs: Rows, near: float = NEAR) -> npt.NDArray[np.bool_]:
    """For each of `pairs` (m, 2), places in `texts`, whether the two are near copies. Symmetric in the two."""
    found = np.zeros(len(pairs), np.bool_)
    _judge_all(texts.flat, texts.offsets, pairs, near, found)
    return found


@compiled
def _judge_all(
    flat: WordArray, offsets: Offsets, pairs: Rows, near: float, found: npt.NDArray[np.bool_]
) -> None:
    for place in range(len(pairs)):
        one, other = pairs[place, 0], pairs[place, 1]
        a, b = flat[offsets[one] : offsets[one + 1]], flat[offsets[other] : offsets[other + 1]]
        found[place] = _judge(a, b, near) if len(a) <= len(b) else _judge(b, a, near)


@compiled
def _judge(short: WordArray, long: WordArray, near: float) -> bool:
    if len(short) == 0:
        return False
    head = 0
    while head < len(short) and short[head] == long[head]:
        head += 1
    if head == len(long):
        return True
    tail = 0
    while tail < len(short) - head and short[len(short) - 1 - tail] == long[len(long) - 1 - tail]:
        tail += 1
    weight = _weight(short)
    short_rest, long_rest = short[head : len(short) - tail], long[head : len(long) - tail]
    if len(short_rest) == 0 and len(long_rest) > 3 and (head == 0 or tail == 0):
        # The longer goes on before or behind the shorter: no shingle needs to be looked at.
        return (
            weight >= 2 * SHORTEST
            and len(short) >= SHARE * len(long)
            and _may_stand_beside(long_rest, len(long_rest))
        )
    claims_agree = _same_claims(short_rest, long_rest)
    few = min(3, 1 + weight // 32)
    if claims_agree and weight >= 16 and len(long_rest) <= few * (1 + (long_rest & IS_ALONE).max()):
        return True
    return _judge_by_shingles(short, long, near, claims_agree, weight)


@compiled
def _judge_by_shingles(
    short: WordArray, long: WordArray, near: float, claims_agree: bool, weight: int
) -> bool:
    found_in_long, found_in_short = np.zeros(len(short), np.bool_), np.zeros(len(long), np.bool_)
    shared, in_short, in_long = _compare(short, long, found_in_long, found_in_short)
    similar = claims_agree and shared >= near * (in_short + in_long - shared)
    # Two shingles are lost where the text is cut, and two more where a word was.
    contained = (
        shared >= CONTAINED * in_short - 2 and weight >= 2 * SHORTEST and len(short) >= SHARE * len(long)
    )
    if not similar and not contained:
        return False
    # A run of words is missed by one shingle more on either side.
    if _longest_run(found_in_short) >= RUN + 2 and _longest_run(found_in_long) >= RUN + 2:
        return False
    if similar:
        return True
    first, after = _window(found_in_short, len(short))
    if not _same_claims(short, long[first:after]):
        return False
    outside = first + len(long) - after
    return _may_stand_beside(long[:first], outside) and _may_stand_beside(long[after:], outside)


@compiled
def _weight(text: WordArray) -> int:
    """Twice the words of `text`, a character of a script without spaces counted half."""
    weight = 0
    for word in text:
        weight += 1 if word & IS_ALONE else 2
    return weight


@compiled
def _may_stand_beside(words: WordArray, outside: int) -> bool:
    """Whether what the longer says beside the shorter, `outside` words in all, leaves its claim alone."""
    if outside > COMMENT:
        return True
    negations = 0
    for word in words:
        negations += word & IS_NEGATION
    return negations == 0


@compiled
def _same_claims(one: WordArray, other: WordArray) -> bool:
    """Whether the words that claim are the same in the same order."""
    at, by = 0, 0
    while True:
        while at < len(one) and not one[at] & IS_CLAIM:
            at += 1
        while by < len(other) and not other[by] & IS_CLAIM:
            by += 1
        if at == len(one) or by == len(other):
            return at == len(one) and by == len(other)
        if one[at] != other[by]:
            return False
        at += 1
        by += 1


@compiled
def _compare(
    short: WordArray,
    long: WordArray,
    found_in_long: npt.NDArray[np.bool_],
    found_in_short: npt.NDArray[np.bool_],
) -> tuple[int, int, int]:
    """How many different shingles both have, the shorter has, the longer has.

    Marks, for each word of the shorter, whether the longer has its shingle, and the other way round.
    """
    size = 64
    while size < 2 * (len(short) + len(long)):
        size *= 2
    table, marks = np.empty(size, np.uint64), np.zeros(size, np.uint8)
    slots = np.empty(len(short), np.int64)
    shared, in_short, in_long = 0, 0, 0
    for at in range(len(short)):
        slot = _slot(shingle(short, at, 0, len(short)), table, marks)
        in_short += marks[slot] == 0
        marks[slot] = 1
        slots[at] = slot
    for at in range(len(long)):
        slot = _slot(shingle(long, at, 0, len(long)), table, marks)
        found_in_short[at] = marks[slot] & 1
        if marks[slot] < 2:
            in_long += 1
            shared += marks[slot]
            marks[slot] += 2
    for at in range(len(short)):
        found_in_long[at] = marks[slots[at]] & 2 != 0
    return shared, in_short, in_long


@compiled
def _slot(value: np.uint64, table: Keys, marks: npt.NDArray[np.uint8]) -> int:
    """Where `value` stands in the open-addressed `table`, or now does; places without a mark are free."""
    slot = np.int64(value & np.uint64(len(table) - 1))
    while marks[slot] and table[slot] != value:
        slot = (slot + 1) & (len(table) - 1)
    table[slot] = value
    return int(slot)


@compiled
def _longest_run(found: npt.NDArray[np.bool_]) -> int:
    longest, run = 0, 0
    for there in found:
        run = 0 if there else run + 1
        longest = max(longest, run)
    return longest


@compiled
def _window(found: npt.NDArray[np.bool_], length: int) -> tuple[int, int]:
    """The part of the longer text, at most `length` words and two, that has most of the shorter's shingles."""
    span = min(length + 2, len(found))
    inside = found[:span].sum()
    best, first = inside, 0
    for start in range(1, len(found) - span + 1):
        inside += np.int64(found[start + span - 1]) - np.int64(found[start - 1])
        if inside > best:
            best, first = inside, start
    after = first + span
    while first < after and not found[first]:
        first += 1
    while after > first and not found[after - 1]:
        after -= 1
    # A shingle says the words beside its middle too.
    return max(0, first - 1), min(len(found), after + 1)
