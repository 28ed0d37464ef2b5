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


def give_back() -> None:
    """Give back what this process has freed, and from now on large blocks as they are freed; to map and unmap them takes a
    few hundredths longer. Where the system has no glibc, nothing happens."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.malloc_trim(0)
