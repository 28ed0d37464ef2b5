"""Reads of one version of the store that a search is made of: rows by words, by vector, by copy key, by number."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb.query import MatchQuery

from truthgpt.corpus import indexes
from truthgpt.search.query import Query

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_UNINDEXED = 20_000
"""Posts outside the word index from which it is searched without them: they are found by their vectors until the
import that brings them is over. Reading this many takes a second."""

_PROBES = 32
"""Partitions of the vector index that are searched, at least."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The posts that carry one text: how many there are, and the row and time (microseconds) of the earliest."""

    count: int
    row: int
    created_at: int


async def found(
    table: AsyncTable, query: Query, vector: npt.NDArray[np.float32] | None, where: str, depth: int
) -> tuple[dict[int, float], dict[int, float]]:
    """Rows by words with their BM25 scores, rows by vector with their cosines, at most `depth` each, best first."""
    fast = await indexes.outside(table) > _UNINDEXED
    words, grams, near = await asyncio.gather(
        _by_text(table, query.words, "text", where, depth, fast),
        _by_text(table, query.grams, "grams", where, depth, fast),
        _by_vector(table, vector, where, depth),
    )
    if grams:
        # Both are BM25 over the same posts: a post that has the words and the characters has the sum.
        both = {row: words.get(row, 0.0) + grams.get(row, 0.0) for row in words | grams}
        words = dict(sorted(both.items(), key=lambda item: -item[1])[:depth])
    return words, near


def _match(terms: str, column: str) -> MatchQuery:
    # Any of the terms, each as it stands: nothing in them is an operator.
    return MatchQuery(terms, column)  # type: ignore[call-arg]


async def _by_text(
    table: AsyncTable, terms: str, column: str, where: str, depth: int, fast: bool
) -> dict[int, float]:
    if not terms:
        return {}
    search = table.query().nearest_to_text(_match(terms, column)).limit(depth)
    if where:
        search = search.where(where)
    if fast:
        search = search.fast_search()
    rows: pa.Table = await search.select(["_score"]).with_row_id().to_arrow()
    pairs = zip(rows["_rowid"].to_pylist(), rows["_score"].to_pylist(), strict=True)
    # Rows outside the index come last whatever their score.
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


async def _by_vector(
    table: AsyncTable, vector: npt.NDArray[np.float32] | None, where: str, depth: int
) -> dict[int, float]:
    if vector is None:
        return {}
    search = table.query().nearest_to(vector).column("vector").distance_type("dot").limit(depth)
    # As many more as a narrow filter takes to fill the ranking.
    search = search.maximum_nprobes(0).minimum_nprobes(_PROBES)
    if where:
        search = search.where(where)
    rows: pa.Table = await search.select(["_distance"]).with_row_id().to_arrow()
    # Lance's distance of unit vectors is 1 - cosine.
    return {
        row: 1.0 - distance
        for row, distance in zip(rows["_rowid"].to_pylist(), rows["_distance"].to_pylist(), strict=True)
    }


async def take(table: AsyncTable, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """`columns` of `rows`, in the order of `rows`."""
    taken: pa.Table = await table.take_row_ids(list(rows)).select(list(columns)).with_row_id().to_arrow()
    places = {row: place for place, row in enumerate(taken["_rowid"].to_pylist())}
    return taken.take([places[row] for row in rows])


async def copies(table: AsyncTable, keys: Collection[int], where: str = "") -> Mapping[int, Copies]:
    """For each of `keys`, the posts in the corpus, of those that `where` holds for, with that copy key."""
    if not keys:
        return {}
    condition = f"copy_key IN ({', '.join(map(str, keys))})"
    search = table.query().where(f"{condition} AND {where}" if where else condition)
    rows: pa.Table = await search.select(["copy_key", "created_at"]).with_row_id().to_arrow()
    late = np.iinfo(np.int64).max  # a post without a time comes after those with one
    times = rows["created_at"].cast(pa.int64()).fill_null(late).to_pylist()
    result: dict[int, Copies] = {}
    for key, row, time in zip(rows["copy_key"].to_pylist(), rows["_rowid"].to_pylist(), times, strict=True):
        before = result.get(key)
        if before is None:
            result[key] = Copies(1, row, time)
        elif (time, row) < (before.created_at, before.row):
            result[key] = Copies(before.count + 1, row, time)
        else:
            result[key] = Copies(before.count + 1, before.row, before.created_at)
    return result
