"""Bytes in, 64 bits out, by which the table and its indexes know them."""

from __future__ import annotations

import hashlib


def key(content: bytes) -> int:
    """The first 64 bits of BLAKE2b of `content`, as a signed integer."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)
