"""The best so far: a heap of rows and their scores with the worst on top, as the kernels of the indexes fill it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@compiled
def worse(rows: Numbers, scores: Floats, one: int, other: int) -> bool:
    """Whether that at `one` is worse: of equal scores the earlier row is better."""
    worse: bool = scores[one] < scores[other] or (scores[one] == scores[other] and rows[one] > rows[other])
    return worse


@compiled
def put(rows: Numbers, scores: Floats, held: int, row: np.int64, score: float) -> int:
    """Add to the heap, in place of its worst where it is full; how many it holds then."""
    if held < len(rows):
        at = held
        rows[at], scores[at] = row, score
        while at and worse(rows, scores, at, (at - 1) // 2):
            up = (at - 1) // 2
            rows[at], rows[up] = rows[up], rows[at]
            scores[at], scores[up] = scores[up], scores[at]
            at = up
        return held + 1
    rows[0], scores[0] = row, score
    at = 0
    while True:
        down = 2 * at + 1
        if down >= held:
            return held
        if down + 1 < held and worse(rows, scores, down + 1, down):
            down += 1
        if not worse(rows, scores, down, at):
            return held
        rows[at], rows[down] = rows[down], rows[at]
        scores[at], scores[down] = scores[down], scores[at]
        at = down
