"""Terms in, the rows of one version that have them out, best first by BM25."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.beside import Allowed, Part
from truthgpt.corpus.postings import build, match
from truthgpt.corpus.postings.segment import BLOCK, Segment


class Postings:
    """Of one column of one version. Threads may share it."""

    def __init__(self, parts: Sequence[Part[Segment]]) -> None:
        self.parts = sorted(parts, key=lambda part: part.fragment)
        self._rows = sum(part.segment.rows for part in parts)
        self._average = sum(part.segment.terms for part in parts) / max(self._rows, 1)
        self._room = threading.local()

    def best(self, terms: str, limit: int, allowed: Allowed | None = None) -> dict[int, float]:
        """At most `limit` rows that have some of `terms`, which spaces part, with BM25, best first.

        Robertson and Zaragoza, "The probabilistic relevance framework", 2009, with k1 = 1.2 and b = 0.75; the weight of a
        term is ln(1 + (N - n + 0.5) / (n + 0.5)) of N rows of which n have it, deleted ones too, as often as it stands in `terms`.
        """
        wanted, counts = build.hashes(terms)
        if not limit or not len(wanted) or not self.parts:
            return {}
        frequency = np.zeros(len(wanted), np.int64)
        located = []
        for part in self.parts:
            places = np.empty((len(part.segment.table), len(wanted)), np.int32)
            match.locate(part.segment.content, part.segment.table, wanted, places, frequency)
            located.append(places)
        frequency = frequency.clip(0, self._rows)  # files may be damaged
        weights = np.log1p((self._rows - frequency + 0.5) / (frequency + 0.5))
        weights = (weights * counts).astype(np.float32)
        rows, scores, held = np.empty(limit, np.int64), np.empty(limit, np.float32), 0
        for part, places in zip(self.parts, located, strict=True):
            mask = part.alive if allowed is None else allowed[part.fragment]
            if len(mask) and not mask.any():
                continue
            held = match.match(
                part.segment.content,
                part.segment.table,
                places,
                weights,
                self._average,
                mask,
                part.fragment << 32,
                self._sums(),
                rows,
                scores,
                held,
            )
        # In which order the words of a row are added up hangs on the other rows; the last digits do with it.
        rounded = np.round(scores[:held].astype(np.float64), 4)
        order = np.lexsort((rows[:held], -rounded))
        return dict(zip(rows[order].tolist(), rounded[order].tolist(), strict=True))

    def _sums(self) -> npt.NDArray[np.float32]:
        """Room of the thread's own."""
        if (sums := getattr(self._room, "sums", None)) is None:
            sums = self._room.sums = np.zeros(BLOCK, np.float32)
        return sums


def warm() -> None:
    """Compile what making and searching an index run: the first time on a machine it takes seconds."""
    made = Segment.of(build.blocks([(np.zeros(1, np.int64), pa.array(["warm"]))]))
    Postings([Part(0, made, np.empty(0, np.uint8))]).best("warm", 1)
