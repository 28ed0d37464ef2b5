"""`/v1/trends`: when and where posts speak of something, and which words of theirs are new."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from truthgpt.search.trends import Interval
from truthgpt.server.fields import RESPONSES, TOO_LARGE, UNAVAILABLE, Text, checked_question
from truthgpt.server.search import Filtered, json_response, query_errors
from truthgpt.server.services import Services


class PeriodBody(BaseModel):
    """From `start`, UTC, until the next period's; `authors` are those who are known."""

    start: datetime
    posts: int
    authors: int


class CommunityBody(BaseModel):
    """`posts` of the community that were counted, of all that it has, `of`."""

    community: str
    posts: int
    authors: int
    of: int


class RisingBody(BaseModel):
    """A word, how many authors of the posts that were read use it since `rising_since` and before, and how many standard
    deviations that is above what would be expected."""

    term: str
    recent: int
    before: int
    score: float


class TrendsBody(BaseModel):
    """`periods` from the first post to the last, at most 1,000, the latest; `untimed` posts have no time and are in none."""

    posts: int
    authors: int
    untimed: int
    interval: Interval
    periods: list[PeriodBody]
    communities: list[CommunityBody]
    rising: list[RisingBody]
    rising_since: datetime | None
    seconds: Annotated[float, Field(ge=0)]


def add_trends(app: FastAPI, services: Services) -> None:
    @app.get(
        "/v1/trends",
        tags=["posts"],
        responses={200: {"model": TrendsBody}, **RESPONSES, **TOO_LARGE, **UNAVAILABLE},
        response_model=None,
    )
    def trends(
        filtered: Annotated[Filtered, Depends()],
        q: Annotated[Text, Query(description="as for a search; all posts where it is empty")] = "",
        interval: Annotated[
            Interval | None, Query(description="the shortest with at most 60 periods where it is not given")
        ] = None,
    ) -> Response:
        """Of the posts that have all that `q` asks, its words too: how many and by how many authors over time, in which
        communities, and which words more authors use in the latest fifth of them than before."""
        started = time.perf_counter()
        if q.strip():
            checked_question(q, "q")
        filters = filtered.filters
        with query_errors():
            found = services.searcher.trends(q, filters, interval=interval)
        return json_response({**asdict(found), "seconds": time.perf_counter() - started})
