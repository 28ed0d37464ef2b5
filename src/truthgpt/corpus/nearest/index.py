"""A vector in, the rows of one version that are nearest to it out, with their cosines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from truthgpt.corpus.beside import Allowed, Part
from truthgpt.corpus.nearest.centres import Centres, Floats, Numbers
from truthgpt.corpus.nearest.scan import measure, scan
from truthgpt.corpus.nearest.segment import FIRST, Segment, half_of

_MOST = 32_767
"""Of a query's numbers, which have 16 bits; of many dimensions less, so that a product has 32."""


_MORE, _ROOM, _WIDER = 4, 240, 8
"""Rows that are looked at whole: so many times as many as are wanted, and at least; and so many times as many where more are as near."""
_SURE = 3.0
"""Standard deviations by which a row may be nearer than the upper halves of its codes tell."""
_SAMPLE = 1_000


class Nearest:
    """Of one version. Threads may share it."""

    def __init__(self, centres: Centres, parts: Sequence[Part[Segment]]) -> None:
        self._centres = centres
        self._parts = sorted(parts, key=lambda part: part.fragment)
        told = [part.segment.addressed(part.fragment) for part in self._parts]
        self._table = np.array(told, np.int64).reshape(len(told), FIRST + 1)
        scales = np.concatenate(
            [np.empty(0, np.float32), *(part.segment.scales[:_SAMPLE] for part in self._parts)]
        )
        # Lower halves are any of 16 numbers; what they add to a product is spread like their sum.
        self._doubt = _SURE * 16 / math.sqrt(12) * float(scales.mean()) if len(scales) else 0.0
        self._alive = self._masks({part.fragment: part.alive for part in self._parts})

    def best(
        self, vector: Floats, limit: int, allowed: Allowed | None = None, centres: int = 1
    ) -> dict[int, float]:
        """At most `limit` rows with the greatest product with `vector` (d,), which is the cosine of unit vectors, best first, those
        that are as near by their numbers. One of a thousand that are hardly near enough may be missed.

        Rows of the `centres` nearest to it are looked at. Where only some are `allowed`, of twice as many centres until enough
        are found.
        """
        if not limit or not self._parts:
            return {}
        scale = float(np.abs(vector).max(initial=0)) / min(_MOST, (1 << 24) // max(len(vector), 1) - 1)
        query = np.rint(vector / scale if scale else vector).astype(np.int16)
        query = np.pad(query, (0, 2 * half_of(len(query)) - len(query))).reshape(-1, 2).T
        even, odd = np.ascontiguousarray(query[0]), np.ascontiguousarray(query[1])
        order = self._centres.by_nearness(vector)
        masks = self._alive if allowed is None else self._masks(allowed)
        doubt = self._doubt * float(np.linalg.norm(vector))
        room = max(_ROOM, _MORE * limit)
        while True:
            likely, nearly = np.empty(room, np.int64), np.empty(room, np.float32)
            held = begin = 0
            for end in _doubled(centres, len(order)):
                held = scan(self._table, even, odd, scale, order[begin:end], masks, likely, nearly, held)
                if allowed is None or held >= limit:
                    break
                begin = end
            rows, scores = np.empty(held, np.int64), np.empty(held, np.float32)
            measure(self._table, even, odd, scale, likely[:held], rows, scores)
            best = np.lexsort((rows, -scores))[:limit]
            # Of those that found no room none may be as near as the last of these.
            if held < room or nearly[0] <= scores[best[-1]] - doubt:
                return dict(zip(rows[best].tolist(), scores[best].tolist(), strict=True))
            room *= _WIDER

    def _masks(self, allowed: Allowed) -> Numbers:
        """Where those of each part begin and how many rows they have (parts, 2), as `scan` takes them."""
        masks = [allowed[part.fragment] for part in self._parts]
        sizes = [-1 if not len(mask) else len(mask) if mask.any() else 0 for mask in masks]
        told = [(mask.ctypes.data, size) for mask, size in zip(masks, sizes, strict=True)]
        return np.array(told, np.int64).reshape(len(told), 2)


def _doubled(number: int, most: int) -> Iterator[int]:
    """`number`, and twice as many each time, until they are `most` or more."""
    yield number
    while number < most:
        number *= 2
        yield number


def warm() -> None:
    """Compile what a search runs: the first time on a machine it takes a second."""
    centres = Centres.one(1)
    column = pa.FixedSizeListArray.from_arrays(pa.array([1.0], pa.float32()), 1)
    made = Segment.of([(np.zeros(1, np.int64), column)], centres)
    Nearest(centres, [Part(0, made, np.empty(0, np.uint8))]).best(np.ones(1, np.float32), 1)
