"""A question or a query in, the posts that speak of it out, best first, copies of one text counted once.

What is found and in which order is `gather`'s. Of the posts found, copies become one hit, shown by the earliest of them,
and so do near copies, as the last import told them at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import authors, clusters
from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.view import View
from truthgpt.errors import BadInputError
from truthgpt.search import lookup
from truthgpt.search.encoders.protocol import Encoder
from truthgpt.search.explain import shared
from truthgpt.search.filters import NO_FILTERS, Filters, conjunction
from truthgpt.search.gather import Contest, Found, contest, gather
from truthgpt.search.query import analyse
from truthgpt.search.rerank import Trees, ranker
from truthgpt.search.stages import Wanted
from truthgpt.search.syntax import looked_for, parse
from truthgpt.search.trends import Interval, Trends, trends

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found, shown by the earliest post that carries it and passes the filters.

    `score` ranks within one query. `copies` counts the posts in the whole corpus that carry the text or a near
    copy of it, this one too. `text_score` is BM25, 0 where no word was found; the ranks count from 1 in the
    ranking by each, and are None where the post, and each copy of it that was found, is not among the best of it.
    `cosine` is None where the post was not found by its vector; `measure` reckons it of a text.
    """

    post: Post
    score: float
    copies: int
    text_score: float
    cosine: float | None
    text_rank: int | None
    vector_rank: int | None
    measure: Callable[[str], float] = field(repr=False, compare=False)

    @property
    def vector_score(self) -> float:
        """The cosine of the question's vector and the post's, within 0.02, and 0 where the question has none."""
        return round(self.measure(self.post.text) if self.cosine is None else self.cosine, 4)

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


@dataclass(frozen=True, slots=True)
class Page:
    """Some `hits` of all, best first; `words` are what ranked them, the English for those in other languages too. `more` are
    there after them, in the same order for whoever asks for those of this `version` of the store."""

    hits: list[Hit]
    words: str
    version: int
    more: bool


