"""Exports in, posts in the store out: prepared, embedded, written, indexed.

Batches are prepared ahead, in a thread or for large exports in a process, while this thread embeds and writes. What
is committed stays: an import that was killed or that ran into an error is completed by running it again, which counts
what came in before as copies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.ahead import ahead
from truthgpt.corpus.known import Keys
from truthgpt.corpus.post import Post
from truthgpt.corpus.prepare import Prepared, Sources, prepare
from truthgpt.corpus.quarantine import Quarantine
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import with_vectors
from truthgpt.corpus.worker import prepare_in_process
from truthgpt.errors import BadInputError

Embed: TypeAlias = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts to unit vectors (n, dimensions)."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with the rows read and the posts kept so far."""

_LARGE = 4 << 20
"""Bytes of exports from which another process prepares them; it takes half a second to start."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: `read` = `kept` + `copies` + `rejected`.

    `copies` were stored already, or came earlier in the same import, with the same id and content. A post with a
    stored id and another content takes the stored one's place and is kept. `quarantine` holds the rejected rows.
    """

    read: int
    kept: int
    copies: int
    rejected: int
    version: int
    seconds: float
    quarantine: Path | None = None


def import_paths(
    store: Store,
    paths: Sequence[Path],
    *,
    embed: Embed,
    quarantine: Path,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Bring exports into the store; see `readers.read` for what is read.

    A file that nothing can be read of is one rejected row, and the files after it are read. Raises `BadInputError`
    for a path that is no file before anything is read, and when nothing can be read of any file. `MissingError`
    when the disk is full, `BusyError` when another process imports.
    """
    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: there is no such file; correct the path")
        if path.is_dir():
            raise BadInputError(f"{path} is a folder; name the files in it, such as {path}/*.csv.gz")
    sources = Sources(tuple(paths), format, mapping, community)
    large = sum(path.stat().st_size for path in paths) >= _LARGE

    def batches(stored: Keys) -> Generator[Prepared, None, None]:
        return prepare_in_process(sources, stored) if large else prepare(sources.rows(), stored)

    return _run(store, batches, embed, Quarantine(quarantine), progress)


def import_posts(
    store: Store, posts: Iterable[Post], *, embed: Embed, progress: Progress | None = None
) -> ImportResult:
    """Bring posts into the store, such as the demo's."""
    return _run(store, lambda stored: prepare(posts, stored), embed, None, progress)


def _run(
    store: Store,
    batches: Callable[[Keys], Generator[Prepared, None, None]],
    embed: Embed,
    quarantine: Quarantine | None,
    progress: Progress | None,
) -> ImportResult:
    started = time.monotonic()
    read = kept = copies = rejected = 0
    with quarantine or nullcontext(), store.writing() as writer:
        with closing(ahead(batches(writer.keys()))) as prepared:
            for batch in prepared:
                if quarantine is not None:
                    for row in batch.rejected:
                        quarantine.add(row)
                writer.add(_embedded(batch.new, embed))
                writer.replace(_embedded(batch.changed, embed))
                read += batch.read
                kept += batch.kept
                copies += batch.copies
                rejected += len(batch.rejected)
                if progress is not None:
                    progress(read, kept)
        writer.finish()
    path = quarantine.path if quarantine is not None else None
    return ImportResult(read, kept, copies, rejected, store.version, time.monotonic() - started, path)


def _embedded(rows: pa.Table, embed: Embed) -> pa.Table:
    return with_vectors(rows, embed(rows["text"].to_pylist())) if rows.num_rows else rows
