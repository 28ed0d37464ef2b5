"""Exports in, posts in the store out: read, told apart from what is stored, embedded, written, indexed.

One thread reads ahead while this one embeds and writes. What is committed stays: an import that was killed or that
ran into an error is completed by running it again, which counts what came in before as copies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.known import Known
from truthgpt.corpus.languages import detect_many
from truthgpt.corpus.post import Post
from truthgpt.corpus.quarantine import Quarantine
from truthgpt.corpus.readahead import read_ahead
from truthgpt.corpus.readers import Rejected, read
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import content_key, id_key, to_table
from truthgpt.corpus.writer import Writer
from truthgpt.errors import BadInputError

Embed: TypeAlias = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts to unit vectors (n, dimensions)."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with the rows read and the posts kept so far."""

_BATCH = 4096
_CHARACTERS = 8 << 20
"""Posts, and characters of them, that are worked on at once."""


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

    Raises `BadInputError` for a path that is no file before anything is read, and for one that nothing can be
    read of when its turn comes: what came before it stays. `MissingError` when the disk is full, `BusyError` when
    another process imports.
    """
    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: there is no such file; correct the path")
        if path.is_dir():
            raise BadInputError(f"{path} is a folder; name the files in it, such as {path}/*.csv.gz")

    def rows() -> Iterator[Post | Rejected]:
        for path in paths:
            yield from read(path, format=format, mapping=mapping, community=community)

    started = time.monotonic()
    with Quarantine(quarantine) as rejects:
        read_rows, kept, copies = _run(store, rows(), embed, rejects, progress)
    return ImportResult(
        read_rows, kept, copies, rejects.count, store.version, time.monotonic() - started, rejects.path
    )


def import_posts(
    store: Store, posts: Iterable[Post], *, embed: Embed, progress: Progress | None = None
) -> ImportResult:
    """Bring posts into the store, such as the demo's."""
    started = time.monotonic()
    read_rows, kept, copies = _run(store, posts, embed, None, progress)
    return ImportResult(read_rows, kept, copies, 0, store.version, time.monotonic() - started)


def _run(
    store: Store,
    rows: Iterable[Post | Rejected],
    embed: Embed,
    rejects: Quarantine | None,
    progress: Progress | None,
) -> tuple[int, int, int]:
    """Rows read, posts kept, copies."""
    read_rows = kept = copies = 0
    with store.writing() as writer, closing(writer):
        known = Known(writer.keys())
        try:
            with closing(read_ahead(rows, _BATCH, _CHARACTERS)) as batches:
                for batch in batches:
                    posts = [row for row in batch if isinstance(row, Post)]
                    if rejects is not None:
                        for row in batch:
                            if isinstance(row, Rejected):
                                rejects.add(row)
                    new = _write(writer, known, posts, embed)
                    read_rows += len(batch)
                    kept += new
                    copies += len(posts) - new
                    if progress is not None:
                        progress(read_rows, kept)
        except BadInputError:
            # A file that cannot be read: what came before it is brought in whole.
            writer.finish()
            raise
        writer.finish()
    return read_rows, kept, copies


def _write(writer: Writer, known: Known, posts: Sequence[Post], embed: Embed) -> int:
    """Write those of `posts` that are not stored; how many that are."""
    if not posts:
        return 0
    keys = np.array([(id_key(post.id), content_key(post)) for post in posts], dtype=np.int64)
    state = known.add(keys)
    new = np.flatnonzero(state == Known.NEW)
    changed = np.flatnonzero(state == Known.CHANGED)
    if new.size:
        writer.add(_rows(posts, keys, new, embed))
    if changed.size:
        # Of several with one id the last stands, as if each had been written.
        last = {posts[index].id: index for index in changed.tolist()}
        writer.replace(_rows(posts, keys, np.array(list(last.values())), embed))
    return int(new.size + changed.size)


def _rows(
    posts: Sequence[Post], keys: npt.NDArray[np.int64], chosen: npt.NDArray[np.intp], embed: Embed
) -> pa.Table:
    some = [posts[index] for index in chosen.tolist()]
    untold = [index for index, post in enumerate(some) if not post.language]
    languages = [post.language for post in some]
    for index, language in zip(untold, detect_many([some[i].text for i in untold]), strict=True):
        languages[index] = language
    return to_table(some, keys[chosen], languages, embed([post.text for post in some]))
