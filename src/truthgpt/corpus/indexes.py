"""The indexes of the table `posts`: which there are, and how they are kept up with it.

Text is found by `postings`, of two columns: `terms`, which are words stemmed and without accents, and for scripts that put no spaces between
words the characters and pairs of `grams`. Both hold what an import made of the text and take it as it is. Vectors are found by `nearest`.
These are files beside the table (`beside`), and so are `cards`, on which a search reads the posts that it found. Lance's own indexes are of keys, and
of times: of each 8,192 rows that were written together the first and the last, so that a span of time is looked for where it is alone. Posts that come as
they are written lie in the order of their times, and what they are kept in is a partition by time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lancedb.index import BTree

from truthgpt.corpus import beside, cards, nearest, postings
from truthgpt.corpus.lance import wait
from truthgpt.corpus.memory import give_back
from truthgpt.corpus.progress import Report, unheard

if TYPE_CHECKING:
    from lance import LanceDataset
    from lancedb.table import AsyncTable

COPIES, IDS, TIMES = "copy_key_idx", "id_idx", "created_at_idx"

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
KEPT = timedelta(days=1)
"""How long earlier versions are kept for those who still read them."""

_KEYS = ((COPIES, "copy_key"), (IDS, "id"))
"""Names and columns of the indexes of keys."""


_OF_TEXTS: beside.Kinds = (*postings.KINDS, cards.KIND)
"""The files that are made of texts and what is known of them, beside those of vectors."""


async def create(table: AsyncTable) -> None:
    """The indexes that an empty table can have, those that are there left alone, and no others."""
    there = {index.name for index in await table.list_indices()}
    for name in there - {COPIES, IDS, TIMES}:
        await table.drop_index(name)  # of an earlier truthgpt, which found words or vectors by Lance
    for name, column in _KEYS:
        if name not in there:
            await table.create_index(column, config=BTree(), name=name)


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
    dataset = _timed(table, path)
    rows, without_files = dataset.count_rows(), beside.outside(path, dataset, _OF_TEXTS)
    waiting = max(without_files, wait(_unindexed(table, rows)))
    # Where there is nothing to merge with, they are made before small files are joined, which would move the rows.
    first = waiting == rows > _JOINED
    if waiting > tolerated and not first:
        join(table, path)
        dataset = _newest(path, table)
        dataset.optimize.optimize_indices()
        dataset.cleanup_old_versions(older_than=kept)
        wait(table.checkout_latest())  # type: ignore[no-untyped-call]
    vectors = nearest.outside(path, dataset) > tolerated
    _build(table, path, report, texts=without_files > tolerated, vectors=vectors, keys=first)


def lacking(table: AsyncTable, path: Path) -> bool:
    """Whether more posts than an update tolerates have no files beside the table, as where an earlier truthgpt wrote them."""
    dataset = _newest(path, table)
    return max(beside.outside(path, dataset, _OF_TEXTS), nearest.outside(path, dataset)) > TOLERATED


def mend(table: AsyncTable, path: Path) -> bool:
    """Make some of them, those of vectors all at once; whether there were any. Rows stay as they are. For the holder of the write
    lock."""
    dataset = _newest(path, table)
    if beside.update(path, dataset, _OF_TEXTS, most=1):
        return True
    if not nearest.outside(path, dataset):
        return False
    nearest.update(path, dataset)
    return True


async def _unindexed(table: AsyncTable, rows: int) -> int:
    """Of `rows`, how many are outside the index of keys that lacks the most."""
    found = [await table.index_stats(name) for name, _ in _KEYS]
    return max(rows if stats is None else int(stats.num_unindexed_rows) for stats in found)


def rebuild(table: AsyncTable, path: Path, report: Report = unheard) -> None:
    """Make every index anew: one that was merged keeps keys of rows that are gone, and centres are near the vectors they were made of."""
    wait(create(table))
    _make_times(table, _newest(path, table))
    _build(table, path, report, texts=True, vectors=True, keys=True, anew=True)


def join(table: AsyncTable, path: Path) -> None:
    """Join neighbours among the small fragments. Files of the new ones are there before any version has these, so that no search misses them."""
    from lance.optimize import Compaction, CompactionOptions

    dataset = _newest(path, table)
    sizes = [fragment.physical_rows for fragment in dataset.get_fragments()]
    several = sum(_SMALL <= size < _LARGE for size in sizes) >= _SEVERAL
    options = CompactionOptions(target_rows_per_fragment=_LARGE if several else _SMALL, max_source_rows=_MOST)
    joined = [task.execute(dataset) for task in Compaction.plan(dataset, options).tasks]
    for result in joined:
        files = [fragment.files[0].path for fragment in result.new_fragments]
        beside.make_ahead(path, _data(path, table), files, _kinds(path, dataset))
    if joined:
        Compaction.commit(dataset, joined)
    wait(table.checkout_latest())  # type: ignore[no-untyped-call]


def prune(table: AsyncTable, path: Path, older: timedelta) -> None:
    """Take away every version that is `older`, and every file that none of the others names."""
    # Unverified files are those of no version: of a write that was killed.
    _newest(path, table).cleanup_old_versions(older_than=older, delete_unverified=True)
    _tidy(table, path)
    wait(table.checkout_latest())  # type: ignore[no-untyped-call]


def _build(
    table: AsyncTable,
    path: Path,
    report: Report,
    *,
    texts: bool,
    vectors: bool,
    keys: bool,
    anew: bool = False,
) -> None:
    # One after the other: the large ones keep all cores busy alone, and their memory would add up.
    # Those that take the most memory come first: what an import does beside them takes the more the later it is.
    def words_made() -> None:
        beside.update(path, _newest(path, table), postings.KINDS)

    def cards_made() -> None:
        beside.update(path, _newest(path, table), [cards.KIND])

    def vectors_made() -> None:
        nearest.update(path, _newest(path, table), anew=anew)

    def keys_made(name: str, column: str) -> None:
        wait(table.create_index(column, config=BTree(), name=name, replace=True))

    steps: list[Callable[[], None]] = [words_made] if texts else []
    steps += [vectors_made] if vectors else []
    steps += [cards_made] if texts else []
    steps += [partial(keys_made, *index) for index in _KEYS if keys]
    for done, step in enumerate(steps):
        report("making indexes", done, len(steps), "indexes")
        step()
        give_back()
        report("making indexes", done + 1, len(steps), "indexes")
    _tidy(table, path)


def _timed(table: AsyncTable, path: Path) -> LanceDataset:
    """The newest version, with an index of times, which a table before its first import has not, nor one of an earlier truthgpt."""
    dataset = _newest(path, table)
    if all(index.name != TIMES for index in dataset.describe_indices()):
        _make_times(table, dataset)
    return dataset


def _make_times(table: AsyncTable, dataset: LanceDataset) -> None:
    dataset.create_scalar_index("created_at", "ZONEMAP", name=TIMES, replace=True)
    wait(table.checkout_latest())  # type: ignore[no-untyped-call]


def _kinds(path: Path, dataset: LanceDataset) -> beside.Kinds:
    """Those of the files beside the table."""
    return (*_OF_TEXTS, nearest.kind(nearest.centres(path, dataset)))


def _tidy(table: AsyncTable, path: Path) -> None:
    beside.tidy(path, _data(path, table), _kinds(path, _newest(path, table)))


def _newest(path: Path, table: AsyncTable) -> LanceDataset:
    import lance

    return lance.dataset(str(_folder(path, table)))


def _data(path: Path, table: AsyncTable) -> Path:
    return _folder(path, table) / "data"


def _folder(path: Path, table: AsyncTable) -> Path:
    return path / f"{table.name}.lance"
