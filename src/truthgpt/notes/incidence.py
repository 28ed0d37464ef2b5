"""Which rows belong together, by a counting sort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled

Numbers: TypeAlias = npt.NDArray[np.int32]
Places: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Groups:
    """The rows of thing j are `order[starts[j] : starts[j + 1]]`, ascending; `starts` is (things + 1,)."""

    order: Places
    starts: Places


def grouped(numbers: Numbers, count: int) -> Groups:
    """Rows by `numbers` (n,), each from 0 to `count` - 1; a thing may have none. Time and memory are linear."""
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(numbers, minlength=count), out=starts[1:])
    order = np.empty(len(numbers), np.int64)
    _place(numbers, starts[:-1].copy(), order)
    return Groups(order, starts)


@compiled
def _place(numbers: Numbers, next_free: Places, order: Places) -> None:
    for row in range(len(numbers)):
        thing = numbers[row]
        order[next_free[thing]] = row
        next_free[thing] += 1
