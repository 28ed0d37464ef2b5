"""How kernels are compiled, and the hash function that they share.

Kernels are Python in Numba's subset, compiled on first use and kept on disk beside the source or, where that cannot
be written, in the user's cache. They release the interpreter's lock, so threads run them side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """`function` as machine code, without the interpreter's lock; integers wrap, and no index is checked."""
    try:
        made = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # nowhere to keep it, as for a user without a home on a system that is read only
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Kernel, made)


@compiled
def mix(value: np.uint64) -> np.uint64:
    """A bijection of 64 bits in which every bit of the result hangs on every bit of `value`.

    The finaliser of MurmurHash3 (Austin Appleby, public domain).
    """
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@compiled
def sort_with(values: npt.NDArray[np.uint64], carried: npt.NDArray[np.int64]) -> None:
    """Sort `values` in place and `carried` along with them.

    Shell's sort, its gaps growing by 2.25 (Ciura, 2001). Numba's own sorts are no faster on a
    few hundred values and take seconds to compile.
    """
    gap = 1
    while gap < len(values):
        gap = int(gap * 2.25) + 1
    while gap > 1:
        gap = int(gap / 2.25)
        for start in range(gap, len(values)):
            value, along, at = values[start], carried[start], start
            while at >= gap and values[at - gap] > value:
                values[at], carried[at] = values[at - gap], carried[at - gap]
                at -= gap
            values[at], carried[at] = value, along
