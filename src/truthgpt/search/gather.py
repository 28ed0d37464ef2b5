"""What is wanted in, posts of one version of the store out, best first, copies of one text together.

The words are looked for in the text indexes, the vector among the vectors; the two rankings are joined by reciprocal
rank fusion. What posts have to meet holds before they are ranked, but for what their texts say, which is told of the best
first. After those that rank come the latest, where all that meet it are wanted. Where copies fill what is found, the rest
is asked for again without them until there are texts enough.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.search import lookup
from truthgpt.search.carriers import Candidate, Carriers, carriers_of
from truthgpt.search.filters import conjunction
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
        found = await _read(table, ranking[:read], words, near, len(candidates))
        return found, exhausted and len(ranking) <= read

    async def latest(condition: str) -> tuple[list[Candidate], bool]:
        seen = {candidate.row for candidate in candidates}
        rows, exhausted = await _latest(table, wanted, condition, read + len(seen))
        new = [(row, 0.0) for row in rows if row not in seen]
        return await _read(table, new[:read], {}, {}), exhausted and len(new) <= read

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
    where = conjunction(wanted.where, wanted.text_where)
    carriers = [] if known is None else await carriers_of(table, candidates, groups, where, known)
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
    least = None
    if wanted.text_where:
        deep = _TEXTS * depth
        words, near = await lookup.found(table, query, vector, condition, deep)
        least = _least(words)
        words, near, exhausted = _near_enough(words, near, deep, least)
        holding = await lookup.holding(table, words | near, wanted.text_where)
        words, near = (
            {row: score for row, score in found.items() if row in holding} for found in (words, near)
        )
        if exhausted or len(words | near) >= read:
            return words, near, exhausted
    words, near = await lookup.found(table, query, vector, conjunction(condition, wanted.text_where), depth)
    return _near_enough(words, near, depth, _least(words) if least is None else least)


def _least(words: Mapping[int, float]) -> float:
    """The cosine that a post wants which has none of the words, where those of `words` have some."""
    return _NEAR if words else _NEAR_ALONE


def _near_enough(
    words: dict[int, float], near: dict[int, float], depth: int, least: float
) -> tuple[dict[int, float], dict[int, float], bool]:
    """The rankings without posts that have none of the words and are not near either, and whether no others would be left
    beyond `depth`."""
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
    rows = await lookup.latest(table, conjunction(condition, wanted.text_where), count)
    return rows, len(rows) < count


def _without_copies(where: str, candidates: Sequence[Candidate], known: Clusters | None) -> str:
    """`where`, and no copies of `candidates`."""
    shut = {candidate.key for candidate in candidates} if known is not None else set()
    return conjunction(where, f"copy_key NOT IN ({', '.join(map(str, shut))})" if shut else "")


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
    before: int = 0,
) -> list[Candidate]:
    """The posts of `ranked`, rows and scores; `before` as for `fuse`."""
    if not ranked:
        return []
    taken = await lookup.take(table, [row for row, _ in ranked], (*POST_COLUMNS, "copy_key"))
    by_words, by_vector = (
        {row: rank for rank, row in enumerate(found, before + 1)} for found in (words, near)
    )
    return [
        Candidate(
            row, score, words.get(row, 0.0), near.get(row), by_words.get(row), by_vector.get(row), key, post
        )
        for (row, score), key, post in zip(
            ranked, taken["copy_key"].to_pylist(), to_posts(taken), strict=True
        )
    ]
