"""The indexes of the table `posts`: which there are, and how they are kept up with it.

Text is found by two: `terms`, which are words stemmed and without accents, and for scripts that put no spaces between
words the characters and pairs of `grams`. Both hold what an import made of the text and take it as it is. Vectors are found by IVF with
RaBitQ codes (Gao and Long, "RaBitQ", SIGMOD 2024): of Lance's indexes the one that is built and searched fastest
here, at four bits a dimension: cosines come out
within 0.006. Below `VECTORS_FROM` posts a scan of all vectors is as fast and exact.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lancedb.index import FTS, BTree, IvfRq

from truthgpt.corpus.memory import give_back
from truthgpt.corpus.progress import Report, unheard

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

WORDS, GRAMS, VECTORS, COPIES, IDS = "terms_idx", "grams_idx", "vector_idx", "copy_key_idx", "id_idx"

VECTORS_FROM = 10_000
"""Posts from which vectors have an index."""

TOLERATED = 64
"""Posts that may stand outside the indexes; a search reads each of them, which takes it 20 ms with so many."""

_MEMORY = 512
"""MiB that a text index takes while it is built; of more posts it is made in more parts."""
_JOINED = 10_000
"""Posts above which a first import leaves its files as they are: they are large enough."""
_PARTS = 8
"""Pieces of the vector index, one an update, before it is built anew."""
KEPT = timedelta(days=1)
"""How long earlier versions are kept for those who still read them."""


def _terms() -> FTS:
    return FTS(
        base_tokenizer="whitespace",
        lower_case=False,
        stem=False,
        ascii_folding=False,
        remove_stop_words=False,
        max_token_length=None,
        num_workers=2,
        memory_limit=_MEMORY,
    )


def _always() -> list[tuple[str, str, FTS | BTree | IvfRq]]:
    """The indexes that every table has: name, column and what they are."""
    return [
        (WORDS, "terms", _terms()),
        (GRAMS, "grams", _terms()),
        (COPIES, "copy_key", BTree()),
        (IDS, "id", BTree()),
    ]


def _vectors(rows: int) -> IvfRq:
    # About 2,000 posts a partition, and with many posts more: each is compared with all centres when the index is built.
    # A small sample and few rounds find centres that are good enough to divide by.
    partitions = max(8, min(rows // 2048, int(rows**0.5 / 3)))
    return IvfRq(
        distance_type="dot", num_partitions=partitions, num_bits=4, sample_rate=32, max_iterations=10
    )


async def create(table: AsyncTable) -> None:
    """The indexes that an empty table can have, those that are there left alone."""
    there = {index.name for index in await table.list_indices()}
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


async def outside(table: AsyncTable) -> int:
    """Posts that the word index does not hold yet."""
    found = await table.index_stats(WORDS)
    return await table.count_rows() if found is None else int(found.num_unindexed_rows)


async def update(
    table: AsyncTable, tolerated: int = TOLERATED, *, kept: timedelta = KEPT, report: Report = unheard
) -> None:
    """Bring all posts into the indexes, unless at most `tolerated` stand outside; join small files, and take away versions
    that were `kept` for so long."""
    await create(table)
    waiting = await outside(table)
    rows = await table.count_rows()
    vectors = await table.index_stats(VECTORS)
    anew: list[tuple[str, str, FTS | BTree | IvfRq]] = []
    if waiting == rows > _JOINED:
        # Nothing to merge with, and before small files are joined, which would move the rows.
        anew += _always()
    elif waiting > tolerated:
        await table.optimize(cleanup_older_than=kept)
        vectors = await table.index_stats(VECTORS)
    if rows >= VECTORS_FROM and (vectors is None or (vectors.num_indices or 0) > _PARTS):
        # First: it takes the most memory, and what an import does beside it takes the more the later it is.
        anew.insert(0, (VECTORS, "vector", _vectors(rows)))
    await _build(table, anew, report)


async def rebuild(table: AsyncTable, report: Report = unheard) -> None:
    """Make every index anew: an index that was merged keeps the words and vectors of rows that are gone."""
    there = {index.name for index in await table.list_indices()}
    made = _always()
    rows = await table.count_rows()
    if rows >= VECTORS_FROM:
        made.append((VECTORS, "vector", _vectors(rows)))
    elif VECTORS in there:
        await table.drop_index(VECTORS)
    await _build(table, made, report)


async def _build(table: AsyncTable, made: list[tuple[str, str, FTS | BTree | IvfRq]], report: Report) -> None:
    # One after the other: the large ones keep all cores busy alone, and their memory would add up.
    for done, (name, column, config) in enumerate(made):
        report("making indexes", done, len(made), "indexes")
        await table.create_index(column, config=config, name=name, replace=True)
        give_back()
        report("making indexes", done + 1, len(made), "indexes")
