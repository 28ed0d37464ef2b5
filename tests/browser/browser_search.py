"""A search over the posts that the page is tested with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from browser_posts import POSTS

from truthgpt.corpus.post import Post
from truthgpt.errors import MissingError
from truthgpt.search import Filters, Page
from truthgpt.search.syntax import looked_for, parse
from truthgpt.search.trends import Community, Interval, Period, Rising, Trends


@dataclass(frozen=True)
class Hit:
    post: Post
    score: float
    copies: int

    def why(self, looked_for: str) -> dict[str, Any]:
        words = [word for word in looked_for.split() if word.lower() in self.post.text.lower()]
        return {"words": words, "text_score": 1.5, "text_rank": 1, "vector_score": 0.5, "vector_rank": None}


class ScriptedSearcher:
    """Every post that holds one of the query's words, filtered as asked."""

    def ranking(self) -> str:
        return ""

    def page(
        self,
        query: str,
        limit: int,
        filters: Filters,
        *,
        offset: int = 0,
        version: int | None = None,
        latest: bool = False,
    ) -> Page:
        if query == "fails":
            raise MissingError("the corpus cannot be read; import it again")
        if query == "endless":
            if offset == 40 and version == 7:
                raise MissingError("version 7 is gone")
            post = POSTS["demo:1"]
            hits = [Hit(post._replace(text=f"Endless {n} of {version}"), 1.0, 1) for n in range(limit)]
            return Page(hits, query, 7 if version is None else version, True)  # type: ignore[arg-type]
        found = self._found(query, filters)
        words = looked_for(parse(query)).text
        return Page(found[offset : offset + limit], words, 7, len(found) > offset + limit)  # type: ignore[arg-type]

    def trends(self, query: str, filters: Filters, *, interval: Interval | None = None) -> Trends:
        posts = [hit.post for hit in self._found(query, filters)]
        years = [post.created_at.year for post in posts if post.created_at]
        periods = [
            Period(datetime(year, 1, 1, tzinfo=UTC), years.count(year), 1)
            for year in range(min(years, default=0), max(years, default=-1) + 1)
        ]
        names = sorted({post.community for post in posts})
        return Trends(
            len(posts),
            1,
            len(posts) - len(years),
            "year",
            periods,
            [Community(name, sum(post.community == name for post in posts), 1, 40) for name in names],
            [Rising("Kepler", 9, 1, 3.5)] if query and posts else [],
            datetime(2025, 9, 17, tzinfo=UTC),
        )

    def _found(self, query: str, filters: Filters) -> list[Hit]:
        words = looked_for(parse(query)).text.casefold().split()
        since, until = filters.since, filters.until
        return [
            Hit(post, 1.0, 15 if post.id == "demo:2" else 1)
            for post in POSTS.values()
            if (not query or any(word in post.text.casefold() for word in words))
            and filters.community in (None, post.community)
            and filters.author in (None, post.author)
            and filters.language in (None, post.language)
            and (since is None or (post.created_at is not None and post.created_at >= since))
            and (until is None or (post.created_at is not None and post.created_at < until))
        ]
