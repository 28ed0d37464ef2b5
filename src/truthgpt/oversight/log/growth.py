"""How a tree grows: its right edge and new entries in; the files to write, and the edge after them, out. No file is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truthgpt.oversight.log import tiles
from truthgpt.oversight.log.merkle import complete_hash, joined, leaf_hash


@dataclass(frozen=True, slots=True)
class Edge:
    """The tiles of a tree that are not full: all that is needed to add to it.

    `size` is the tree's in leaves; `bundle` the partial entry bundle as its file holds it; `rows[l]` the hashes of the
    partial tile at level l, empty where every tile there is full.
    """

    size: int = 0
    bundle: bytes = b""
    rows: tuple[tuple[bytes, ...], ...] = ()

    def root(self) -> bytes:
        """The root of the tree, 32 bytes: the complete subtrees that its partial tiles are made of, joined."""
        peaks = []
        for row in reversed(self.rows):
            start = 0
            while start < len(row):
                length = 1 << ((len(row) - start).bit_length() - 1)
                peaks.append(complete_hash(row[start : start + length]))
                start += length
        return joined(peaks)


@dataclass(frozen=True, slots=True)
class File:
    """A file to write: its path in the log's folder, and what it holds. `full` says that its partial forms may go."""

    path: str
    content: bytes
    full: bool


def grown(edge: Edge, entries: Sequence[bytes]) -> tuple[Edge, list[File]]:
    """The edge once `entries` are added, and every tile and bundle that is new or wider then."""
    size = edge.size + len(entries)
    bundle, files = _bundles(edge, entries)
    rows: list[tuple[bytes, ...]] = []
    added = [leaf_hash(entry) for entry in entries]
    level = 0
    while added or level < len(edge.rows):
        row = [*(edge.rows[level] if level < len(edge.rows) else ()), *added]
        index = (edge.size >> (tiles.HEIGHT * level)) // tiles.WIDTH
        folder = tiles.tile_folder(level)
        above = []
        while len(row) >= tiles.WIDTH:
            hashes, row = row[: tiles.WIDTH], row[tiles.WIDTH :]
            files.append(File(tiles.path(folder, index), b"".join(hashes), full=True))
            above.append(complete_hash(hashes))
            index += 1
        if row and added:
            files.append(File(tiles.path(folder, index, len(row)), b"".join(row), full=False))
        rows.append(tuple(row))
        added = above
        level += 1
    return Edge(size, bundle, tuple(rows)), files


def _bundles(edge: Edge, entries: Sequence[bytes]) -> tuple[bytes, list[File]]:
    files = []
    index, width = edge.size // tiles.WIDTH, edge.size % tiles.WIDTH
    content = edge.bundle
    at = 0
    while at < len(entries):
        taken = entries[at : at + tiles.WIDTH - width]
        content += tiles.bundle(taken)
        at += len(taken)
        width += len(taken)
        full = width == tiles.WIDTH
        files.append(File(tiles.path(tiles.ENTRIES, index, width), content, full))
        if full:
            index, width, content = index + 1, 0, b""
    return content, files
