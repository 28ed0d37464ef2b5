"""Codes of vectors and a query in, the nearest rows out: what a search by vector spends its time on, as machine code.

It goes at the speed at which memory gives the codes; so the query keeps 16 bits a dimension, and all that is rounded is
the rows' vectors: their cosines come out within 0.004.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.beside import Bytes
from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.heap import put
from truthgpt.corpus.nearest.centres import Floats, Numbers
from truthgpt.corpus.nearest.segment import Codes, Places

Query = npt.NDArray[np.int16]


@compiled
def scan(
    starts: Places,
    places: Places,
    scales: Floats,
    codes: Codes,
    query: Query,
    scale: float,
    chosen: Numbers,
    allowed: Bytes,
    span: int,
    first: int,
    best_rows: Numbers,
    best_scores: Floats,
    held: int,
) -> int:
    """Put the rows of a segment that are nearest to `query` (d,) times `scale` among the best so far, a heap with the worst on top,
    `held` of the room that `best_rows` (m,) and `best_scores` (m,) have; how many are held then.

    `starts` (k + 1,), `places` (n,), `scales` (n,) and `codes` (n, d) are the segment's; of its centres those `chosen` are gone
    through. Rows are numbered from `first`. Those whose place is not below `span` are left out, and those whose byte in `allowed`
    (rows,) is 0, none where it is empty.
    """
    least = best_scores[0] if held == len(best_rows) else np.float32(-np.inf)
    for centre in chosen:
        for at in range(np.int64(starts[centre]), np.int64(starts[centre + 1])):
            place = np.int64(places[at])
            if len(allowed) and (place >= len(allowed) or allowed[place] == 0):
                continue
            score = np.float32(_product(codes[at], query) * scale) * scales[at]
            if score < least or place >= span:
                continue
            numbered = first + place
            if held < len(best_rows) or score > least or numbered < best_rows[0]:
                held = put(best_rows, best_scores, held, numbered, score)
                if held == len(best_rows):
                    least = best_scores[0]
    return held


@compiled
def _product(row: npt.NDArray[np.int8], query: Query) -> np.int32:
    """Of `row` (d,) and `query` (d,), whose numbers are small enough for that; with 64 bits it would take twice as long."""
    total = np.int32(0)
    for number in range(len(query)):
        total = np.int32(total + np.int32(np.int32(row[number]) * np.int32(query[number])))
    return total
