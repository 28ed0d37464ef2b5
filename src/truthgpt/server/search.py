"""`/v1/search`, `/v1/search.atom` and `/v1/posts`: ranked posts for a query, the same to follow, one post by its id."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, WithJsonSchema

from truthgpt.corpus.post import Post
from truthgpt.errors import MissingError
from truthgpt.search.filters import Filters
from truthgpt.search.syntax import QuerySyntaxError, fields
from truthgpt.server import feed
from truthgpt.server.cursor import DEEPEST, Cursor
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import (
    EXPIRED,
    NOT_FOUND,
    RESPONSES,
    TOO_LARGE,
    UNAVAILABLE,
    Question,
    checked_question,
)
from truthgpt.server.identity import OPTIONAL
from truthgpt.server.note_bodies import NoteBody, NoteTeller
from truthgpt.server.services import Hit, Searcher, Services

Filter = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[
    str | None,
    Query(max_length=40, description="a date or time, ISO 8601; UTC where no zone is given; empty for none"),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"maxLength": 0}]}),
]


class PostBody(BaseModel):
    """A post as JSON. `created_at` is UTC; empty strings mean unknown."""

    id: str
    text: str
    community: str
    author: str
    created_at: datetime | None
    language: str
    url: str


class StoredPostBody(PostBody):
    """A post by itself: `score` is what its platform's readers gave it, `notes` are those rated helpful."""

    score: int
    over_18: bool
    source: str
    notes: list[NoteBody]


class WhyBody(BaseModel):
    """Why a post was found: the words of the query that it has, BM25 of these, the cosine of the vectors, and its ranks by each,
    from 1; null where it is not among the best of one."""

    words: list[str]
    text_score: float
    text_rank: int | None
    vector_score: float
    vector_rank: int | None


class HitBody(PostBody):
    """A post found: `score` is its rank's, `copies` the posts that carry its text, `notes` those on it that are rated helpful;
    `why` is there where it was asked for."""

    score: float
    copies: int
    notes: list[NoteBody]
    why: WhyBody | None = None


class SearchBody(BaseModel):
    """`words` is what posts were ranked by: the query without its operators, and the English for words in other languages.
    `next` is the `cursor` that asks for the hits after these, null where there are none."""

    hits: list[HitBody]
    words: str
    next: str | None
    seconds: Annotated[float, Field(ge=0)]


def as_dict(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "text": post.text,
        "community": post.community,
        "author": post.author,
        "created_at": post.created_at,
        "language": post.language,
        "url": post.url,
    }


def json_response(value: object, status: int = 200) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
    return Response(body, status, media_type="application/json")


def moment(value: str | None, name: str) -> datetime | None:
    """A bound in time as UTC. Raises `RequestError` naming the parameter when it cannot be read."""
    try:
        return fields.moment(value) if value else None
    except ValueError:
        raise RequestError(
            400,
            f"{name}: {value!r} is not a date or time such as 2024-05-31 or 2024-05-31T12:00:00Z",
            param=name,
        ) from None


class Found(NamedTuple):
    """Hits, the words that ranked them, and the cursor of the hits after them."""

    hits: Sequence[Hit]
    words: str
    following: str | None


@contextmanager
def query_errors() -> Iterator[None]:
    """A query that cannot be read as a `RequestError` that says where."""
    try:
        yield
    except QuerySyntaxError as error:
        raise RequestError(
            400, str(error), param="q", code=f"query_{error.kind}", position=error.position
        ) from None


@dataclass(frozen=True, kw_only=True)
class Filtered:
    """Which posts a request is about. Each of its fields is a parameter of the request."""

    community: Filter = None
    author: Filter = None
    language: Filter = None
    since: Moment = None
    until: Moment = None

    @property
    def filters(self) -> Filters:
        """Raises `RequestError`."""
        since, until = moment(self.since, "since"), moment(self.until, "until")
        return Filters(self.community or None, self.author or None, self.language or None, since, until)


@dataclass(frozen=True, kw_only=True)
class Asked(Filtered):
    """What a request looks for among them."""

    q: Annotated[Question, Query()]

    def page(
        self, searcher: Searcher, limit: int, *, cursor: str | None = None, latest: bool = False
    ) -> Found:
        """A page of hits, of which copies of one text are one. Raises `RequestError`."""
        checked_question(self.q, "q")
        filters = self.filters
        asked, ranking = repr((self.q, filters)), searcher.ranking()
        try:
            after = Cursor.read(cursor, asked) if cursor else None
        except ValueError as error:
            raise RequestError(400, f"cursor: {error}; search without it", param="cursor") from None
        if after is not None and after.ranking != ranking:
            raise _expired("another ranker orders them now")
        try:
            with query_errors():
                page = searcher.page(
                    self.q,
                    limit,
                    filters,
                    offset=after.offset if after else 0,
                    version=after.version if after else None,
                    latest=latest,
                )
        except MissingError:
            if after is None:
                raise
            raise _expired("the posts that it is of are no longer kept") from None
        end = (after.offset if after else 0) + limit
        more = page.more and end < DEEPEST
        return Found(
            page.hits, page.words, Cursor(page.version, end, ranking).written(asked) if more else None
        )


