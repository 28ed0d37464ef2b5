"""Codes of vectors and a query in, the nearest rows out: what a search by vector spends its time on, as machine code.

It goes at the speed at which memory gives the codes; so only their upper halves are read of most, which tell a cosine within some hundredths, and
the whole of those that may be among the best. The query keeps 16 bits a dimension, and all that is rounded in the end is the rows' vectors: their
cosines come out within 0.004.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, memory, prefetch
from truthgpt.corpus.heap import put
from truthgpt.corpus.nearest.centres import Floats, Numbers
from truthgpt.corpus.nearest.segment import FIRST, LOWER, PLACES, SCALES, SPAN, STARTS, STEP, UPPER, Halves

Query = npt.NDArray[np.int16]

_LINE = 64
"""Bytes that memory gives at once."""
_LEFT = np.float32(7.5)
"""What the lower half of a code is in the mean."""


@compiled
def scan(
    table: Numbers,
    even: Query,
    odd: Query,
    scale: float,
    chosen: Numbers,
    allowed: Numbers,
    best: Numbers,
    best_scores: Floats,
    held: int,
) -> int:
    """Put the rows that are nearest to a query by the upper halves of their codes among the best so far, a heap with the worst on top, `held`
    of the room that `best` (m,) and `best_scores` (m,) have; how many are held then. In `best` a row is its segment, in the upper 32 bits, and
    where it stands in its arrays.

    The query is `even` and `odd` (h,), its dimensions in turn, times `scale`. `table` (segments, 7) has `Segment.addressed` of each; of its
    centres those `chosen` are gone through. `allowed` (segments, 2) is for each segment the address of a byte a row, 0 for one that is left
    out, and of how many rows these are; where that is negative none is left out. Rows whose place is not below the segment's span are left
    out too.
    """
    half = len(even)
    scores = np.empty(256, np.float32)
    left = np.float32(0)
    for number in range(half):
        left += _LEFT * (np.float32(even[number]) + np.float32(odd[number]))
    least = best_scores[0] if held == len(best) else np.float32(-np.inf)
    for centre in chosen:
        for part in range(len(table)):
            prefetch(table[part, STARTS] + 4 * centre)
    for centre in chosen:
        for part in range(len(table)):
            if part + 1 < len(table):
                _fetch(table[part + 1], centre, half)
            bounds = memory(table[part, STARTS] + 4 * centre, 8).view(np.uint32)
            begin, many = np.int64(bounds[0]), np.int64(bounds[1]) - np.int64(bounds[0])
            if many == 0 or allowed[part, 1] == 0:
                continue
            if many > len(scores):
                scores = np.empty(2 * many, np.float32)
            upper = memory(table[part, UPPER] + half * begin, half * many).reshape(many, half)
            scales = memory(table[part, SCALES] + 4 * begin, 4 * many).view(np.float32)
            _score(upper, scales, even, odd, left, np.float32(scale), scores)
            places = memory(table[part, PLACES] + 4 * begin, 4 * many).view(np.uint32)
            mask = memory(allowed[part, 0], max(allowed[part, 1], 0))
            for at in range(many):
                if scores[at] < least:
                    continue
                place = np.int64(places[at])
                if place >= table[part, SPAN]:
                    continue
                if allowed[part, 1] > 0 and (place >= len(mask) or mask[place] == 0):
                    continue
                found = (np.int64(part) << 32) + begin + at
                if held < len(best) or scores[at] > least or found < best[0]:
                    held = put(best, best_scores, held, found, scores[at])
                    if held == len(best):
                        least = best_scores[0]
    return held


@compiled
def _fetch(segment: Numbers, centre: Any, half: int) -> None:
    """Have memory bring what `scan` reads of the rows of `centre`, while the processor goes through others."""
    bounds = memory(segment[STARTS] + 4 * centre, 8).view(np.uint32)
    begin, end = np.int64(bounds[0]), np.int64(bounds[1])
    prefetch(segment[SCALES] + 4 * begin)
    for line in range(segment[UPPER] + half * begin, segment[UPPER] + half * end, _LINE):
        prefetch(line)


@compiled
def measure(
    table: Numbers, even: Query, odd: Query, scale: float, best: Numbers, rows: Numbers, scores: Floats
) -> None:
    """Write the numbers of those that `scan` found, and their scores by whole codes, to `rows` (m,) and `scores` (m,)."""
    half = len(even)
    for found in best:
        part, at = found >> 32, found & 0xFFFFFFFF
        for line in range(0, half, _LINE):
            prefetch(table[part, UPPER] + half * at + line)
            prefetch(table[part, LOWER] + half * at + line)
        prefetch(table[part, PLACES] + 4 * at)
        prefetch(table[part, SCALES] + 4 * at)
    for number in range(len(best)):
        part, at = best[number] >> 32, best[number] & 0xFFFFFFFF
        upper = memory(table[part, UPPER] + half * at, half)
        lower = memory(table[part, LOWER] + half * at, half)
        total = np.int64(0)
        for spot in range(half):
            first = (np.int64(upper[spot] & 15) ^ 8) - 8
            second = (np.int64(upper[spot] >> 4) ^ 8) - 8
            total += (16 * first + np.int64(lower[spot] & 15)) * np.int64(even[spot])
            total += (16 * second + np.int64(lower[spot] >> 4)) * np.int64(odd[spot])
        place = memory(table[part, PLACES] + 4 * at, 4).view(np.uint32)[0]
        rows[number] = table[part, FIRST] + np.int64(place)
        scores[number] = (
            np.float32(total * scale) * memory(table[part, SCALES] + 4 * at, 4).view(np.float32)[0]
        )


@compiled
def _score(
    upper: Halves, scales: Floats, even: Query, odd: Query, left: Any, scale: Any, scores: Floats
) -> None:
    """Write what the rows of `upper` (n, h) and `scales` (n,) have in common with the query to `scores`; `left` is for what is not read."""
    for at in range(len(upper)):
        scores[at] = (np.float32(16) * np.float32(_product(upper[at], even, odd)) + left) * scale * scales[at]


@compiled
def _product(row: Halves, even: Query, odd: Query) -> np.int32:
    """Of the halves of codes in `row` (h,) and a query, whose numbers are small enough for 32 bits; with 64 it would take twice as long."""
    total = np.int32(0)
    # With loops of a length that is known, and each half moved to the upper end and back for its sign, the compiler finds the processor's products.
    for step in range(len(even) // STEP):
        for spot in range(STEP):
            at = STEP * step + spot
            both = np.int32(np.int8(row[at]))
            first = np.int32(np.int32(both << np.int32(28)) >> np.int32(28))
            total = np.int32(total + np.int32(np.int32(both >> np.int32(4)) * np.int32(odd[at])))
            total = np.int32(total + np.int32(first * np.int32(even[at])))
    return total
