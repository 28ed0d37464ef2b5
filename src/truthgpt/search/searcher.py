"""A question in, the posts that speak of it out, best first, copies of one text counted once.

The words of the question are looked for in the text indexes, its vector among the vectors; the two rankings are
joined by reciprocal rank fusion. Of the posts found, copies and near copies become one hit, shown by the earliest of
them. Where copies fill the rankings, the search is repeated without them until there are hits enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.copies import sketch
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
class _Found:
    """A group of copies: its representative's row, what it scored, how many carry it, and its keys."""

    row: int
    score: float
    copies: int
    text_score: float
    keys: frozenset[int]


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
            rows, posts = wait(_search(table, query, vector, where, limit, collapse))
        cosines = self._embedding.encode([post.text for post in posts]) @ vector
        return [
            Hit(post, row.score, row.copies, row.text_score, round(float(cosine), 4))
            for row, post, cosine in zip(rows, posts, cosines, strict=True)
        ]


async def _search(
    table: AsyncTable,
    query: Query,
    vector: npt.NDArray[np.float32],
    where: str,
    limit: int,
    collapse: bool,
) -> tuple[list[_Found], list[Post]]:
    known = vector if vector.any() else None
    hits: list[_Found] = []
    shut: set[int] = set()
    for _ in range(_ROUNDS):
        depth = max(_DEPTH, _READ * limit)
        without = f"copy_key NOT IN ({', '.join(map(str, shut))})" if shut else ""
        condition = " AND ".join(filter(None, (where, without)))
        words, near = await lookup.found(table, query, known, condition, depth)
        near = {row: cosine for row, cosine in near.items() if row in words or cosine >= _NEAR}
        ranked = fuse([list(words), list(near)])
        if not ranked:
            break
        wanted = limit - len(hits)
        new = await _hits(table, ranked[: _READ * wanted], words, where, wanted, collapse)
        hits += new
        shut.update(*(hit.keys for hit in new))
        exhausted = len(ranked) <= _READ * wanted and max(len(words), len(near)) < depth
        if not collapse or len(hits) >= limit or exhausted:
            break
    if not hits:
        return [], []
    return hits, to_posts(await lookup.take(table, [hit.row for hit in hits], POST_COLUMNS))


async def _hits(
    table: AsyncTable,
    ranked: Sequence[tuple[int, float]],
    words: dict[int, float],
    where: str,
    limit: int,
    collapse: bool,
) -> list[_Found]:
    """The first `limit` groups of copies among the `ranked` rows (row, score)."""
    rows = [row for row, _ in ranked]
    taken = await lookup.take(table, rows, ("text", "copy_key"))
    keys = taken["copy_key"].to_pylist()
    if collapse:
        groups = group((key, sketch(text)) for key, text in zip(keys, taken["text"].to_pylist(), strict=True))
    else:
        groups = [Group([place], {key}) for place, key in enumerate(keys)]
    groups = groups[:limit]
    listed = set().union(*(found.keys for found in groups))
    everywhere, here = await asyncio.gather(
        lookup.copies(table, listed), lookup.copies(table, listed if where else (), where)
    )
    carriers = here if where else everywhere
    return [
        _Found(
            min((carriers[key].created_at, carriers[key].row) for key in found.keys)[1]
            if collapse
            else rows[found.members[0]],
            ranked[found.members[0]][1],
            sum(everywhere[key].count for key in found.keys),
            max(words.get(rows[place], 0.0) for place in found.members),
            frozenset(found.keys),
        )
        for found in groups
    ]
