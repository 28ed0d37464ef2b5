"""Weights in; out, blocks of GGUF's type Q4_1 that every reader takes for the same numbers.

A block of 32 weights is d·q + m, q of four bits. OpenVINO keeps no m: it rounds -m / d to a whole zero point z of four bits
and reckons d·(q - z), which changes the weights of most blocks, and of those whose weights are all above zero beyond use.
Here z is whole to begin with, and d has so few digits that m = -z·d is exact: both formulas are then the same numbers.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

BLOCK: Final = 32
_MOST: Final = 15
_DIGITS: Final = 128
"""A scale has seven binary digits: times a zero point of four it still fits the eleven of a 16-bit float."""
_NARROWED: Final = (1.0, 0.95, 0.9, 0.85)
"""Parts of a block's range that are tried as the range of its steps: a few clipped weights may cost less than coarse steps."""


def quantized(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """`values` (rows, columns), columns a multiple of 32, as bytes (rows, columns / 32 · 20)."""
    rows, columns = values.shape
    blocks = values.reshape(-1, BLOCK)
    low = np.minimum(blocks.min(axis=1, keepdims=True), 0)
    width = np.maximum(blocks.max(axis=1, keepdims=True), 0) - low
    best, scale, zero, steps = (
        np.full_like(width, np.inf),
        *(np.zeros_like(a) for a in (width, width, blocks)),
    )
    for part in _NARROWED:
        d = _short(width * (part / _MOST))
        z = np.clip(np.rint(-low * part / d), 0, _MOST)
        q = np.clip(np.rint(blocks / d + z), 0, _MOST)
        error = np.square(d * (q - z) - blocks).sum(axis=1, keepdims=True)
        better = error < best
        best, scale, zero = (
            np.where(better, new, old) for new, old in ((error, best), (d, scale), (z, zero))
        )
        steps = np.where(better, q, steps)
    return np.hstack([_half(scale), _half(-zero * scale), _packed(steps)]).reshape(
        rows, columns // BLOCK * 20
    )


def _short(scale: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The nearest 16-bit float of seven binary digits; 1 for 0, of which a block of zeros is 0 too."""
    digits, exponent = np.frexp(scale)
    short = np.ldexp(np.rint(digits * _DIGITS) / _DIGITS, exponent).astype(np.float16).astype(np.float32)
    return np.where(short > 0, short, np.float32(1))


def _half(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return values.astype("<f2").view(np.uint8)


def _packed(steps: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Two steps a byte: those of the block's second half in the high bits."""
    whole = steps.astype(np.uint8)
    high = whole[:, BLOCK // 2 :] * np.uint8(16)
    return whole[:, : BLOCK // 2] | high
