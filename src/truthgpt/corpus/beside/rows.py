"""Rows by their numbers, those that may be found, and what an index has of the rows of one fragment."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Made = TypeVar("Made")

Rows: TypeAlias = npt.NDArray[np.int64]
"""Numbers of rows: the fragment in the upper 32 bits, the place in it in the lower ones."""

Bytes: TypeAlias = npt.NDArray[np.uint8]

Allowed: TypeAlias = Mapping[int, Bytes]
"""For each fragment a byte a row, 0 where it may not be found."""


def mapped(path: Path) -> Bytes:
    """The file at `path` as it lies on the disk. Raises `OSError` where it cannot be read and `ValueError` where it is empty."""
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


@dataclass(frozen=True, slots=True)
class Part(Generic[Made]):
    """The `segment` of one `fragment`, and of its rows those (bytes, 0 or 1) that are not deleted, empty where all are there."""

    fragment: int
    segment: Made
    alive: Bytes


def allowed(sizes: Mapping[int, int], rows: Rows) -> Allowed:
    """`rows`, rising, and no others; `sizes` are how many rows each fragment spans."""
    masks = {}
    for fragment, size in sizes.items():
        first = fragment << 32
        low, high = np.searchsorted(rows, [first, first + size])
        masks[fragment] = np.zeros(size, np.uint8)
        masks[fragment][rows[low:high] - first] = 1
    return masks
