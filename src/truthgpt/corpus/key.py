"""Bytes in, 64 bits out, by which the table and its indexes know them."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]


def key(content: bytes) -> int:
    """The first 64 bits of BLAKE2b of `content`, as a signed integer."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


def looked_up(keys: Keys, values: Keys, wanted: Keys, otherwise: Keys | int) -> Keys:
    """For each of `wanted` (m,) its value, where `values` (n,) are those of `keys` (n,), rising; `otherwise` where it has none."""
    if not len(keys):
        return np.broadcast_to(np.asarray(otherwise, np.int64), wanted.shape)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], otherwise)
