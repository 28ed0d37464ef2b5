"""How kernels are compiled, and the hash function that they share.

Kernels are Python in Numba's subset, compiled on first use and kept on disk beside the source or, where that cannot
be written, in the user's cache. They release the interpreter's lock, so threads run them side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.np.numpy_support import carray

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """`function` as machine code, without the interpreter's lock; integers wrap, and no index is checked."""
    try:
        made = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # nowhere to keep it, as for a user without a home on a system that is read only
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Kernel, made)


def _as_pointer(typing: Any, address: Any) -> Any:
    """A number as a pointer, in compiled code."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


def _as_prefetch(typing: Any, address: Any) -> Any:
    """LLVM's prefetch of the line of memory at an address, to be read and kept; what lies there is not looked at."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        insert: Any = cgutils.get_or_insert_function
        function = insert(builder.module, kind, "llvm.prefetch.p0")
        pointer = builder.inttoptr(arguments[0], cgutils.voidptr_t)
        builder.call(function, [pointer, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


_pointer: Any = extending.intrinsic(_as_pointer)
prefetch: Any = extending.intrinsic(_as_prefetch)
"""Of an address, in compiled code: memory brings what lies there while the processor goes on. Reads here and there are thus waited for
together."""


@compiled
def memory(address: Any, size: Any) -> npt.NDArray[np.uint8]:
    """The `size` bytes from `address` on, in compiled code: one call can thus read what lies in many arrays. Whoever calls holds these."""
    found: npt.NDArray[np.uint8] = carray(_pointer(address), size, np.uint8)
    return found


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