class Searcher:
    """Searches one store. Threads may share it; each search sees one whole version, the newest where none is asked for.

    `taught` gives the ranker that this store's readers taught by their clicks, which ranks what `find` and `page` find. What `search`
    finds, on which answers stand, hangs on no click.
    """

    def __init__(self, store: Store, embedding: Encoder, taught: Callable[[], Trees] = ranker) -> None:
        self._store = store
        self._embedding = embedding
        self._taught = taught

    def search(
        self,
        text: str,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        *,
        collapse: bool = True,
    ) -> list[Hit]:
        """At most `limit` hits for `text`, best first; with `collapse=False` each post is a hit.

        Nothing in `text` is an operator; of it the first 10,000 characters and 64 terms count.
        """
        return self._page(self._wanted(text, filters.sql()), limit, collapse).hits

    def find(
        self,
        query: str,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        *,
        collapse: bool = True,
        latest: bool = False,
    ) -> list[Hit]:
        """The same for a query in the language of `syntax`, of which words in other languages are looked for in English too.
        Where it has demands alone, all posts that meet them are found: those that have its words first, then the latest. With
        `latest` its words are demands too, and the latest come first. Raises `QuerySyntaxError`."""
        return self.page(query, limit, filters, collapse=collapse, latest=latest).hits

    def page(
        self,
        query: str,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        *,
        offset: int = 0,
        version: int | None = None,
        collapse: bool = True,
        latest: bool = False,
    ) -> Page:
        """What `find` finds after its first `offset` hits, in the newest version or in `version`, which an earlier page was of.
        Raises `MissingError` where that version is gone."""
        wanted = self._demanded(query, filters, latest)
        return self._page(wanted, limit, collapse, offset, version, self._taught())

    def contest(self, query: str) -> tuple[Contest, Clusters]:
        """The posts that the ranker puts in order for `query`, what it knows of each, and the clusters of copies. Raises `QuerySyntaxError`."""
        wanted = self._demanded(query, NO_FILTERS, latest=False)
        known, record = clusters.load(self._store.path), authors.load(self._store.path)
        return self._read(lambda view: contest(view, wanted, known, record)), known

    def ranker(self) -> Trees:
        """What orders what `find` and `page` find."""
        return self._taught()

    def ranking(self) -> str:
        """What pages are ranked by, beside the posts of a version: another string, once readers taught another ranker or what it knows of
        authors changed."""
        trees = self._taught()
        return f"{trees.identity} {authors.changed(self._store.path)}" if trees.wants_signals else ""

    def trends(
        self, query: str = "", filters: Filters = NO_FILTERS, *, interval: Interval | None = None
    ) -> Trends:
        """When, where and by how many the posts that have all of `query` were written, and which words of theirs rise; of all
        posts where it is empty. Without `interval`, the shortest that cuts their time into at most 60. Raises
        `QuerySyntaxError`."""
        asked = looked_for(parse(query, all_demanded=True), all_demanded=True)
        where = conjunction(filters.sql(), asked.where)

        def of(view: View) -> Trends:
            texts = view.narrowed(asked.text_where, asked.having) if asked.having else asked.text_where
            return trends(view, conjunction(where, texts), interval)

        return self._read(of)

    def newest_import(self) -> int:
        """The number of the import that brought the newest posts, 0 where there are none."""
        return self._read(lookup.newest_import)

    def _demanded(self, query: str, filters: Filters, latest: bool) -> Wanted:
        asked = looked_for(parse(query, all_demanded=latest), all_demanded=latest)
        where = conjunction(filters.sql(), asked.where)
        wanted = self._wanted(asked.text, where, asked.text_where, asked.all_that_hold)
        wanted = replace(wanted, having=asked.having)
        if english := self._embedding.translated(wanted.query.text):
            wanted = replace(wanted, english=analyse(english), abroad=self._embedding.encode_query(english))
        return wanted

    def _wanted(self, text: str, where: str, text_where: str = "", all_that_hold: bool = False) -> Wanted:
        query = analyse(text)
        vector = self._embedding.encode_query(query.text)
        return Wanted(query, vector, where, text_where, all_that_hold, near=self._embedding.near)

    def _page(
        self,
        wanted: Wanted,
        limit: int,
        collapse: bool,
        offset: int = 0,
        version: int | None = None,
        trees: Trees | None = None,
    ) -> Page:
        known = clusters.load(self._store.path) if collapse else None
        record = authors.load(self._store.path) if trees is not None and trees.wants_signals else None
        found = self._read(
            lambda view: gather(view, wanted, max(limit, 0), known, offset, trees, record), version
        )
        words = " ".join(filter(None, (wanted.query.text, wanted.english.text)))
        return Page(self._shown(found, wanted.vector), words, found.version, found.more)

    def _read(self, work: Callable[[View], T], version: int | None = None) -> T:
        """What `work` gives for the newest version, or for `version`."""
        view = self._store.view(version)
        try:
            return work(view)
        except BadInputError:
            # Who forgets posts takes the files of earlier versions away, this one's too if it was long at work.
            if (again := self._store.view(version)) is view:
                raise
            return work(again)

    def _shown(self, found: Found, vector: npt.NDArray[np.float32]) -> list[Hit]:
        candidates = found.candidates
        leaders = [candidates[group.members[0]] for group in found.groups]
        return [
            Hit(
                found.carriers[place].earliest if found.carriers else leader.post,
                leader.score,
                found.carriers[place].count if found.carriers else 1,
                max(candidates[member].scored.text_score for member in group.members),
                leader.scored.cosine,
                _best(candidates[member].scored.text_rank for member in group.members),
                _best(candidates[member].scored.vector_rank for member in group.members),
                partial(self._cosine, vector),
            )
            for place, (leader, group) in enumerate(zip(leaders, found.groups, strict=True))
        ]

    def _cosine(self, vector: npt.NDArray[np.float32], text: str) -> float:
        return float(self._embedding.encode([text])[0] @ vector)


def _best(ranks: Iterable[int | None]) -> int | None:
    return min((rank for rank in ranks if rank is not None), default=None)
