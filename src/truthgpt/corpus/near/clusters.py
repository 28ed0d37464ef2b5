"""Posts in, clusters of copies out: each with its representative, how many it has and when the first was written.

`deduplicate` reads batches once, files words and keys away, and then compares: texts that are the same to the word,
then what agrees in a key, joined by union-find where `verify` says so, then each set against its representative, so
that a chain of small changes does not carry it from one text to another.

The result is a function of the set of posts: neither their order nor how they are cut into batches shows in it, nor
which of them came with stored keys in place of a text. That is how a corpus grows: posts that are stored give their
keys, new ones their texts, and all is as if all had come at once.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.near.buckets import FILES, Buckets, pairs, rejections, remember, unjoined
from truthgpt.corpus.near.documents import Documents, Texts
from truthgpt.corpus.near.intake import take_in
from truthgpt.corpus.near.posts import Posts
from truthgpt.corpus.near.unionfind import Rows, UnionFind
from truthgpt.corpus.near.verify import NEAR, RELATED, are_near
from truthgpt.errors import MissingError

Progress: TypeAlias = Callable[[int, int], None]
"""Told how much of how much is done."""

_THREADS = 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WORDS = 1 << 22
"""Words that are compared together, for each thread: so many are in memory, or those of one pair, texts that are asked for
taken for their usual length. The more there are, the fewer pages of the file lie between two."""
_LEAST = 64
"""Words that a pair counts for at least."""
_LEADERS = 64
"""Clusters that one set of linked posts may fall into; what is left over stands alone. A bound on hostile input."""


@dataclass(frozen=True)
class Clusters:
    """Clusters of at least two posts.

    `members`: `id` and `representative`, the id of the earliest post of its cluster, of those the smallest; and the
    rows of both, `row` and `representative_row`, counted over all batches from 0; in the order in which the posts
    came. `clusters`: `representative`, `count`, and `first`, the earliest time (timestamp,
    UTC; null where no member's is known); in the order in which the representatives came.
    """

    members: pa.Table
    clusters: pa.Table


def deduplicate(
    batches: Iterable[pa.RecordBatch],
    folder: Path,
    texts: Texts | None = None,
    words: Path | None = None,
    progress: Progress | None = None,
    *,
    named: bool = True,
) -> Clusters:
    """The clusters of copies among the posts of `batches`.

    A batch has the columns `id` (string, no two alike), `created_at` (timestamp or null) and either `text` (string)
    or `keys`, the `bands` of the post's signature as they were stored. Of the latter, `texts` is asked for those that
    have to be compared, by their row counted over all batches from 0; but not of those whose words stand in the file
    `words`, which is used up: their batches say where, in the columns `start` (int64) and `length` (int32) of
    `brought.Places`. `folder`, made if it is not there, holds files
    for the time of the work, about 1 KB a post; no two calls may share it.

    `progress` is told how many of how many parts have been compared, once all posts are read. Without `named`, members
    have rows alone and no ids, which are most of their bytes.

    Raises `BadInputError` for batches with other columns and for more than 2^32 posts, `MissingError` where `folder`
    has no room. No file is left in either case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as stack:
            buckets = stack.enter_context(Buckets(folder))
            documents = stack.enter_context(
                Documents(words or folder / "words", texts, brought=words is not None)
            )
            posts = stack.enter_context(Posts(folder / "ids"))
            pool = stack.enter_context(ThreadPoolExecutor(_THREADS))
            take_in(batches, posts, documents, buckets, pool, texts_elsewhere=texts is not None)
            judge = _Judge(documents, pool)
            heads = _same_words(posts, judge)
            sets = _linked(buckets, heads, posts, judge, pool, progress)
            return _clusters(posts, _representatives(posts, heads, sets, judge), named)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise MissingError(
            f"{folder} has no room for the keys of all posts; about 1 KB a post is needed"
        ) from error


class _Judge:
    """`are_near` of rows: what is compared is read, and compared, in parts by several threads."""

    def __init__(self, documents: Documents, pool: ThreadPoolExecutor) -> None:
        self._documents = documents
        self._pool = pool

    def near(self, compared: Rows, similarity: float) -> npt.NDArray[np.bool_]:
        """For each of `compared` (m, 2), rows, whether the two are near copies."""
        words = np.maximum(self._documents.lengths(compared).sum(axis=1), _LEAST)
        part = np.cumsum(words) // _WORDS
        parts = np.split(compared, np.flatnonzero(part[1:] != part[:-1]) + 1)
        return np.concatenate([*self._pool.map(self._part, parts, [similarity] * len(parts))])

    def _part(self, compared: Rows, similarity: float) -> npt.NDArray[np.bool_]:
        rows, places = np.unique(compared, return_inverse=True)
        return are_near(self._documents.read(rows), places.reshape(compared.shape), similarity)


def _same_words(posts: Posts, judge: _Judge) -> Rows:
    """For each post the earliest one with the same words (n,), which is itself where it is the first or only one."""
    heads = np.arange(posts.count)
    order = np.argsort(posts.wholes, kind="stable")
    ordered = posts.wholes[order]
    same = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
    repeated = (
        order[np.concatenate([same, [False]]) | np.concatenate([[False], same])] if len(order) else order
    )
    if len(repeated) == 0:
        return heads
    rows = posts.in_order(repeated, posts.wholes[repeated].view(np.int64))
    first = _firsts(posts.wholes[rows])
    leaders = rows[first][np.cumsum(first) - 1]
    compared = np.column_stack([leaders, rows])[~first]
    # Equal keys are not yet equal words: whoever can choose texts can make keys meet.
    near = judge.near(compared, NEAR)
    heads[compared[near, 1]] = compared[near, 0]
    return heads


def _linked(
    buckets: Buckets,
    heads: Rows,
    posts: Posts,
    judge: _Judge,
    pool: ThreadPoolExecutor,
    progress: Progress | None,
) -> UnionFind:
    """Sets of the heads that links between near copies hold together."""
    sets = UnionFind(posts.count)
    rejected = rejections()
    following = pool.submit(buckets.entries, 0)
    for number in range(FILES):
        entries = following.result()
        if number + 1 < FILES:
            following = pool.submit(buckets.entries, number + 1)
        starts = unjoined(entries, heads, sets.parents)
        for star in (True, False):
            found = pairs(entries, starts, heads, posts.wholes, sets.parents, rejected, star)
            if len(found):
                near = judge.near(found, NEAR)
                sets.union(found[near])
                remember(rejected, found[~near])
        if progress is not None:
            progress(number + 1, FILES)
    return sets


def _representatives(posts: Posts, heads: Rows, sets: UnionFind, judge: _Judge) -> Rows:
    """For each post its representative (n,): the earliest of its set that it is related to, not only by others."""
    found = np.arange(posts.count)
    roots = sets.roots()
    rows = np.flatnonzero(sets.parents[roots] < -1)
    rows = posts.in_order(rows, roots[rows])
    for _ in range(_LEADERS):
        first = _firsts(roots[rows])
        leaders = rows[first][np.cumsum(first) - 1]
        compared = np.column_stack([leaders, rows])[~first]
        if len(compared) == 0:
            break
        related = judge.near(compared, RELATED)
        found[compared[related, 1]] = compared[related, 0]
        rows = compared[~related, 1]
    return np.asarray(found[heads])


def _clusters(posts: Posts, representatives: Rows, named: bool) -> Clusters:
    leaders, counts = np.unique(representatives, return_counts=True)
    leaders, counts = leaders[counts > 1], counts[counts > 1]
    clustered = np.zeros(posts.count, np.bool_)
    clustered[leaders] = True
    members = np.flatnonzero(clustered[representatives])
    names = {"id": posts.ids(members), "representative": posts.ids(representatives[members])} if named else {}
    return Clusters(
        pa.table({**names, "row": members, "representative_row": representatives[members]}),
        pa.table({"representative": posts.ids(leaders), "count": counts, "first": posts.moments(leaders)}),
    )


def _firsts(groups: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Whether each of `groups`, of which equal ones stand together, is the first of its like."""
    return np.concatenate([np.ones(min(1, len(groups)), np.bool_), groups[1:] != groups[:-1]])
