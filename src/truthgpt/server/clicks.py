"""`/v1/clicks`: which of the posts that a search found were opened, where whoever runs the server keeps that."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, Field

from truthgpt.errors import BadInputError
from truthgpt.search.clicks import LONGEST_ID, MOST_SHOWN, ClickLog, Impression
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import RESPONSES, TOO_LARGE, UNAVAILABLE, Question, Text, checked_question

Id = Annotated[Text, Field(min_length=1, max_length=LONGEST_ID)]


class ClickBody(BaseModel):
    """The ids of the posts that were `shown` for `query`, best first, from the first on, and of those that were `clicked`."""

    query: Question
    shown: Annotated[list[Id], Field(min_length=1, max_length=MOST_SHOWN)]
    clicked: Annotated[list[Id], Field(max_length=MOST_SHOWN)]


def add_clicks(app: FastAPI, log: ClickLog) -> None:
    @app.post(
        "/v1/clicks",
        tags=["posts"],
        status_code=204,
        response_class=Response,
        responses={**RESPONSES, **TOO_LARGE, **UNAVAILABLE},
    )
    def clicked(body: ClickBody) -> Response:
        """Tell which hits of a search were opened, once for a search: `truthgpt ranker learn` orders searches by it. Kept is what
        is told here and nothing of who tells it."""
        checked_question(body.query, "query")
        try:
            log.add(Impression.of(body.model_dump()))
        except BadInputError as error:
            raise RequestError(400, str(error), param=str(error).split(":")[0]) from None
        return Response(status_code=204)
