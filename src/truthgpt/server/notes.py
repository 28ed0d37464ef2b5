"""`/v1/identities` and `/v1/notes`: people write notes on posts and rate those of others."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import Response

from truthgpt.errors import BadInputError
from truthgpt.notes import decision
from truthgpt.notes.stored import Found, Person
from truthgpt.server.allowance import Allowance
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import CONFLICT, NOT_FOUND, RESPONSES, TOO_LARGE, TOO_MANY, UNAVAILABLE
from truthgpt.server.identity import NEEDED, OPTIONAL, Identities
from truthgpt.server.metrics import Metrics
from truthgpt.server.note_bodies import (
    IdentityBody,
    NoteBody,
    NotesBody,
    NoteTeller,
    PostId,
    RateRequest,
    WriteRequest,
)
from truthgpt.server.search import json_response
from truthgpt.server.services import NoteShelf, Posts

NOTES_AN_HOUR = 30
"""Notes that one person may write."""
RATINGS_AN_HOUR = 600
"""Ratings that one person may give, change or take back."""
POSTS_AT_ONCE = 100
"""Posts whose notes may be asked for in one request."""
USUAL_LIMIT = 20

_CURSOR = r"^[0-9]{1,15}-[0-9a-f]{32}$"
"""Of the last note of a page: milliseconds since 1970, and its id."""

NoteId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_REFUSED: dict[int | str, dict[str, Any]] = {
    **RESPONSES,
    401: {**RESPONSES[401], "description": "The API key or the identity is missing or not known"},
    403: {**RESPONSES[403], "description": "A page of another origin asked, or this is not for who asks"},
}
_GONE: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


def _now() -> int:
    return time.time_ns() // 1_000_000


def add_notes(
    app: FastAPI, shelf: NoteShelf, posts: Posts, identities: Identities, teller: NoteTeller, metrics: Metrics
) -> None:
    writing, rating = Allowance(NOTES_AN_HOUR, "notes"), Allowance(RATINGS_AN_HOUR, "ratings")

    def one(note_id: str) -> Found:
        found = shelf.note(note_id)
        if found is None:
            raise RequestError(404, f"there is no note {note_id!r}", param="note_id")
        return found

    def told(found: Found, reader: Person | None, status: int = 200) -> Response:
        return json_response(teller.tell([found], reader)[0], status)

    @app.post(
        "/v1/identities",
        tags=["notes"],
        status_code=201,
        responses={201: {"model": IdentityBody}, **_REFUSED, **TOO_MANY, **UNAVAILABLE},
        response_model=None,
    )
    def make_identity(request: Request) -> Response:
        """A new local identity. Its secret is told this once: keep it, and send it as `TruthGPT-Identity`."""
        person, secret = identities.make(shelf, request)
        return json_response({"id": person.id, "secret": secret}, 201)

    @app.get(
        "/v1/notes",
        tags=["notes"],
        responses={200: {"model": NotesBody}, **_REFUSED, **UNAVAILABLE},
        response_model=None,
        openapi_extra=OPTIONAL,
    )
    def list_notes(
        request: Request,
        post_id: Annotated[list[PostId] | None, Query(max_length=POSTS_AT_ONCE)] = None,
        status: decision.Status | None = None,
        limit: Annotated[
            int | None, Query(ge=1, le=100, description=f"{USUAL_LIMIT} where it is not given")
        ] = None,
        cursor: Annotated[
            str | None, Query(pattern=_CURSOR, description="`next` of the page before, for the page after it")
        ] = None,
    ) -> Response:
        """All notes of the posts named by `post_id`, helpful ones first; or the latest of all, a page at a time."""
        reader = identities.reader(request)
        if not post_id:
            found, following = _page(shelf, limit or USUAL_LIMIT, cursor, status)
            return json_response({"notes": teller.tell(found, reader), "next": following})
        if any(asked is not None for asked in (status, limit, cursor)):
            raise RequestError(
                400,
                "post_id: all notes of a post are given; ask without status, limit and cursor",
                param="post_id",
            )
        of_posts = shelf.of_posts(post_id)
        notes = [each for one_post in dict.fromkeys(post_id) for each in of_posts.get(one_post, [])]
        return json_response({"notes": teller.tell(notes, reader), "next": None})

    @app.post(
        "/v1/notes",
        tags=["notes"],
        status_code=201,
        responses={
            201: {"model": NoteBody},
            **_REFUSED,
            **NOT_FOUND,
            **CONFLICT,
            **TOO_LARGE,
            **TOO_MANY,
            **UNAVAILABLE,
        },
        response_model=None,
        openapi_extra=NEEDED,
    )
    def write(request: Request, body: WriteRequest) -> Response:
        """Adds a note to a post. A person may have one note on each."""
        author = identities.writer(request)
        if not posts.get([body.post_id]):
            raise RequestError(404, f"there is no post {body.post_id!r}", param="post_id")
        writing.take(author.id)
        try:
            note = shelf.write(author.id, body.post_id, body.classification, body.text, _now())
        except BadInputError as error:
            there = shelf.of_posts([body.post_id]).get(body.post_id, [])
            if any(note.author == author.id for note, _ in there):
                raise RequestError(409, str(error), param="post_id", code="note_exists") from None
            raise RequestError(400, f"text: {error}", param="text") from None
        metrics.notes_written.inc()
        return told((note, None), author, 201)

    @app.get(
        "/v1/notes/{note_id}",
        tags=["notes"],
        responses={200: {"model": NoteBody}, **_REFUSED, **NOT_FOUND, **UNAVAILABLE},
        response_model=None,
        openapi_extra=OPTIONAL,
    )
    def read(request: Request, note_id: NoteId) -> Response:
        """One note."""
        return told(one(note_id), identities.reader(request))

    @app.delete(
        "/v1/notes/{note_id}",
        tags=["notes"],
        status_code=204,
        responses={**_GONE, **_REFUSED, **NOT_FOUND, **UNAVAILABLE},
        response_model=None,
        openapi_extra=NEEDED,
    )
    def delete(request: Request, note_id: NoteId) -> Response:
        """Takes a note back, by its author alone; its text is erased."""
        author = identities.writer(request)
        note, _ = one(note_id)
        if note.author != author.id:
            raise RequestError(
                403, "a note is taken back by its author alone", param="note_id", code="not_the_author"
            )
        shelf.delete(note_id, author.id)
        return Response(status_code=204)

    @app.put(
        "/v1/notes/{note_id}/rating",
        tags=["notes"],
        responses={
            200: {"model": NoteBody},
            **_REFUSED,
            **NOT_FOUND,
            **TOO_LARGE,
            **TOO_MANY,
            **UNAVAILABLE,
        },
        response_model=None,
        openapi_extra=NEEDED,
    )
    def rate(request: Request, note_id: NoteId, body: RateRequest) -> Response:
        """Rates a note of somebody else; a later rating takes the place of an earlier one."""
        rater = identities.writer(request)
        note, _ = one(note_id)
        if note.author == rater.id:
            raise RequestError(403, "a note is not rated by its author", param="note_id", code="own_note")
        rating.take(rater.id)
        shelf.rate(note_id, rater.id, body.level, body.tags, _now())
        metrics.ratings.labels(body.level).inc()
        return told(one(note_id), rater)

    @app.delete(
        "/v1/notes/{note_id}/rating",
        tags=["notes"],
        status_code=204,
        responses={**_GONE, **_REFUSED, **NOT_FOUND, **TOO_MANY, **UNAVAILABLE},
        response_model=None,
        openapi_extra=NEEDED,
    )
    def unrate(request: Request, note_id: NoteId) -> Response:
        """Takes a rating back; harmless where there is none."""
        rater = identities.writer(request)
        one(note_id)
        rating.take(rater.id)
        shelf.unrate(note_id, rater.id)
        return Response(status_code=204)


def _page(
    shelf: NoteShelf, limit: int, cursor: str | None, status: decision.Status | None
) -> tuple[list[Found], str | None]:
    """The latest notes after `cursor`, and the cursor of those after them."""
    before = None
    if cursor:
        created_at, _, note_id = cursor.partition("-")
        before = int(created_at), note_id
    found = list(shelf.latest(limit + 1, before, status))
    if len(found) <= limit:
        return found, None
    last = found[limit - 1][0]
    return found[:limit], f"{last.created_at}-{last.id}"
