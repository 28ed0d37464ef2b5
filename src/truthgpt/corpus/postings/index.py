"""Terms in, the rows of one version that have them out, best first by BM25."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.beside import Allowed, Part
from truthgpt.corpus.postings import build, match
from truthgpt.corpus.postings.segment import BLOCK, FIRST, Segment, worths

_TWICE = 16
"""Blocks that are gone through twice: of fewer the best are known soon."""
_FEW = 2_000
"""One of so many rows may have one of the rarest terms, all together; the very rarest may be in more."""


class Postings:
    """Of one column of one version. Threads may share it."""

    def __init__(self, parts: Sequence[Part[Segment]]) -> None:
        self.parts = sorted(parts, key=lambda part: part.fragment)
        self._rows = sum(part.segment.rows for part in parts)
        self._average = sum(part.segment.terms for part in parts) / max(self._rows, 1)
        self._worths = worths(self._average)
        self._table = np.concatenate(
            [
                np.empty((0, FIRST + 1), np.int64),
                *(part.segment.addressed(part.fragment) for part in self.parts),
            ]
        )
        self._alive = self._masks({part.fragment: part.alive for part in self.parts})
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
        places = np.empty((len(self._table), len(wanted)), np.int32)
        match.locate(self._table, wanted, places, frequency)
        frequency = frequency.clip(0, self._rows)  # files may be damaged
        weights = np.log1p((self._rows - frequency + 0.5) / (frequency + 0.5))
        weights = (weights * counts).astype(np.float32)
        rows, scores, held = np.empty(limit, np.int64), np.empty(limit, np.float32), 0
        rare = self._rare(frequency)
        masks = self._alive if allowed is None else self._masks(allowed)
        for turn in (match.WITH_RARE, match.WITHOUT) if rare.any() else (match.ALL,):
            held = match.match(
                self._table,
                places,
                weights,
                rare,
                turn,
                self._worths,
                self._average,
                masks,
                self._sums(),
                rows,
                scores,
                held,
            )
        # In which order the words of a row are added up hangs on the other rows; the last digits do with it.
        rounded = np.round(scores[:held].astype(np.float64), 4)
        order = np.lexsort((rows[:held], -rounded))
        return dict(zip(rows[order].tolist(), rounded[order].tolist(), strict=True))

    def _rare(self, frequency: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Of terms that so many rows have, the rarest, whose rows are looked at first; none where that is no gain."""
        rare = np.zeros(len(frequency), np.bool_)
        there = np.flatnonzero(frequency)
        if len(self._table) >= _TWICE and len(there) > 1:
            there = there[np.argsort(frequency[there], kind="stable")]
            few = np.cumsum(frequency[there]) <= self._rows // _FEW
            rare[there[: max(1, int(few.sum()))]] = True
        return rare

    def _masks(self, allowed: Allowed) -> npt.NDArray[np.int64]:
        """Where those of each block begin and how many rows they have, as `match.match` takes them."""
        found = [np.empty((0, 2), np.int64)]
        for part in self.parts:
            mask = allowed[part.fragment]
            begins = BLOCK * np.arange(len(part.segment.table))
            if not len(mask):
                rows = np.full(len(begins), -1)
            elif mask.any():
                rows = (len(mask) - begins).clip(0, BLOCK)
            else:
                rows = np.zeros(len(begins), np.int64)
            found.append(np.stack([mask.ctypes.data + begins, rows], axis=1))
        return np.concatenate(found)

    def _sums(self) -> npt.NDArray[np.float32]:
        """Room of the thread's own."""
        if (sums := getattr(self._room, "sums", None)) is None:
            sums = self._room.sums = np.zeros(BLOCK, np.float32)
        return sums


def warm() -> None:
    """Compile what making and searching an index run: the first time on a machine it takes seconds."""
    made = Segment.of(build.blocks([(np.zeros(1, np.int64), pa.array(["warm"]))]))
    Postings([Part(0, made, np.empty(0, np.uint8))]).best("warm", 1)
