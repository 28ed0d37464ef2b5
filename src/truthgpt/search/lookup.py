"""Reads of one version of the store that a search is made of: rows by words, by vector, by copy key, by number."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from lancedb.query import ColumnOrdering, MatchQuery

from truthgpt.corpus import indexes
from truthgpt.search.filters import conjunction
from truthgpt.search.query import NOTHING, Query

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_UNINDEXED = 20_000
"""Posts outside the word index from which it is searched without them: they are found by their vectors until the
import that brings them is over. Reading this many takes a second."""

_REMEMBERED = 2_000_000
"""Posts up to which the copy keys of more than one post are kept in memory (8 bytes each), a version at a time. It
saves most searches a look into the index; with more posts each search asks the index."""
_STOOD = 1.0
"""Seconds for which a version has stood before they are: to read them takes as long as ten searches, and where posts come
in all the time no version lasts."""

_PROBES = 16
"""Partitions of the vector index that are searched, at least."""


_TRANSLATED = 0.7
"""What a translated word counts beside the word itself, which whoever asks would rather read."""

_NEVER = (1 << 63) - 1
"""The time of posts without one: after those with one."""


async def found(
    table: AsyncTable,
    query: Query,
    vector: npt.NDArray[np.float32] | None,
    where: str,
    depth: int,
    english: Query = NOTHING,
    abroad: npt.NDArray[np.float32] | None = None,
) -> tuple[dict[int, float], dict[int, float]]:
    """Rows by words with their BM25 scores, rows by vector with their cosines, at most `depth` each, best first. Words of
    `english`, which translate the query's, count somewhat less; `abroad` is their vector."""
    fast = await _outside(table) > _UNINDEXED
    words, grams, translated, near, far = await asyncio.gather(
        _by_text(table, query.terms, "terms", where, depth, fast),
        _by_text(table, query.grams, "grams", where, depth, fast),
        _by_text(table, english.terms, "terms", where, depth, fast),
        _by_vector(table, vector, where, depth),
        _by_vector(table, abroad, where, depth),
    )
    if grams or translated:
        # All are BM25 over the same posts: a post that has the words and the characters has the sum.
        total = {
            row: words.get(row, 0.0) + grams.get(row, 0.0) + _TRANSLATED * translated.get(row, 0.0)
            for row in words | grams | translated
        }
        words = dict(sorted(total.items(), key=lambda item: -item[1])[:depth])
    if far:
        nearest = {row: max(near.get(row, -1.0), far.get(row, -1.0)) for row in near | far}
        near = dict(sorted(nearest.items(), key=lambda item: -item[1])[:depth])
    return words, near


def _lean(query: Any) -> Any:
    """`query` without what LanceDB does for tables with columns of blobs, of which ours has none: before each query that
    knows its table it reads the schema anew, a fifth of a millisecond."""
    query._table = None
    return query


def _match(looked_for: str, column: str) -> MatchQuery:
    # Any of the terms, each as it stands: nothing in them is an operator.
    return MatchQuery(looked_for, column)  # type: ignore[call-arg]


_versions: WeakKeyDictionary[AsyncTable, int] = WeakKeyDictionary()
_counted: WeakKeyDictionary[AsyncTable, int] = WeakKeyDictionary()
_first_seen: WeakKeyDictionary[AsyncTable, float] = WeakKeyDictionary()
_repeated: WeakKeyDictionary[AsyncTable, npt.NDArray[np.int64]] = WeakKeyDictionary()


async def version(table: AsyncTable) -> int:
    """The number of the version, asked once for each: a table that is read moves to no other."""
    if (number := _versions.get(table)) is None:
        number = _versions[table] = await table.version()
    return number


async def _outside(table: AsyncTable) -> int:
    """Posts outside the word index of this version, asked once for each version."""
    if (count := _counted.get(table)) is None:
        count = _counted[table] = await indexes.outside(table)
    return count


