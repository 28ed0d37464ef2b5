"""What is wanted in, posts of one version of the store out, best first, copies of one text together.

The words are looked for in the text indexes, the vector among the vectors; the two rankings are joined by reciprocal
rank fusion. Where copies fill the rankings, they are asked for again without them until there are texts enough.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.key import key as hashed
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.search import lookup
from truthgpt.search.query import analyse
from truthgpt.search.rank import Group, fuse, group

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_DEPTH = 60
"""Posts that each ranking gives."""
_READ = 1.5
"""Posts read for each hit asked for, so that copies among them can be joined."""
_TEXTS = 4
"""How many times as many are ranked where some will go, because of what their texts say."""
_ROUNDS = 4
"""How often posts are asked for without the copies of those that were found."""
_WEIGHTS = 1.0, 0.6
"""Of the ranking by words and of that by vectors, which are less exact."""
_NEAR, _NEAR_ALONE = 0.35, 0.5
"""Cosines from which a post that has none of the words is found at all: where other posts have some, and where no post
has any. Static vectors find some post near to any letters."""


_NEVER = datetime.max.replace(tzinfo=UTC)
"""Where posts without a time stand: after those with one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What posts are ranked by: `text` and its `vector` (d,), zeros where nothing is known of it. `where` and `text_where` (SQL)
    hold for those that are found, empty where they hold for all; for the second their texts have to be read. With
    `all_that_hold`, those that have nothing of the text come too, the latest first, after those that have some."""

    text: str
    vector: npt.NDArray[np.float32]
    where: str = ""
    text_where: str = ""
    all_that_hold: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that was found, what it scored, its ranks by words and by vector, from 1, where it has one, and the keys by which
    copies of it and it itself are known."""

    row: int
    score: float
    text_score: float
    cosine: float | None
    text_rank: int | None
    vector_rank: int | None
    key: int
    post: Post

    @property
    def id_key(self) -> int:
        return hashed(self.post.id.encode())


@dataclass(frozen=True, slots=True)
class Carriers:
    """The posts that carry the text of a group, or a near copy: how many, and the earliest of those that carry it and
    pass the filters."""

    count: int
    earliest: Post


@dataclass(frozen=True, slots=True)
class Found:
    """`candidates` that were read; `groups` of copies among them, best first; and who else carries the texts of each group,
    where that was asked for."""

    candidates: list[Candidate]
    groups: list[Group]
    carriers: list[Carriers]


_Source: TypeAlias = Callable[[str], Awaitable[tuple[list[Candidate], bool]]]
"""A condition (SQL) to the next posts that it holds for, and whether these are the last."""


async def gather(table: AsyncTable, wanted: Wanted, limit: int, known: Clusters | None) -> Found:
    """Posts that are `wanted`, in at most `limit` groups of copies; where no clusters are `known` each post is a group."""
    read = limit if known is None else math.ceil(_READ * limit)
    candidates: list[Candidate] = []
    groups: list[Group] = []

    async def ranked(condition: str) -> tuple[list[Candidate], bool]:
        depth = max(_DEPTH, read)
        words, near, exhausted = await _rankings(table, wanted, condition, depth, read)
        ranking = fuse([list(words), list(near)], _WEIGHTS, len(candidates))
        return await _read(table, ranking[:read], words, near), exhausted and len(ranking) <= read

    async def latest(condition: str) -> tuple[list[Candidate], bool]:
        seen = {candidate.row for candidate in candidates}
        rows, exhausted = await _latest(table, wanted, condition, read + len(seen))
        new = [(row, 0.0) for row in rows if row not in seen][:read]
        return await _read(table, new, {}, {}), exhausted

    sources: list[_Source] = [ranked] if wanted.text else []
    sources += [latest] if wanted.all_that_hold else []
    for source in sources:
        for _ in range(_ROUNDS if known is not None else 1):
            if len(groups) >= limit:
                break
            found, exhausted = await source(_without_copies(wanted.where, candidates, known))
            candidates += found
            candidates.sort(key=lambda candidate: -candidate.score)
            groups = _grouped(candidates, known)
            if exhausted:
                break
    groups = groups[:limit]
    where = both(wanted.where, wanted.text_where)
    carriers = [] if known is None else await _carriers(table, candidates, groups, where, known)
    return Found(candidates, groups, carriers)


