"""Reads of one version of the store that a search is made of: rows by words and vector, and by copy key."""

from __future__ import annotations

import time
from collections.abc import Collection
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.view import View
from truthgpt.search.filters import conjunction
from truthgpt.search.query import NOTHING, Query

_REMEMBERED = 20_000_000
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

_first_seen: WeakKeyDictionary[View, float] = WeakKeyDictionary()
_repeated: WeakKeyDictionary[View, npt.NDArray[np.int64]] = WeakKeyDictionary()


def found(
    view: View,
    query: Query,
    vector: npt.NDArray[np.float32] | None,
    where: str,
    depth: int,
    english: Query = NOTHING,
    abroad: npt.NDArray[np.float32] | None = None,
) -> tuple[dict[int, float], dict[int, float]]:
    """Rows by words with their BM25 scores, rows by vector with their cosines, at most `depth` each, best first. Words of
    `english`, which translate the query's, count somewhat less; `abroad` is their vector."""
    words = view.by_words("terms", query.terms, where, depth)
    grams = view.by_words("grams", query.grams, where, depth)
    translated = view.by_words("terms", english.terms, where, depth)
    near, far = (
        {} if looked_for is None else view.by_vector(looked_for, where, depth, _PROBES)
        for looked_for in (vector, abroad)
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


def newest_import(view: View) -> int:
    """The highest number of an import, 0 where nothing is stored."""
    return int(pc.max(view.select(["imported"])["imported"]).as_py() or 0)


def holding(view: View, rows: Collection[int], where: str) -> set[int]:
    """Those of `rows` for which `where` holds; of other rows nothing is read."""
    if not rows:
        return set()
    return set(view.select([], f"_rowid IN ({', '.join(map(str, rows))}) AND {where}")["_rowid"].to_pylist())


def repeated(view: View, keys: Collection[int]) -> set[int]:
    """Those of `keys` that more than one post may have."""
    stood = time.monotonic() - _first_seen.setdefault(view, time.monotonic()) > _STOOD
    if (known := _repeated.get(view)) is None and stood and view.posts <= _REMEMBERED:
        found, counts = np.unique(view.select(["copy_key"])["copy_key"].to_numpy(), return_counts=True)
        known = _repeated[view] = found[counts > 1]
    if known is None:
        return set(keys)
    wanted = np.array(list(keys), dtype=np.int64)
    places = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    return set(wanted[known[places] == wanted].tolist()) if len(known) else set()


def carriers(view: View, keys: Collection[int]) -> dict[int, list[int]]:
    """For each of `keys`, the rows of all posts with that copy key."""
    rows = view.select(["copy_key"], _with(keys))
    result: dict[int, list[int]] = {}
    for key, row in zip(rows["copy_key"].to_pylist(), rows["_rowid"].to_pylist(), strict=True):
        result.setdefault(key, []).append(row)
    return result


def earliest(view: View, keys: Collection[int], where: str) -> dict[int, int]:
    """For each of `keys`, the row of the earliest post with that copy key for which `where` holds."""
    rows = view.select(["copy_key", "created_at"], conjunction(_with(keys), where))
    times = rows["created_at"].cast(pa.int64()).fill_null(_NEVER).to_pylist()
    first: dict[int, tuple[int, int]] = {}
    for key, row, at in zip(rows["copy_key"].to_pylist(), rows["_rowid"].to_pylist(), times, strict=True):
        first[key] = min(first.get(key, (_NEVER, row)), (at, row))
    return {key: row for key, (_, row) in first.items()}


def _with(keys: Collection[int]) -> str:
    return f"copy_key IN ({', '.join(map(str, keys))})"
