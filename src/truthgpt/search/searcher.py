"""A question in, the posts that speak of it out, best first, copies of one text counted once.

The words of the question are looked for in the text indexes, its vector among the vectors; the two rankings are
joined by reciprocal rank fusion. Of the posts found, copies and near copies become one hit, shown by the earliest of
them. Where copies fill the rankings, the search is repeated without them until there are hits enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.copies import Sketch, sketch
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.search import lookup
from truthgpt.search.filters import Filters, OneOrMore
from truthgpt.search.query import MAX_CHARACTERS, Query, analyse
from truthgpt.search.rank import Group, fuse, group

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_DEPTH = 100
"""Posts that each ranking gives."""
_READ = 3
"""Posts read for each hit asked for, so that copies among them can be joined."""
_ROUNDS = 4
"""How often a search is repeated without the copies that it found."""
_NEAR = 0.35
"""Cosine from which a post that has none of the words is found at all."""


class Encoder(Protocol):
    """Texts to unit vectors (n, dimensions), float32; zeros for a text that it knows nothing of."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found, shown by the earliest post that carries it and passes the filters.

    `score` ranks within one query. `copies` counts the posts in the whole corpus that carry the text, this one too,
    and near copies among those found. `text_score` is BM25, 0 where no word was found; `vector_score` is the cosine
    of the question's vector and the post's, 0 where the question has none.
    """

    post: Post
    score: float
    copies: int
    text_score: float
    vector_score: float

    def as_dict(self) -> dict[str, Any]:
        """The hit as `truthgpt search --json` prints it; the time is ISO 8601 or null."""
        post = self.post
        return {
            "id": post.id,
            "text": post.text,
            "community": post.community,
            "author": post.author,
            "created_at": post.created_at and post.created_at.isoformat(),
            "language": post.language,
            "url": post.url,
            "score": self.score,
            "copies": self.copies,
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A post that was found, with what tells whether it is a copy of another."""

    row: int
    score: float
    text_score: float
    key: int
    sketch: Sketch


class Searcher:
    """Searches one store. Threads may share it; each search sees one whole version, the newest."""

    def __init__(self, store: Store, embedding: Encoder) -> None:
        self._store = store
        self._embedding = embedding

    def search(
        self,
        text: str,
        limit: int = 10,
        *,
        community: OneOrMore = None,
        author: OneOrMore = None,
        language: OneOrMore = None,
        since: datetime | None = None,
        until: datetime | None = None,
        collapse: bool = True,
    ) -> list[Hit]:
        """At most `limit` hits for `text`, best first; with `collapse=False` each post is a hit.

        Of `text` the first 10,000 characters and 64 terms count. Times are [since, until).
        """
        if limit < 1 or not text.strip():
            return []
        query = analyse(text)
        vector = self._embedding.encode([text[:MAX_CHARACTERS]])[0]
        where = Filters(community, author, language, since, until).sql()
        table = self._store.snapshot()
        with in_one_line(self._store.path):
            found = wait(_search(table, query, vector, where, limit, collapse))
        cosines = self._embedding.encode([hit.post.text for hit in found]) @ vector
        return [
            replace(hit, vector_score=round(float(cosine), 4))
            for hit, cosine in zip(found, cosines, strict=True)
        ]


async def _search(
    table: AsyncTable,
    query: Query,
    vector: npt.NDArray[np.float32],
    where: str,
    limit: int,
    collapse: bool,
) -> list[Hit]:
    known = vector if vector.any() else None
    depth = max(_DEPTH, _READ * limit)
    candidates: list[_Candidate] = []
    groups: list[Group] = []
    for _ in range(_ROUNDS):
        shut = {candidate.key for candidate in candidates}
        without = f"copy_key NOT IN ({', '.join(map(str, shut))})" if shut else ""
        condition = " AND ".join(filter(None, (where, without)))
        words, near = await lookup.found(table, query, known, condition, depth)
        near = {row: cosine for row, cosine in near.items() if row in words or cosine >= _NEAR}
        ranked = fuse([list(words), list(near)], len(candidates))
        new = ranked[: _READ * limit]
        candidates += await _read(table, new, words, collapse)
        candidates.sort(key=lambda candidate: -candidate.score)
        groups = _grouped(candidates, collapse)
        exhausted = len(new) == len(ranked) and max(len(words), len(near)) < depth
        if exhausted or len(groups) >= limit or not collapse:
            break
    return await _hits(table, candidates, groups[:limit], where, collapse) if groups else []


async def _read(
    table: AsyncTable, ranked: Sequence[tuple[int, float]], words: Mapping[int, float], sketched: bool
) -> list[_Candidate]:
    if not ranked:
        return []
    taken = await lookup.take(table, [row for row, _ in ranked], ("text", "copy_key"))
    nothing = Sketch(frozenset(), frozenset())
    return [
        _Candidate(row, score, words.get(row, 0.0), key, sketch(text) if sketched else nothing)
        for (row, score), text, key in zip(
            ranked, taken["text"].to_pylist(), taken["copy_key"].to_pylist(), strict=True
        )
    ]


def _grouped(candidates: Sequence[_Candidate], collapse: bool) -> list[Group]:
    if collapse:
        return group((candidate.key, candidate.sketch) for candidate in candidates)
    return [Group([place], {candidate.key}) for place, candidate in enumerate(candidates)]


async def _hits(
    table: AsyncTable,
    candidates: Sequence[_Candidate],
    groups: Sequence[Group],
    where: str,
    collapse: bool,
) -> list[Hit]:
    """One hit for each of `groups`, whose members are places among `candidates`; no cosines yet."""
    best = [candidates[found.members[0]] for found in groups]
    keys = set().union(*(found.keys for found in groups))
    # The best of a group is its earliest unless it has copies, so its post is read while they are looked for.
    everywhere, here, taken = await asyncio.gather(
        lookup.copies(table, keys),
        lookup.copies(table, keys if where else (), where),
        lookup.take(table, [candidate.row for candidate in best], POST_COLUMNS),
    )
    carriers = here if where else everywhere
    posts = dict(zip((candidate.row for candidate in best), to_posts(taken), strict=True))
    shown = [candidate.row for candidate in best]
    if collapse:
        shown = [
            min((carriers[key].created_at, carriers[key].row) for key in found.keys)[1] for found in groups
        ]
        absent = [row for row in shown if row not in posts]
        if absent:
            more = await lookup.take(table, absent, POST_COLUMNS)
            posts.update(zip(absent, to_posts(more), strict=True))
    return [
        Hit(
            posts[row],
            leader.score,
            sum(everywhere[key].count for key in found.keys),
            max(candidates[place].text_score for place in found.members),
            0.0,
        )
        for row, leader, found in zip(shown, best, groups, strict=True)
    ]