async def _rankings(
    table: AsyncTable, wanted: Wanted, condition: str, depth: int, read: int
) -> tuple[dict[int, float], dict[int, float], bool]:
    """Rows by words, rows by vector, as `lookup.found` gives them, and whether there are no others.

    What hangs on texts is told of the best rows alone, of four times as many; only where too few of these are left are the
    texts of all posts read.
    """
    query = analyse(wanted.text)
    vector = wanted.vector if wanted.vector.any() else None
    if wanted.text_where:
        deep = _TEXTS * depth
        words, near, exhausted = _near_enough(
            *await lookup.found(table, query, vector, condition, deep), deep
        )
        holding = await lookup.holding(table, words | near, wanted.text_where)
        words, near = (
            {row: score for row, score in found.items() if row in holding} for found in (words, near)
        )
        if exhausted or len(words | near) >= read:
            return words, near, exhausted
    everything = both(condition, wanted.text_where)
    return _near_enough(*await lookup.found(table, query, vector, everything, depth), depth)


def _near_enough(
    words: dict[int, float], near: dict[int, float], depth: int
) -> tuple[dict[int, float], dict[int, float], bool]:
    """The rankings without posts that have none of the words and are not near either, and whether no others would be left
    beyond `depth`."""
    least = _NEAR if words else _NEAR_ALONE
    last = min(near.values(), default=0.0)
    exhausted = len(words) < depth and (len(near) < depth or last < least)
    return words, {row: cosine for row, cosine in near.items() if row in words or cosine >= least}, exhausted


async def _latest(table: AsyncTable, wanted: Wanted, condition: str, count: int) -> tuple[list[int], bool]:
    """The latest `count` rows, and whether there are no others; texts are read of as few as will do."""
    for deep in (_TEXTS * count, _TEXTS**3 * count) if wanted.text_where else ():
        rows = await lookup.latest(table, condition, deep)
        holding = await lookup.holding(table, rows, wanted.text_where)
        held = [row for row in rows if row in holding]
        if len(held) >= count or len(rows) < deep:
            return held[:count], len(held) < count
    rows = await lookup.latest(table, both(condition, wanted.text_where), count)
    return rows, len(rows) < count


def both(one: str, other: str) -> str:
    """The condition (SQL) that both hold, of which either may be empty."""
    return " AND ".join(filter(None, (one, other)))


def _without_copies(where: str, candidates: Sequence[Candidate], known: Clusters | None) -> str:
    """`where`, and no copies of `candidates`."""
    shut = {candidate.key for candidate in candidates} if known is not None else set()
    return both(where, f"copy_key NOT IN ({', '.join(map(str, shut))})" if shut else "")


def _grouped(candidates: Sequence[Candidate], known: Clusters | None) -> list[Group]:
    if known is None:
        return [Group([place], set(), set()) for place in range(len(candidates))]
    leaders = known.leaders_of(np.array([candidate.id_key for candidate in candidates], np.int64))
    return group(zip((candidate.key for candidate in candidates), leaders.tolist(), strict=True))


async def _read(
    table: AsyncTable,
    ranked: Sequence[tuple[int, float]],
    words: Mapping[int, float],
    near: Mapping[int, float],
) -> list[Candidate]:
    if not ranked:
        return []
    taken = await lookup.take(table, [row for row, _ in ranked], (*POST_COLUMNS, "copy_key"))
    by_words, by_vector = ({row: rank for rank, row in enumerate(found, 1)} for found in (words, near))
    return [
        Candidate(
            row, score, words.get(row, 0.0), near.get(row), by_words.get(row), by_vector.get(row), key, post
        )
        for (row, score), key, post in zip(
            ranked, taken["copy_key"].to_pylist(), to_posts(taken), strict=True
        )
    ]


async def _carriers(
    table: AsyncTable, candidates: Sequence[Candidate], groups: Sequence[Group], where: str, known: Clusters
) -> list[Carriers]:
    """For each of `groups` the posts of the whole corpus that carry its text."""
    posts = {candidate.row: candidate.post for candidate in candidates}
    copied = await lookup.repeated(table, {key for found in groups for key in found.keys})
    everywhere = await lookup.carriers(table, copied) if copied else {}
    unseen = {key for key, rows in everywhere.items() if not posts.keys() >= set(rows)}
    earliest = await lookup.earliest(table, unseen, where) if unseen else {}
    absent = [row for row in earliest.values() if row not in posts]
    if absent:
        taken = await lookup.take(table, absent, POST_COLUMNS)
        posts.update(zip(absent, to_posts(taken), strict=True))
    leaders = [leader for found in groups for leader in found.leaders]
    clustered = dict(zip(leaders, known.counts_of(np.array(leaders, np.int64)).tolist(), strict=True))
    result: list[Carriers] = []
    for found in groups:
        rows = [candidates[member].row for member in found.members]
        rows += [earliest[key] for key in found.keys if key in earliest]
        first = min(rows, key=lambda row: (posts[row].created_at or _NEVER, row))
        exact = sum(len(everywhere.get(key, (0,))) for key in found.keys)
        near = sum(clustered[leader] for leader in found.leaders)
        result.append(Carriers(max(exact, near), posts[first]))
    return result
