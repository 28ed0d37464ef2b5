"""Reads of one version of the store that a search is made of."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from truthgpt.corpus.view import View
from truthgpt.search.query import NOTHING, Query

PROBES = 24
"""Centres of the index of vectors whose posts are looked at, at least."""

_ITSELF = 0.1
"""By how much a cosine with a query in another language ranks lower where its English is looked for too: English posts that are near to
the letters of another language are seldom near to what they mean."""


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
    `english` translate the query's; `abroad` is their vector."""
    words = view.by_words("terms", query.terms, where, depth)
    unspaced = " ".join(filter(None, (query.grams, query.closer)))
    grams = view.by_words("grams", unspaced, where, depth)
    translated = view.by_words("terms", english.terms, where, depth)
    near, far = (
        {} if looked_for is None else view.by_vector(looked_for, where, depth, PROBES)
        for looked_for in (vector, abroad)
    )
    if grams or translated:
        # All are BM25 over the same posts: a post that has the words and the characters has the sum.
        total = {
            row: words.get(row, 0.0) + grams.get(row, 0.0) + translated.get(row, 0.0)
            for row in words | grams | translated
        }
        words = dict(sorted(total.items(), key=lambda item: -item[1])[:depth])
    if far:
        by = {row: max(near.get(row, -1.0) - _ITSELF, far.get(row, -1.0)) for row in near | far}
        rows = sorted(by, key=lambda row: -by[row])[:depth]
        near = {row: max(near.get(row, -1.0), far.get(row, -1.0)) for row in rows}
    return words, near


def newest_import(view: View) -> int:
    """The highest number of an import, 0 where nothing is stored."""
    return int(pc.max(view.select(["imported"])["imported"]).as_py() or 0)


def holding(view: View, rows: Collection[int], where: str) -> set[int]:
    """Those of `rows` for which `where` holds; of other rows nothing is read."""
    if not rows:
        return set()
    return set(view.select([], f"_rowid IN ({', '.join(map(str, rows))}) AND {where}")["_rowid"].to_pylist())
