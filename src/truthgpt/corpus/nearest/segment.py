"""A file of vectors: the rows of one fragment, in the order of their centres, with a byte a dimension.

A vector is `codes * scale`, codes of -127 to 127, its scale being the greatest of its numbers over 127; of zeros it is 0. Of a code the upper
and the lower four bits stand apart, each two dimensions a byte, the first in the lower half: most vectors are told by the upper ones alone not to be
near. Five arrays, each beginning at a multiple of eight bytes:

    starts   uint32 (k + 1,)  where the rows of each centre begin
    places   uint32 (n,)      of the rows in the fragment, rising for each centre
    scales   float32 (n,)
    upper    uint8 (n, h)     of codes over 16, rounded down, -8 to 7; h is d / 2, rounded up to `STEP`
    lower    uint8 (n, h)     what is left of these, 0 to 15

Then comes a tail of int64: k, n, d, how many rows the fragment spans, the identity of the centres, the size of the file and a
mark. Numbers are little-endian. The arrays lie in the mapped file as they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus import durable
from truthgpt.corpus.beside import mapped
from truthgpt.corpus.nearest.centres import Centres, Floats, nearest

MOST = 127
STEP = 32
"""Bytes that `scan` takes at once."""

_MARK = 0x32_54_53_52_4E_47_54_54
_TAIL = 7
_PIECE = 1 << 14
"""Rows that are put in order, and written, at a time."""

Vectors: TypeAlias = Iterable[tuple[npt.NDArray[np.int64], pa.Array]]
"""Rows, rising, by their places in the fragment, and their vectors."""

Codes = npt.NDArray[np.int8]
Halves = npt.NDArray[np.uint8]
Places = npt.NDArray[np.uint32]


STARTS, PLACES, SCALES, UPPER, LOWER, SPAN, FIRST = range(7)
"""What `Segment.addressed` tells: where the arrays are in memory, how many rows the fragment spans, and the number of the first."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The arrays, and how many `rows` the fragment spans."""

    starts: Places
    places: Places
    scales: Floats
    upper: Halves
    lower: Halves
    rows: int

    @classmethod
    def of(cls, parts: Vectors, centres: Centres) -> Self:
        """In memory."""
        return cls._read(np.frombuffer(b"".join(pieces(parts, centres)), np.uint8), centres)

    @classmethod
    def open(cls, path: Path, centres: Centres) -> Self | None:
        """The file at `path`; None where there is none, it is not whole, or of other centres."""
        try:
            return cls._read(mapped(path), centres)
        except (OSError, ValueError):
            return None

    @classmethod
    def _read(cls, content: npt.NDArray[np.uint8], centres: Centres) -> Self:
        """Raises `ValueError` where `content` is not what was written. That places lead nowhere else is for `scan` to see."""
        count, held, wide, rows, identity, size, mark = content[-8 * _TAIL :].view(np.int64).tolist()
        if (
            mark != _MARK
            or size != len(content)
            or (count, wide) != centres.vectors.shape
            or identity != _number(centres)
            or held < 0
        ):
            raise ValueError("not a file of vectors")
        half = half_of(wide)
        sizes = 4 * (count + 1), 4 * held, 4 * held, half * held, half * held
        ends = np.cumsum([_padded(size) for size in sizes]).tolist()
        if ends[-1] + 8 * _TAIL != size:
            raise ValueError("not a file of vectors")
        raw = [content[begin : begin + size] for begin, size in zip([0, *ends[:-1]], sizes, strict=True)]
        starts = raw[0].view(np.uint32)
        # The kernel checks none of them.
        if starts[0] != 0 or starts[-1] != held or (starts[1:] < starts[:-1]).any():
            raise ValueError("not a file of vectors")
        upper, lower = (plane.reshape(held, half) for plane in raw[3:])
        return cls(starts, raw[1].view(np.uint32), raw[2].view(np.float32), upper, lower, rows)

    def addressed(self, fragment: int) -> npt.NDArray[np.int64]:
        """What `scan` goes by (7,)."""
        arrays = self.starts, self.places, self.scales, self.upper, self.lower
        return np.array([*(array.ctypes.data for array in arrays), self.rows, fragment << 32], np.int64)


def write(path: Path, parts: Vectors, centres: Centres) -> None:
    """Make the file at `path` of rows and their vectors. Raises `MissingError` where the disk is full."""
    durable.write(path, pieces(parts, centres))


def pieces(parts: Vectors, centres: Centres) -> Iterator[bytes]:
    """What the file of `parts` holds, part after part."""
    count, wide = centres.vectors.shape
    coded = [_coded(rows, vectors_of(column), centres) for rows, column in parts]
    places = np.concatenate([np.empty(0, np.uint32), *(part[0] for part in coded)])
    near = np.concatenate([np.empty(0, np.int64), *(part[1] for part in coded)])
    scales = np.concatenate([np.empty(0, np.float32), *(part[2] for part in coded)])
    codes = np.concatenate([np.empty((0, 2 * half_of(wide)), np.int8), *(part[3] for part in coded)])
    coded.clear()
    order = np.argsort(near, kind="stable")
    starts = np.zeros(count + 1, np.uint32)
    np.cumsum(np.bincount(near, minlength=count), out=starts[1:])
    size = 8 * _TAIL
    for array in (starts, places[order], scales[order]):
        raw = array.tobytes()
        size += _padded(len(raw))
        yield raw + bytes(-len(raw) % 8)
    plane = codes.size // 2
    for upper in (True, False):
        for start in range(0, len(order), _PIECE):
            yield _halves(codes[order[start : start + _PIECE]], upper=upper).tobytes()
        size += _padded(plane)
        yield bytes(-plane % 8)
    rows = int(places[-1]) + 1 if len(places) else 0
    tail = [count, len(order), wide, rows, _number(centres), size, _MARK]
    yield np.array(tail, np.int64).tobytes()


def _coded(
    rows: npt.NDArray[np.int64], vectors: Floats, centres: Centres
) -> tuple[Places, npt.NDArray[np.int64], Floats, Codes]:
    """The places (n,), centres (n,), scales (n,) and codes (n, 2 h) of `rows` (n,), whose vectors are (n, d)."""
    scales = np.abs(vectors).max(axis=1, initial=0) / np.float32(MOST)
    by = np.divide(1, scales, out=np.zeros_like(scales), where=scales > 0)
    codes = np.rint(vectors * by[:, np.newaxis]).astype(np.int8)
    codes = np.pad(codes, ((0, 0), (0, 2 * half_of(codes.shape[1]) - codes.shape[1])))
    return rows.astype(np.uint32), nearest(vectors, centres.vectors), scales, codes


def _halves(codes: Codes, *, upper: bool) -> Halves:
    """Four bits of each of `codes` (n, d), two a byte (n, d / 2)."""
    bits = codes.view(np.uint8)
    bits = bits >> np.uint8(4) if upper else bits & np.uint8(15)
    found: Halves = bits[:, ::2] | bits[:, 1::2] << np.uint8(4)
    return found


def half_of(wide: int) -> int:
    """Bytes of a half of the codes of `wide` dimensions: what is beyond these is 0."""
    return -(-wide // (2 * STEP)) * STEP


def vectors_of(column: pa.Array) -> Floats:
    """The vectors (n, d) of a column of them."""
    flat: Floats = column.flatten().to_numpy()
    return flat.reshape(len(column), column.type.list_size)


def _number(centres: Centres) -> int:
    """Their identity as a number of 63 bits."""
    return int(centres.identity, 16) >> 1


def _padded(size: int) -> int:
    return size + -size % 8
