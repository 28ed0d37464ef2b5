"""Centres of vectors, by which rows are parted: spherical k-means over a sample of them.

The file: the vectors, float32 (k, d), up to a multiple of eight bytes, and a tail of int64: k, d, for how many rows they were
made, the size of the file and a mark; then the SHA-256 of all before it. Numbers are little-endian.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import durable
from truthgpt.corpus.beside import mapped
from truthgpt.corpus.compiled import compiled

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

_MARK = 0x31_45_52_54_4E_43_47_54
_TAIL = 5
_DIGEST = 32

_ROUNDS = 10
_SEED = 7
_SCORES = 1 << 22
"""Cosines that are reckoned at a time: 16 MiB, which are read again to find the best of them."""


@dataclass(frozen=True, slots=True)
class Centres:
    """`vectors` (k, d) of unit length, made for so many `rows`; `identity` tells them from others."""

    vectors: Floats
    rows: int
    identity: str

    @classmethod
    def one(cls, dimensions: int) -> Self:
        """A single centre, with which all rows stand."""
        return cls._of(np.zeros((1, dimensions), np.float32), 0)

    @classmethod
    def made(cls, sample: Floats, count: int, rows: int) -> Self:
        """`count` centres of `sample` (m, d), m not less, for so many `rows`. The same are made of the same sample."""
        draw = np.random.default_rng(_SEED)
        vectors = sample[draw.choice(len(sample), count, replace=False)]
        for _ in range(_ROUNDS):
            near = nearest(sample, vectors)
            vectors, sizes = np.zeros_like(vectors), np.bincount(near, minlength=count)
            _add(sample, near, vectors)
            vectors[sizes == 0] = sample[draw.choice(len(sample), np.count_nonzero(sizes == 0))]
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return cls._of(vectors, rows)

    @classmethod
    def open(cls, path: Path, dimensions: int) -> Self | None:
        """The file at `path`; None where there is none, it is not whole, or of vectors with other `dimensions`."""
        try:
            return cls._read(mapped(path), dimensions)
        except (OSError, ValueError):
            return None

    @classmethod
    def _read(cls, content: npt.NDArray[np.uint8], dimensions: int) -> Self:
        """Raises `ValueError` where `content` is not what was written."""
        body = content[:-_DIGEST]
        count, wide, rows, size, mark = body[-8 * _TAIL :].view(np.int64).tolist()
        if (
            mark != _MARK
            or size != len(content)
            or hashlib.sha256(body.tobytes()).digest() != content[-_DIGEST:].tobytes()
        ):
            raise ValueError("not a file of centres")
        if wide != dimensions:
            raise ValueError("of other vectors")
        return cls._of(body[: 4 * count * wide].view(np.float32).reshape(count, wide), rows)

    @classmethod
    def _of(cls, vectors: Floats, rows: int) -> Self:
        return cls(vectors, rows, hashlib.sha256(vectors.tobytes()).hexdigest()[:16])

    def write(self, path: Path) -> None:
        """Make the file at `path`. Raises `MissingError` where the disk is full."""
        raw = self.vectors.tobytes()
        raw += bytes(-len(raw) % 8)
        size = len(raw) + 8 * _TAIL + _DIGEST
        body = raw + np.array([*self.vectors.shape, self.rows, size, _MARK], np.int64).tobytes()
        durable.write(path, body + hashlib.sha256(body).digest())

    def by_nearness(self, vector: Floats) -> Numbers:
        """Their numbers (k,), those nearest to `vector` (d,) first."""
        # A matrix product would wake the library's threads, which then wait for more work with the processor in hand.
        return np.argsort(-np.einsum("ij,j->i", self.vectors, vector))


def nearest(vectors: Floats, centres: Floats) -> Numbers:
    """For each of `vectors` (n, d) which of `centres` (k, d) it is nearest to."""
    found = np.zeros(len(vectors), np.int64)
    if len(centres) == 1:
        return found
    step = max(1, _SCORES // len(centres))
    room = np.empty((min(step, len(vectors)), len(centres)), np.float32)
    for start in range(0, len(vectors), step):
        some = vectors[start : start + step]
        scores = np.matmul(some, centres.T, out=room[: len(some)])
        np.argmax(scores, axis=1, out=found[start : start + len(some)])
    return found


@compiled
def _add(vectors: Floats, near: Numbers, sums: Floats) -> None:
    """Add `vectors` (n, d) to the `sums` (k, d) of what they are nearest to, `near` (n,)."""
    for row in range(len(vectors)):
        for number in range(vectors.shape[1]):
            sums[near[row], number] += vectors[row, number]
