"""A log as files (C2SP tlog-tiles): where each hash and each entry lies, and what the files of a tree of a given size hold.

    checkpoint                       the signed size and root
    tile/<L>/<N>[.p/<W>]             up to 256 hashes of 32 bytes: MTH(D[(n·256 + i)·256^l : (n·256 + i + 1)·256^l]), i rising
    tile/entries/<N>[.p/<W>]         up to 256 entries, each behind its length (two bytes, big-endian)

A full tile never changes; a partial one of width W stands for one size of the tree and goes once the tile is full. Any
static file server hands such a folder to whoever wants to check it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from truthgpt.errors import BadInputError

WIDTH = 256
"""Hashes, or entries, of a full tile."""
HEIGHT = 8
"""Levels of the tree that a tile holds."""
LARGEST_ENTRY = (1 << 16) - 1
"""Bytes that an entry may have: its length is an uint16."""

CHECKPOINT = "checkpoint"
ROOT = "tile"
ENTRIES = f"{ROOT}/entries"

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def tile_folder(level: int) -> str:
    """Where the hash tiles of `level` lie."""
    return f"{ROOT}/{level}"


def path(folder: str, index: int, width: int = WIDTH) -> str:
    """Tile `index` in `folder`: «zero-padded 3-digit path elements. All but the last path element MUST begin with an x.»"""
    elements = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        elements.append(f"x{index % 1000:03}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"{folder}/{'/'.join(reversed(elements))}{suffix}"


def parsed(given: str) -> tuple[int, int, int] | None:
    """The (level, index, width) of the tile at a path, a bundle's level being 0; None when no tile has such a path."""
    found = _PATH.fullmatch(given)
    if found is None:
        return None
    kind, elements, width = found[1], found[2], int(found[3] or WIDTH)
    index = int(elements.replace("x", "").replace("/", ""))
    folder = ENTRIES if kind == "entries" else tile_folder(int(kind))
    # one path a tile: no zeros in front, no partial tile of full width
    if width > WIDTH or path(folder, index, width) != given:
        return None
    return 0 if kind == "entries" else int(kind), index, width


def shape(size: int, level: int) -> tuple[int, int]:
    """In a tree of `size` leaves: the full tiles at `level`, and the width of the partial one, «floor(s / 256**l) mod 256».

    Entry bundles are shaped like level 0.
    """
    hashes = size >> (HEIGHT * level)
    return hashes // WIDTH, hashes % WIDTH


def levels(size: int) -> range:
    """The levels at which a tree of `size` leaves has tiles."""
    return range(next(level for level in count() if not size >> (HEIGHT * level)))


def layout(size: int, level: int) -> Iterator[tuple[int, int]]:
    """The tiles at `level` of a tree of `size` leaves, as (index, width), left to right."""
    full, partial = shape(size, level)
    for index in range(full):
        yield index, WIDTH
    if partial:
        yield full, partial


def bundle(entries: Iterable[bytes]) -> bytes:
    """«Sequences of big-endian uint16 length-prefixed log entries.»"""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundled(content: bytes) -> list[bytes]:
    """The entries that `bundle` wrote. Raises `ValueError` when the last one is cut short."""
    entries = []
    at, end = 0, len(content)
    length_of = struct.Struct(">H").unpack_from
    while at < end:
        if at + 2 > end:
            raise ValueError("the last entry's length is cut short")
        (length,) = length_of(content, at)
        at += 2 + length
        if at > end:
            raise ValueError("the last entry is cut short")
        entries.append(content[at - length : at])
    return entries


def hashes_of(content: bytes) -> list[bytes]:
    """The hashes of a tile. Raises `ValueError` when its length is no multiple of theirs."""
    if len(content) % 32:
        raise ValueError(f"{len(content)} bytes are no whole number of hashes")
    return [content[at : at + 32] for at in range(0, len(content), 32)]


def check_entries(entries: Sequence[bytes]) -> None:
    """Raises `BadInputError` on an entry that no bundle can hold."""
    for entry in entries:
        if len(entry) > LARGEST_ENTRY:
            raise BadInputError(
                f"an entry of {len(entry):,} bytes is longer than {LARGEST_ENTRY:,}; log its hash and keep it elsewhere"
            )
