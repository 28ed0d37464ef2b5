"""A question or a query in, the posts that speak of it out, best first, copies of one text counted once.

What is found and in which order is `gather`'s. Of the posts found, copies become one hit, shown by the earliest of them,
and so do near copies, as the last import told them at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import clusters
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.search.explain import shared
from truthgpt.search.filters import Filters, OneOrMore, conjunction
from truthgpt.search.gather import Found, Wanted, gather
from truthgpt.search.query import MAX_CHARACTERS
from truthgpt.search.syntax import looked_for, parse


class Encoder(Protocol):
    """Texts to unit vectors (n, dimensions), float32; zeros for a text that it knows nothing of."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found, shown by the earliest post that carries it and passes the filters.

    `score` ranks within one query. `copies` counts the posts in the whole corpus that carry the text or a near
    copy of it, this one too. `text_score` is BM25, 0 where no word was found; `vector_score` is the cosine
    of the question's vector and the post's, within 0.02, and 0 where the question has none; the ranks count from 1 in the
    ranking by each, and are None where the post, and each copy of it that was found, is not among the best of it.
    """

    post: Post
    score: float
    copies: int
    text_score: float
    vector_score: float
    text_rank: int | None
    vector_rank: int | None

    def why(self, looked_for: str) -> dict[str, Any]:
        """Why it was found for `looked_for`: which `words` of it the post has, in any form (of scripts without spaces,
        characters and pairs), the scores and the ranks."""
        return {
            "words": shared(looked_for, self.post.text),
            "text_score": round(self.text_score, 4),
            "text_rank": self.text_rank,
            "vector_score": self.vector_score,
            "vector_rank": self.vector_rank,
        }

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

        Nothing in `text` is an operator; of it the first 10,000 characters and 64 terms count. Times are [since, until).
        """
        where = Filters(community, author, language, since, until).sql()
        return self._hits(self._wanted(text, where), limit, collapse) if text.strip() else []

    def find(
        self,
        query: str,
        limit: int = 10,
        *,
        community: OneOrMore = None,
        author: OneOrMore = None,
        language: OneOrMore = None,
        since: datetime | None = None,
        until: datetime | None = None,
        collapse: bool = True,
        latest: bool = False,
    ) -> list[Hit]:
        """The same for a query in the language of `syntax`. Where it has demands alone, all posts that meet them are found:
        those that have its words first, then the latest. With `latest` its words are demands too, and the latest come
        first. Raises `QuerySyntaxError`."""
        asked = looked_for(parse(query, all_demanded=latest), all_demanded=latest)
        where = conjunction(Filters(community, author, language, since, until).sql(), asked.where)
        if not (asked.text or asked.all_that_hold):
            return []
        wanted = self._wanted(asked.text, where, asked.text_where, asked.all_that_hold)
        return self._hits(wanted, limit, collapse)

    def _wanted(self, text: str, where: str, text_where: str = "", all_that_hold: bool = False) -> Wanted:
        vector = self._embedding.encode([text[:MAX_CHARACTERS]])[0]
        return Wanted(text, vector, where, text_where, all_that_hold)

    def _hits(self, wanted: Wanted, limit: int, collapse: bool) -> list[Hit]:
        if limit < 1:
            return []
        table = self._store.snapshot()
        known = clusters.load(self._store.path) if collapse else None
        with in_one_line(self._store.path):
            found = wait(gather(table, wanted, limit, known))
        return self._shown(found, wanted.vector)

    def _shown(self, found: Found, vector: npt.NDArray[np.float32]) -> list[Hit]:
        candidates = found.candidates
        leaders = [candidates[group.members[0]] for group in found.groups]
        # What only the words found has no cosine yet.
        blind = [leader.post.text for leader in leaders if leader.cosine is None]
        cosines = iter((self._embedding.encode(blind) @ vector).tolist() if blind else ())
        return [
            Hit(
                found.carriers[place].earliest if found.carriers else leader.post,
                leader.score,
                found.carriers[place].count if found.carriers else 1,
                max(candidates[member].text_score for member in group.members),
                round(next(cosines) if leader.cosine is None else leader.cosine, 4),
                _best(candidates[member].text_rank for member in group.members),
                _best(candidates[member].vector_rank for member in group.members),
            )
            for place, (leader, group) in enumerate(zip(leaders, found.groups, strict=True))
        ]


def _best(ranks: Iterable[int | None]) -> int | None:
    return min((rank for rank in ranks if rank is not None), default=None)
