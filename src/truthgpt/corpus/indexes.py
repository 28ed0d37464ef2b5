"""The indexes of the table `posts`: which there are, and how they are kept up with it.

Text is found by `postings`, of two columns: `terms`, which are words stemmed and without accents, and for scripts that put no spaces between
words the characters and pairs of `grams`. Both hold what an import made of the text and take it as it is. Vectors are found by IVF with
RaBitQ codes (Gao and Long, "RaBitQ", SIGMOD 2024): of Lance's indexes the one that is built and searched fastest
here, at four bits a dimension: cosines come out
within 0.006. Below `VECTORS_FROM` posts a scan of all vectors is as fast and exact.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lancedb.index import BTree, IvfRq

from truthgpt.corpus import postings
from truthgpt.corpus.lance import wait
from truthgpt.corpus.memory import give_back
from truthgpt.corpus.progress import Report, unheard

if TYPE_CHECKING:
    from lance import LanceDataset
    from lancedb.table import AsyncTable

VECTORS, COPIES, IDS = "vector_idx", "copy_key_idx", "id_idx"

VECTORS_FROM = 10_000
"""Posts from which vectors have an index."""

TOLERATED = 64
"""Posts that may stand outside the indexes; whoever searches reads each of them once."""

_JOINED = 10_000
"""Posts above which a first import leaves its files as they are: they are large enough."""
_SMALL, _LARGE = 16_384, 131_072
"""Rows from which a fragment is left as it is: smaller ones that come one after the other are joined, and where there are
`_SEVERAL` between the two numbers those too. So a post that came with few others is written anew some times, and never all."""
_SEVERAL = 8
_MOST = 524_288
"""Rows that are written anew at a time, at most; where there are more the next update goes on."""
_PARTS = 8
"""Pieces of the vector index, one an update, before it is built anew."""
KEPT = timedelta(days=1)
"""How long earlier versions are kept for those who still read them."""

_Made: TypeAlias = tuple[str, str, BTree | IvfRq]
"""Name, column and kind of an index."""


def _always() -> list[_Made]:
    """The indexes that every table has."""
    return [(COPIES, "copy_key", BTree()), (IDS, "id", BTree())]


def _vectors(rows: int) -> _Made:
    # About 2,000 posts a partition, and with many posts more: each is compared with all centres when the index is built.
    # A small sample and few rounds find centres that are good enough to divide by.
    partitions = max(8, min(rows // 2048, int(rows**0.5 / 3)))
    made = IvfRq(
        distance_type="dot", num_partitions=partitions, num_bits=4, sample_rate=32, max_iterations=10
    )
    return VECTORS, "vector", made


async def create(table: AsyncTable) -> None:
    """The indexes that an empty table can have, those that are there left alone, and no others."""
    there = {index.name for index in await table.list_indices()}
    for name in there - {VECTORS, COPIES, IDS}:
        await table.drop_index(name)  # of an earlier truthgpt, which found words by Lance: they hold them
    for name, column, config in _always():
        if name not in there:
            await table.create_index(column, config=config, name=name)


def size(table_folder: Path) -> int:
    """Bytes of all index files, those of earlier versions too. Whoever writes may take files and folders away meanwhile."""
    total = 0
    for folder, _, names in os.walk(table_folder / "_indices"):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total


def update(
    table: AsyncTable,
    path: Path,
    tolerated: int = TOLERATED,
    *,
    kept: timedelta = KEPT,
    report: Report = unheard,
) -> None:
    """Bring all posts of the folder at `path` into the indexes, unless at most `tolerated` stand outside; join small files, and
    take away versions that were `kept` for so long."""
    wait(create(table))
    dataset = _newest(path, table)
    rows, without_words = dataset.count_rows(), postings.outside(path, dataset)
    waiting = max(without_words, wait(_unindexed(table, rows)))
    made: list[_Made] = []
    if waiting == rows > _JOINED:
        # Nothing to merge with, and before small files are joined, which would move the rows.
        made += _always()
    elif waiting > tolerated:
        join(table, path)
        dataset = _newest(path, table)
        dataset.optimize.optimize_indices()
        dataset.cleanup_old_versions(older_than=kept)
        wait(table.checkout_latest())  # type: ignore[no-untyped-call]
    vectors = wait(table.index_stats(VECTORS))
    if rows >= VECTORS_FROM and (vectors is None or (vectors.num_indices or 0) > _PARTS):
        made.insert(0, _vectors(rows))
    _build(table, path, made, report, words=without_words > tolerated)


async def _unindexed(table: AsyncTable, rows: int) -> int:
    """Of `rows`, how many are outside the index that lacks the most."""
    found = [await table.index_stats(name) for name in (COPIES, IDS, VECTORS)]
    return max(
        rows if stats is None else int(stats.num_unindexed_rows)
        for stats in found[:2] + [stats for stats in found[2:] if stats is not None]
    )


def rebuild(table: AsyncTable, path: Path, report: Report = unheard) -> None:
    """Make every index anew: an index that was merged keeps the vectors of rows that are gone."""
    wait(create(table))
    there = {index.name for index in wait(table.list_indices())}
    made = _always()
    rows = wait(table.count_rows())
    if rows >= VECTORS_FROM:
        made.insert(0, _vectors(rows))
    elif VECTORS in there:
        wait(table.drop_index(VECTORS))
    _build(table, path, made, report, words=True)


def join(table: AsyncTable, path: Path) -> None:
    """Join neighbours among the small fragments. Their postings are there before any version has the new ones, so that no search misses them."""
    from lance.optimize import Compaction, CompactionOptions

    dataset = _newest(path, table)
    sizes = [fragment.physical_rows for fragment in dataset.get_fragments()]
    several = sum(_SMALL <= size < _LARGE for size in sizes) >= _SEVERAL
    options = CompactionOptions(target_rows_per_fragment=_LARGE if several else _SMALL, max_source_rows=_MOST)
    joined = [task.execute(dataset) for task in Compaction.plan(dataset, options).tasks]
    for result in joined:
        files = [fragment.files[0].path for fragment in result.new_fragments]
        postings.make_ahead(path, _data(path, table), files)
    if joined:
        Compaction.commit(dataset, joined)
    wait(table.checkout_latest())  # type: ignore[no-untyped-call]


def prune(table: AsyncTable, path: Path, older: timedelta) -> None:
    """Take away every version that is `older`, and every file that none of the others names."""
    # Unverified files are those of no version: of a write that was killed.
    _newest(path, table).cleanup_old_versions(older_than=older, delete_unverified=True)
    postings.tidy(path, _data(path, table))
    wait(table.checkout_latest())  # type: ignore[no-untyped-call]


def _build(table: AsyncTable, path: Path, made: list[_Made], report: Report, *, words: bool) -> None:
    # One after the other: the large ones keep all cores busy alone, and their memory would add up.
    # Those that take the most memory come first: what an import does beside them takes the more the later it is.
    def words_made() -> None:
        postings.update(path, _newest(path, table))

    def index_made(name: str, column: str, config: BTree | IvfRq) -> None:
        wait(table.create_index(column, config=config, name=name, replace=True))

    steps: list[Callable[[], None]] = [partial(index_made, *index) for index in made]
    if words:
        steps.insert(1 if made and made[0][0] == VECTORS else 0, words_made)
    for done, step in enumerate(steps):
        report("making indexes", done, len(steps), "indexes")
        step()
        give_back()
        report("making indexes", done + 1, len(steps), "indexes")
    postings.tidy(path, _data(path, table))


def _newest(path: Path, table: AsyncTable) -> LanceDataset:
    import lance

    return lance.dataset(str(_folder(path, table)))


def _data(path: Path, table: AsyncTable) -> Path:
    return _folder(path, table) / "data"


def _folder(path: Path, table: AsyncTable) -> Path:
    return path / f"{table.name}.lance"
