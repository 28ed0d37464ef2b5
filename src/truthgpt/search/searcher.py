"""A question in, the posts that speak of it out, best first, copies of one text counted once.

The words of the question are looked for in the text indexes, its vector among the vectors; the two rankings are
joined by reciprocal rank fusion. Of the posts found, copies become one hit, shown by the earliest of them, and so do
near copies, as the last import told them at its end. Where copies fill the rankings, the search is repeated without
them until there are hits enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import clusters
from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.key import key as hashed
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

_DEPTH = 60
"""Posts that each ranking gives."""
_READ = 1.5
"""Posts read for each hit asked for, so that copies among them can be joined."""
_ROUNDS = 4
"""How often a search is repeated without the copies that it found."""
_NEAR, _NEAR_ALONE = 0.35, 0.5
"""Cosines from which a post that has none of the words is found at all: where other posts have some, and where no post
has any. Static vectors find some post near to any letters."""


_NEVER = datetime.max.replace(tzinfo=UTC)
"""Where posts without a time stand: after those with one."""


class Encoder(Protocol):
    """Texts to unit vectors (n, dimensions), float32; zeros for a text that it knows nothing of."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found, shown by the earliest post that carries it and passes the filters.

    `score` ranks within one query. `copies` counts the posts in the whole corpus that carry the text or a near
    copy of it, this one too. `text_score` is BM25, 0 where no word was found; `vector_score` is the cosine
    of the question's vector and the post's, within 0.02, and 0 where the question has none.
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
    """A post that was found, what it scored, and the keys by which copies of it and it itself are known."""

    row: int
    score: float
    text_score: float
    cosine: float | None
    key: int
    post: Post

    @property
    def id_key(self) -> int:
        return hashed(self.post.id.encode())


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
        known = clusters.load(self._store.path) if collapse else None
        with in_one_line(self._store.path):
            candidates, groups, carriers = wait(_search(table, query, vector, where, limit, known))
        return self._hits(candidates, groups, carriers, vector)

    def _hits(
        self,
        candidates: Sequence[_Candidate],
        groups: Sequence[Group],
        carriers: Sequence[Carriers],
        vector: npt.NDArray[np.float32],
    ) -> list[Hit]:
        leaders = [candidates[found.members[0]] for found in groups]
        # What only the words found has no cosine yet.
        blind = [leader.post.text for leader in leaders if leader.cosine is None]
        cosines = iter((self._embedding.encode(blind) @ vector).tolist() if blind else ())
        return [
            Hit(
                carriers[place].earliest if carriers else leader.post,
                leader.score,
                carriers[place].count if carriers else 1,
                max(candidates[member].text_score for member in found.members),
                round(next(cosines) if leader.cosine is None else leader.cosine, 4),
            )
            for place, (leader, found) in enumerate(zip(leaders, groups, strict=True))
        ]


async def _search(
    table: AsyncTable,
    query: Query,
    vector: npt.NDArray[np.float32],
    where: str,
    limit: int,
    known: Clusters | None,
) -> tuple[list[_Candidate], list[Group], list[Carriers]]:
    """Posts found, best first, the first `limit` groups of copies among them, and who else carries their texts; where no
    clusters are `known` each post is a group."""
    looked_for = vector if vector.any() else None
    read = limit if known is None else math.ceil(_READ * limit)
    depth = max(_DEPTH, read)
    candidates: list[_Candidate] = []
    groups: list[Group] = []
    for _ in range(_ROUNDS):
        shut = {candidate.key for candidate in candidates}
        without = f"copy_key NOT IN ({', '.join(map(str, shut))})" if shut else ""
        condition = " AND ".join(filter(None, (where, without)))
        words, near = await lookup.found(table, query, looked_for, condition, depth)
        least = _NEAR if words else _NEAR_ALONE
        near = {row: cosine for row, cosine in near.items() if row in words or cosine >= least}
        ranked = fuse([list(words), list(near)], len(candidates))
        new = ranked[:read]
        candidates += await _read(table, new, words, near)
        candidates.sort(key=lambda candidate: -candidate.score)
        if known is None:
            groups = [Group([place], set(), set()) for place in range(len(candidates))]
            break
        leaders = known.leaders_of(np.array([candidate.id_key for candidate in candidates], np.int64))
        groups = group(zip((candidate.key for candidate in candidates), leaders.tolist(), strict=True))
        exhausted = len(new) == len(ranked) and max(len(words), len(near)) < depth
        if exhausted or len(groups) >= limit:
            break
    groups = groups[:limit]
    carriers = [] if known is None else await _carriers(table, candidates, groups, where, known)
    return candidates, groups, carriers


async def _read(
    table: AsyncTable,
    ranked: Sequence[tuple[int, float]],
    words: Mapping[int, float],
    near: Mapping[int, float],
) -> list[_Candidate]:
    if not ranked:
        return []
    taken = await lookup.take(table, [row for row, _ in ranked], (*POST_COLUMNS, "copy_key"))
    return [
        _Candidate(row, score, words.get(row, 0.0), near.get(row), key, post)
        for (row, score), key, post in zip(
            ranked, taken["copy_key"].to_pylist(), to_posts(taken), strict=True
        )
    ]


@dataclass(frozen=True, slots=True)
class Carriers:
    """The posts that carry the text of a group, or a near copy: how many, and the earliest of those that carry it and
    pass the filters."""

    count: int
    earliest: Post


async def _carriers(
    table: AsyncTable, candidates: Sequence[_Candidate], groups: Sequence[Group], where: str, known: Clusters
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