def _expired(why: str) -> RequestError:
    return RequestError(410, f"cursor: {why}; search without it", param="cursor", code="cursor_expired")


Limit = Annotated[int, Query(ge=1, le=100)]


def add_search(app: FastAPI, services: Services, teller: NoteTeller) -> None:
    @app.get(
        "/v1/search",
        tags=["posts"],
        responses={200: {"model": SearchBody}, **RESPONSES, **EXPIRED, **TOO_LARGE, **UNAVAILABLE},
        response_model=None,
        openapi_extra=OPTIONAL,
    )
    def search(
        request: Request,
        asked: Annotated[Asked, Depends()],
        limit: Limit = 10,
        explain: bool = False,
        cursor: Annotated[
            str | None, Query(max_length=200, description="`next` of the page before, for the page after it")
        ] = None,
    ) -> Response:
        """Posts that match `q`, best first, copies of one text counted once; times are [since, until).

        Of `q`, words rank posts; `"a phrase"`, `a OR b`, `-not`, `from:`, `in:`, `lang:`, `since:`, `until:`, `min_likes:`,
        `has:link` and `filter:replies` are demands. Where it cannot be read, the error's `position` says at which character.
        """
        started = time.perf_counter()
        page = asked.page(services.searcher, limit, cursor=cursor)
        notes = teller.helpful(request, [hit.post.id for hit in page.hits])
        hits = [
            {
                **as_dict(hit.post),
                "score": hit.score,
                "copies": hit.copies,
                "notes": notes.get(hit.post.id, []),
                **({"why": hit.why(page.words)} if explain else {}),
            }
            for hit in page.hits
        ]
        return json_response(
            {
                "hits": hits,
                "words": page.words,
                "next": page.following,
                "seconds": time.perf_counter() - started,
            }
        )

    @app.get(
        "/v1/search.atom",
        tags=["posts"],
        response_class=Response,
        responses={
            200: {"content": {feed.MEDIA_TYPE: {"schema": {"type": "string"}}}},
            **RESPONSES,
            **TOO_LARGE,
            **UNAVAILABLE,
        },
    )
    def follow(request: Request, asked: Annotated[Asked, Depends()], limit: Limit = 50) -> Response:
        """An Atom feed, for a feed reader, of the latest `limit` posts that have all that `q` asks, its words too."""
        hits = asked.page(services.searcher, limit, latest=True).hits
        posts = [hit.post for hit in hits]
        notes = teller.helpful(request, [post.id for post in posts])
        texts = {post_id: [note["text"] for note in found] for post_id, found in notes.items()}
        body = feed.atom(asked.q, str(request.url), posts, texts)
        return Response(body, media_type=feed.MEDIA_TYPE)

    def one_post(request: Request, post_id: str) -> Response:
        posts = services.posts.get([post_id])
        if not posts:
            raise RequestError(404, f"there is no post {post_id!r}", param="id")
        post = posts[0]
        return json_response(
            {
                **as_dict(post),
                "score": post.score,
                "over_18": post.over_18,
                "source": post.source,
                "notes": teller.helpful(request, [post.id]).get(post.id, []),
            }
        )

    described: dict[int | str, dict[str, Any]] = {
        200: {"model": StoredPostBody},
        **RESPONSES,
        **NOT_FOUND,
        **UNAVAILABLE,
    }

    @app.get("/v1/posts", tags=["posts"], responses=described, response_model=None, openapi_extra=OPTIONAL)
    def post_by_query(
        request: Request,
        id: Annotated[str, Query(min_length=1, max_length=1000)],  # noqa: A002
    ) -> Response:
        """One post, its id given as a parameter."""
        return one_post(request, id)

    @app.get(
        "/v1/posts/{post_id:path}",
        tags=["posts"],
        responses=described,
        response_model=None,
        openapi_extra=OPTIONAL,
    )
    def post_by_path(request: Request, post_id: str) -> Response:
        """One post, its id given in the path; ids may hold `:` and `/`."""
        return one_post(request, post_id)
