"""The right edge of a log's files: read at the start, and rid of what a crash left beyond it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from truthgpt.corpus.durable import missing
from truthgpt.errors import BadInputError
from truthgpt.oversight.log import tiles
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.growth import Edge
from truthgpt.oversight.log.merkle import leaf_hash
from truthgpt.oversight.log.reading import read_tile

MOST = 1 << 16
"""Entries that a commit may have: what lies beyond the edge after a crash is bounded by it, and found without a walk."""


def edge_of(folder: Path, checkpoint: Checkpoint) -> Edge:
    """The edge of the tree of `checkpoint`. Raises `BadInputError` when the files do not lead to its root, `MissingError`
    where one is missing."""
    size = checkpoint.size
    rows = []
    bundle = b""
    try:
        for level in tiles.levels(size):
            full, width = tiles.shape(size, level)
            content = read_tile(folder, tiles.tile_folder(level), full, width) if width else b""
            rows.append(tuple(tiles.hashes_of(content)[:width]))
        full, width = tiles.shape(size, 0)
        if width:
            entries = tiles.unbundled(read_tile(folder, tiles.ENTRIES, full, width))[:width]
            bundle = tiles.bundle(entries)
            if tuple(leaf_hash(entry) for entry in entries) != rows[0]:
                raise ValueError("entries and hashes differ")
        edge = Edge(size, bundle, tuple(rows))
        if edge.root() != checkpoint.root:
            raise ValueError("the hashes lead to another root")
    except ValueError as error:
        raise BadInputError(
            f"the log in {folder} is damaged ({error}): see `truthgpt log verify`, and restore it from a backup"
        ) from None
    return edge


def discard(folder: Path, size: int) -> None:
    """Take away what no tree of `size` entries has: tiles of a commit that never came to its checkpoint, and partial tiles
    whose full one is there. Raises `MissingError` when it cannot be."""
    try:
        for kind, level in _kinds(size + MOST):
            full, width = tiles.shape(size, level)
            reach = (MOST >> (tiles.HEIGHT * (level + 1))) + 1
            for index in range(max(0, full - reach), full + reach + 1):
                path = folder / tiles.path(kind, index)
                if index >= full:
                    path.unlink(missing_ok=True)
                _drop(path, beyond=width if index == full else 0)
    except OSError as error:
        raise missing(folder, error) from error


def drop_partials(folder: Path, paths: Iterable[str]) -> None:
    """Take away the partial forms of the full tiles at `paths`: «MAY delete any partial tile once the corresponding full
    tile is available». What cannot be taken away stays, and does no harm."""
    for path in paths:
        with suppress(OSError):
            _drop(folder / path, beyond=0)


def _kinds(size: int) -> Iterator[tuple[str, int]]:
    yield tiles.ENTRIES, 0
    for level in tiles.levels(size):
        yield tiles.tile_folder(level), level


def _drop(path: Path, beyond: int) -> None:
    """Remove the partial tiles of the tile at `path` that are wider than `beyond`, and their folder when it is empty."""
    partials = path.with_name(f"{path.name}.p")
    try:
        names = os.listdir(partials)
    except FileNotFoundError:
        return
    kept = False
    for name in names:
        if name.isdecimal() and int(name) > beyond:
            (partials / name).unlink(missing_ok=True)
        else:
            kept = True
    if not kept:
        partials.rmdir()
