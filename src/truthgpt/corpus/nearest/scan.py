"""Codes of vectors and a query in, the nearest rows out: what a search by vector spends its time on, as machine code.

It goes at the speed at which memory gives the codes; so the query keeps 16 bits a dimension, and all that is rounded is
the rows' vectors: their cosines come out within 0.004.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, memory
from truthgpt.corpus.heap import put
from truthgpt.corpus.nearest.centres import Floats, Numbers
from truthgpt.corpus.nearest.segment import CODES, FIRST, PLACES, SCALES, SPAN, STARTS, Codes

Query = npt.NDArray[np.int16]


@compiled
def scan(
    table: Numbers,
    query: Query,
    scale: float,
    chosen: Numbers,
    allowed: Numbers,
    best_rows: Numbers,
    best_scores: Floats,
    held: int,
) -> int:
    """Put the rows that are nearest to `query` (d,) times `scale` among the best so far, a heap with the worst on top, `held` of the room
    that `best_rows` (m,) and `best_scores` (m,) have; how many are held then.

    `table` (segments, 6) has `Segment.addressed` of each; of its centres those `chosen` are gone through. `allowed` (segments, 2) is for each
    segment the address of a byte a row, 0 for one that is left out, and of how many rows these are; where that is negative none is
    left out. Rows whose place is not below the segment's span are left out too.
    """
    wide = len(query)
    scores = np.empty(256, np.float32)
    least = best_scores[0] if held == len(best_rows) else np.float32(-np.inf)
    for centre in chosen:
        for part in range(len(table)):
            bounds = memory(table[part, STARTS] + 4 * centre, 8).view(np.uint32)
            begin, many = np.int64(bounds[0]), np.int64(bounds[1]) - np.int64(bounds[0])
            if many == 0 or allowed[part, 1] == 0:
                continue
            if many > len(scores):
                scores = np.empty(2 * many, np.float32)
            codes = memory(table[part, CODES] + wide * begin, wide * many).view(np.int8).reshape(many, wide)
            scales = memory(table[part, SCALES] + 4 * begin, 4 * many).view(np.float32)
            _score(codes, scales, query, np.float32(scale), scores)
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
                numbered = table[part, FIRST] + place
                if held < len(best_rows) or scores[at] > least or numbered < best_rows[0]:
                    held = put(best_rows, best_scores, held, numbered, scores[at])
                    if held == len(best_rows):
                        least = best_scores[0]
    return held


@compiled
def _score(codes: Codes, scales: Floats, query: Query, scale: Any, scores: Floats) -> None:
    """Write the products of `codes` (n, d) times `scales` (n,) and `query` times `scale` to `scores`."""
    for at in range(len(codes)):
        scores[at] = np.float32(_product(codes[at], query)) * scale * scales[at]


@compiled
def _product(row: npt.NDArray[np.int8], query: Query) -> np.int32:
    """Of `row` (d,) and `query` (d,), whose numbers are small enough for that; with 64 bits it would take twice as long."""
    total = np.int32(0)
    for number in range(len(query)):
        total = np.int32(total + np.int32(np.int32(row[number]) * np.int32(query[number])))
    return total
