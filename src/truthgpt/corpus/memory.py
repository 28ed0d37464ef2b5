"""Memory that is freed goes back to the system.

The C library of Linux keeps freed blocks for later, the larger the more of them it has seen, so that a process which once
built an index holds its memory for good. Lance's indexes are such blocks.
"""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
"""`malloc.h` of glibc."""
_LARGE = 4 << 20
"""Bytes from which a block is mapped alone and unmapped when freed; set, this no longer grows by itself."""
_M_ARENA_MAX = -8
_ARENAS = 2
"""Places that threads take memory from. The C library makes eight a core, each of which keeps what its busiest moment took."""


def keep_few_arenas() -> None:
    """Let all threads take their memory from few places; before they are begun. An import takes a tenth less, and no longer."""
    if (library := _glibc()) is not None:
        library.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give back what this process has freed, and from now on large blocks as they are freed; to map and unmap them takes a
    few hundredths longer. Where the system has no glibc, nothing happens."""
    if (library := _glibc()) is not None:
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
