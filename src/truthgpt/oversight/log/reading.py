"""A log as it is read: at one checkpoint, from its files, by anyone, beside whoever appends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from truthgpt.corpus.durable import missing
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import merkle, tiles
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.note import LARGEST, Verifier
from truthgpt.oversight.log.proof import Proof

_KEPT = 64
"""Tiles that a view holds in memory."""


@dataclass(frozen=True, slots=True)
class View:
    """A log at one of its checkpoints, as its files hold it: `folder`, `checkpoint` and, as it is signed, `note`."""

    folder: Path
    checkpoint: Checkpoint
    note: bytes
    _tiles: Tiles

    @classmethod
    def open(cls, folder: Path, verifiers: Iterable[Verifier]) -> View:
        """The newest checkpoint in `folder`, signed by one of `verifiers`.

        Raises `MissingError` where there is no log, `BadInputError` where its checkpoint is wrong.
        """
        note = read_checkpoint(folder)
        return cls.at(folder, checkpoints.opened(note, verifiers), note)

    @classmethod
    def at(cls, folder: Path, checkpoint: Checkpoint, note: bytes) -> View:
        """The log in `folder` at `checkpoint`, which was verified before."""
        return cls(folder, checkpoint, note, Tiles(folder, checkpoint.size))

    @property
    def size(self) -> int:
        """Its number of entries."""
        return self.checkpoint.size

    def entry(self, index: int) -> bytes:
        """The entry at `index`. Raises `BadInputError` where there is none."""
        if not 0 <= index < self.size:
            raise BadInputError(f"the log has no entry {index}: it has {self.size:,}, counted from 0")
        return self._tiles.entries(index // tiles.WIDTH)[index % tiles.WIDTH]

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The entries from `start` up to `end` (the last one's when None), each with its index."""
        end = self.size if end is None else min(end, self.size)
        index = max(start, 0)
        while index < end:
            first = index // tiles.WIDTH * tiles.WIDTH
            for entry in self._tiles.entries(index // tiles.WIDTH)[index - first : end - first]:
                yield index, entry
                index += 1

    def inclusion(self, index: int) -> Proof:
        """The proof that the entry at `index` is in the tree of the checkpoint. Raises `BadInputError` where there is none."""
        if not 0 <= index < self.size:
            raise BadInputError(f"the log has no entry {index}: it has {self.size:,}, counted from 0")
        return Proof(index, tuple(merkle.inclusion_proof(self._tiles.node, index, self.size)), self.note)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `new` entries (all when None) begins with that of `old`.

        Raises `BadInputError` unless 0 <= old <= new <= size.
        """
        new = self.size if new is None else new
        if not 0 <= old <= new <= self.size:
            raise BadInputError(f"no proof from {old} to {new} entries: the log has {self.size:,}")
        return tuple(merkle.consistency_proof(self._tiles.node, old, new))

    def root(self, size: int) -> bytes:
        """The root of the tree of the first `size` entries, 32 bytes."""
        return merkle.range_hash(self._tiles.node, 0, size)


class Tiles:
    """The tiles and bundles of a tree of `size` leaves in `folder`, read as they are asked for."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self.hashes = lru_cache(_KEPT)(self._hashes)
        self.entries = lru_cache(2)(self._entries)

    def node(self, height: int, position: int) -> bytes:
        """MTH(D[position·2^height : (position + 1)·2^height]), as `merkle.Node`."""
        level, within = divmod(height, tiles.HEIGHT)
        first = position << within
        row = self.hashes(level, first // tiles.WIDTH)
        start = first % tiles.WIDTH
        return merkle.complete_hash(row[start : start + (1 << within)])

    def _hashes(self, level: int, index: int) -> Sequence[bytes]:
        width = self._width(level, index)
        content = read_tile(self._folder, tiles.tile_folder(level), index, width)
        try:
            hashes = tiles.hashes_of(content)
        except ValueError:
            hashes = []
        return self._whole(hashes, tiles.path(tiles.tile_folder(level), index, width), width)

    def _entries(self, index: int) -> Sequence[bytes]:
        width = self._width(0, index)
        content = read_tile(self._folder, tiles.ENTRIES, index, width)
        try:
            entries = tiles.unbundled(content)
        except ValueError:
            entries = []
        return self._whole(entries, tiles.path(tiles.ENTRIES, index, width), width)

    def _width(self, level: int, index: int) -> int:
        full, partial = tiles.shape(self._size, level)
        return tiles.WIDTH if index < full else partial

    def _whole(self, found: Sequence[bytes], path: str, width: int) -> Sequence[bytes]:
        if len(found) < width:
            raise BadInputError(f"{self._folder / path} is damaged; see `truthgpt log verify`")
        return found[:width]


def read_checkpoint(folder: Path) -> bytes:
    """The signed note of the log in `folder`. Raises `MissingError` where there is none."""
    path = folder / tiles.CHECKPOINT
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise MissingError(f"there is no log in {folder}: {path} is missing") from None
    except OSError as error:
        raise missing(path, error) from error


def read_tile(folder: Path, kind: str, index: int, width: int) -> bytes:
    """A tile's bytes: the partial file of `width`, else the full one, which begins with it and may have taken its place.

    Raises `MissingError` where neither is there.
    """
    path = folder / tiles.path(kind, index, width)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if width == tiles.WIDTH:
            raise MissingError(f"{path} is missing: restore it from a backup") from None
    except OSError as error:
        raise missing(path, error) from error
    try:
        return read_tile(folder, kind, index, tiles.WIDTH)
    except MissingError:
        raise MissingError(f"{path} is missing: restore it from a backup") from None
