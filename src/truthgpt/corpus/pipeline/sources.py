"""Exports to read in, their rows out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, read
from truthgpt.corpus.readers.open import Meter
from truthgpt.corpus.readers.rejected import excerpt
from truthgpt.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Sources:
    """Exports to read, and how; see `readers.read`."""

    paths: tuple[Path, ...]
    format: str | None = None
    mapping: Mapping[str, str] | None = None
    community: str | None = None
    sizes: tuple[int, ...] = field(init=False)
    """Bytes of each, as they were at first: files may go while others are read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(map(_size, self.paths)))

    def share(self) -> float:
        """How much of the files the reader of `rows` has read, from 0 to 1: exact where a file ends."""
        return min(1.0, Meter.read / max(1, sum(self.sizes)))

    def rows(self) -> Iterator[Post | Rejected | Deleted]:
        """The rows of all files; one that nothing can be read of is a rejected row, its line 0.

        Raises the first file's `BadInputError` when nothing can be read of any.
        """
        failed: list[tuple[BadInputError, Rejected]] = []
        told = False
        Meter.read = ended = 0
        for path, size in zip(self.paths, self.sizes, strict=True):
            try:
                for row in self.rows_of(path):
                    if not isinstance(row, Rejected) and not told:
                        # Until here all may still fail, and then the error alone says so.
                        yield from (rejected for _, rejected in failed)
                        told = True
                    yield row
            except BadInputError as error:
                rejected = unreadable(path, error)
                failed.append((error, rejected))
                if told:
                    yield rejected
            ended += size
            Meter.read = ended
        if len(failed) == len(self.paths) and failed and not told:
            raise failed[0][0]
        if not told:
            yield from (rejected for _, rejected in failed)

    def rows_of(self, path: Path) -> Iterator[Post | Rejected | Deleted]:
        """The rows of one of the files. Raises `BadInputError` when nothing can be read of it."""
        return read(path, format=self.format, mapping=self.mapping, community=self.community)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def unreadable(path: Path, error: BadInputError) -> Rejected:
    """The row that stands for a file of which nothing can be read."""
    # Without the path, whose bytes may be no text.
    said = str(error).removeprefix(str(path)).lstrip(": ").encode(errors="replace").decode()
    return Rejected(str(path), 0, excerpt(said), "")
