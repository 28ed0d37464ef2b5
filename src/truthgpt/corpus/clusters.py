"""The stored posts in, their clusters of copies out, kept in one file beside the table.

`refresh` reckons them anew from the keys stored with the posts, so that they hang on the posts alone and not on the
imports that brought them; texts are read of those posts alone that have to be compared and were not brought just now. A
cluster is kept as pairs of `id_key`: a member and the representative of its cluster, which is the earliest post.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from truthgpt.corpus import durable
from truthgpt.corpus.key import Keys, looked_up
from truthgpt.corpus.lance import in_one_line
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.scan import scan, taken

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

    from truthgpt.corpus.near.brought import Index

FILE = "copies.parquet"
_WORK = ".copies"
_READ = 8192
"""Texts that are read at once."""


@dataclass(frozen=True)
class Clusters:
    """Posts of clusters of two and more: `posts`, id keys, rising, and the `leaders` (n,) of their clusters."""

    posts: Keys
    leaders: Keys

    def leaders_of(self, keys: Keys) -> Keys:
        """For each of `keys` that of the representative of its cluster, itself where it has no copies."""
        return looked_up(self.posts, self.leaders, keys, keys)

    @cached_property
    def _counts(self) -> tuple[Keys, Keys]:
        leaders, counts = np.unique(self.leaders, return_counts=True)
        return leaders, counts

    def counts_of(self, leaders: Keys) -> Keys:
        """How many posts the cluster of each of `leaders` has, 1 where it has no copies."""
        return looked_up(*self._counts, leaders, 1)


NONE = Clusters(np.empty(0, np.int64), np.empty(0, np.int64))


def load(corpus: Path) -> Clusters:
    """The clusters of the corpus in this folder, as they were when an import last ended. None where none did yet."""
    try:
        return _read(corpus, (corpus / FILE).stat().st_mtime_ns)
    except FileNotFoundError:
        return NONE


@lru_cache(maxsize=4)
def _read(corpus: Path, changed: int) -> Clusters:
    """What was written at the time `changed`; a search asks again and again."""
    with in_one_line(corpus):
        pairs = pq.read_table(corpus / FILE)
    return Clusters(pairs["post"].to_numpy(), pairs["leader"].to_numpy())


def work_folder(corpus: Path) -> Path:
    """Where files lie that are needed until clusters are reckoned, empty: what an import that was killed left is gone."""
    clear_work(corpus)
    folder = corpus / _WORK
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear_work(corpus: Path) -> None:
    """Remove them: they hold words and texts of posts."""
    shutil.rmtree(corpus / _WORK, ignore_errors=True)


def refresh(
    table: AsyncTable, corpus: Path, brought: Index | None = None, report: Report = unheard
) -> Clusters:
    """Reckon the clusters of the posts in `table` and keep them.

    Of the posts that were `brought` just now no text is read, which saves most of the time where they are many; the
    clusters are the same. Raises `MissingError` where the disk is full; the clusters that were kept before stand then.
    """
    from truthgpt.corpus.near import deduplicate  # compiles its kernels, which reading does without

    rows: list[npt.NDArray[np.uint64]] = []
    ids: list[Keys] = [np.empty(0, np.int64)]

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in scan(table, corpus, ("id", "created_at", "bands", "id_key")):
            rows.append(batch["_rowid"].to_numpy())
            ids.append(batch["id_key"].to_numpy())
            columns = {"id": batch["id"], "created_at": batch["created_at"], "keys": batch["bands"]}
            if brought is not None:
                places = brought.of(ids[-1])
                columns |= {"start": pa.array(places.starts), "length": pa.array(places.lengths)}
            yield pa.RecordBatch.from_pydict(columns)

    def texts(places: npt.NDArray[np.int64]) -> Sequence[str]:
        return _texts(table, corpus, np.concatenate(rows)[places])

    def compared(done: int, parts: int) -> None:
        posts = sum(map(len, ids))
        report("finding copies", posts * done // parts, posts)

    folder = corpus / _WORK
    try:
        with in_one_line(corpus):
            words = None if brought is None else brought.path
            found = deduplicate(batches(), folder, texts, words, compared, named=False)
    finally:
        clear_work(corpus)
    keys = np.concatenate(ids)
    posts = keys[found.members["row"].to_numpy()]
    order = np.argsort(posts)
    clusters = Clusters(posts[order], keys[found.members["representative_row"].to_numpy()][order])
    _write(clusters, corpus)
    return clusters


def _texts(table: AsyncTable, corpus: Path, rows: npt.NDArray[np.uint64]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(rows), _READ):
        found += taken(table, corpus, rows[start : start + _READ], ("text",))["text"].to_pylist()
    return found


def _write(clusters: Clusters, corpus: Path) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"post": clusters.posts, "leader": clusters.leaders}), sink)
    durable.write(corpus / FILE, sink.getvalue().to_pybytes())