async def _by_text(
    table: AsyncTable, looked_for: str, column: str, where: str, depth: int, fast: bool
) -> dict[int, float]:
    if not looked_for:
        return {}
    search = _lean(table.query()).nearest_to_text(_match(looked_for, column)).limit(depth)
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
    search = _lean(table.query()).nearest_to(vector).column("vector").distance_type("dot").limit(depth)
    # Behind a narrow filter, as many more partitions as it takes to fill the ranking.
    search = (
        search.where(where).maximum_nprobes(0).minimum_nprobes(_PROBES) if where else search.nprobes(_PROBES)
    )
    rows: pa.Table = await search.select(["_distance"]).with_row_id().to_arrow()
    # Lance's distance of unit vectors is 1 - cosine.
    return {
        row: 1.0 - distance
        for row, distance in zip(rows["_rowid"].to_pylist(), rows["_distance"].to_pylist(), strict=True)
    }


async def take(table: AsyncTable, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """`columns` of `rows`, in the order of `rows`."""
    wanted = _lean(table.take_row_ids(list(rows))).select(list(columns)).with_row_id()
    taken: pa.Table = await wanted.to_arrow()
    places = {row: place for place, row in enumerate(taken["_rowid"].to_pylist())}
    return taken.take([places[row] for row in rows])


async def newest_import(table: AsyncTable) -> int:
    """The highest number of an import, 0 where nothing is stored."""
    rows: pa.Table = await table.query().select(["imported"]).to_arrow()
    return int(pc.max(rows["imported"]).as_py() or 0)


async def holding(table: AsyncTable, rows: Collection[int], where: str) -> set[int]:
    """Those of `rows` for which `where` holds; of other rows nothing is read."""
    if not rows:
        return set()
    condition = f"_rowid IN ({', '.join(map(str, rows))}) AND {where}"
    found: pa.Table = await table.query().where(condition).select(["copy_key"]).with_row_id().to_arrow()
    return set(found["_rowid"].to_pylist())


async def latest(table: AsyncTable, where: str, depth: int) -> list[int]:
    """At most `depth` rows for which `where`, which may be empty, holds: the latest first, those without a time last."""
    order = [
        ColumnOrdering(column_name="created_at", ascending=False, nulls_first=False),
        ColumnOrdering(
            column_name="id_key", ascending=True, nulls_first=False
        ),  # one order of those of one time
    ]
    search = table.query().where(where) if where else table.query()
    rows: pa.Table = (
        await search.select(["created_at", "id_key"]).with_row_id().order_by(order).limit(depth).to_arrow()
    )
    found: list[int] = rows["_rowid"].to_pylist()
    return found


async def repeated(table: AsyncTable, keys: Collection[int]) -> set[int]:
    """Those of `keys` that more than one post may have."""
    stood = time.monotonic() - _first_seen.setdefault(table, time.monotonic()) > _STOOD
    if (known := _repeated.get(table)) is None and stood and await table.count_rows() <= _REMEMBERED:
        rows: pa.Table = await table.query().select(["copy_key"]).to_arrow()
        found, counts = np.unique(rows["copy_key"].to_numpy(), return_counts=True)
        known = _repeated[table] = found[counts > 1]
    if known is None:
        return set(keys)
    wanted = np.array(list(keys), dtype=np.int64)
    places = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    return set(wanted[known[places] == wanted].tolist()) if len(known) else set()


async def carriers(table: AsyncTable, keys: Collection[int]) -> dict[int, list[int]]:
    """For each of `keys`, the rows of all posts with that copy key."""
    rows: pa.Table = await table.query().where(_with(keys)).select(["copy_key"]).with_row_id().to_arrow()
    result: dict[int, list[int]] = {}
    for key, row in zip(rows["copy_key"].to_pylist(), rows["_rowid"].to_pylist(), strict=True):
        result.setdefault(key, []).append(row)
    return result


async def earliest(table: AsyncTable, keys: Collection[int], where: str) -> dict[int, int]:
    """For each of `keys`, the row of the earliest post with that copy key for which `where` holds."""
    search = table.query().where(conjunction(_with(keys), where)).select(["copy_key", "created_at"])
    rows: pa.Table = await search.with_row_id().to_arrow()
    times = rows["created_at"].cast(pa.int64()).fill_null(_NEVER).to_pylist()
    first: dict[int, tuple[int, int]] = {}
    for key, row, at in zip(rows["copy_key"].to_pylist(), rows["_rowid"].to_pylist(), times, strict=True):
        first[key] = min(first.get(key, (_NEVER, row)), (at, row))
    return {key: row for key, (_, row) in first.items()}


def _with(keys: Collection[int]) -> str:
    return f"copy_key IN ({', '.join(map(str, keys))})"
