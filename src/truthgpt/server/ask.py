"""`/v1/ask`: a question in, the events of its answer as they are made, or the whole answer, out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import anyio.to_thread
import orjson
from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sse_starlette import ServerSentEvent

from truthgpt.answer.schema import Answer, AnswerEvent, Event
from truthgpt.oversight.answers import Asked
from truthgpt.oversight.pause import PausedError
from truthgpt.server.errors import NO_RETRY, RequestError, describe, one_line, why_paused
from truthgpt.server.fields import (
    MODEL,
    NOT_FOUND,
    RESPONSES,
    STREAM,
    TOO_LARGE,
    UNAVAILABLE,
    Jurisdiction,
    Model,
    Question,
    checked_question,
)
from truthgpt.server.jobs import Job, Jobs
from truthgpt.server.metrics import Metrics
from truthgpt.server.services import Services
from truthgpt.server.streams import JobStream, collect

UNCERTIFIED = "uncertified"
"""The `code` of the error where the model's certificate does not hold any more."""

UNLOGGED = "unlogged"
"""The `code` of the error where an answer could not be logged."""

LAST_EVENT_ID = "end"
"""The id of a stream's last event: an EventSource that reconnects with it is told to stay away."""


class AskRequest(BaseModel):
    question: Question
    model: Model = None
    jurisdiction: Jurisdiction = None
    stream: bool = True


async def server_sent(job: Job[Event]) -> AsyncIterator[ServerSentEvent]:
    """An answer's events as server-sent ones; what goes wrong on the way is a last `error` event."""
    try:
        async for event in job:
            last = LAST_EVENT_ID if isinstance(event, AnswerEvent) else None
            yield ServerSentEvent(event.model_dump_json(), event=event.event, id=last, sep="\n")
    except Exception as error:
        data = orjson.dumps({"error": one_line(describe(error)[1]), **why_paused(error)}).decode()
        yield ServerSentEvent(data, event="error", id=LAST_EVENT_ID, sep="\n")


class Asking:
    """Puts questions into the line before the model."""

    def __init__(self, services: Services, jobs: Jobs, metrics: Metrics) -> None:
        self._services = services
        self._jobs = jobs
        self._metrics = metrics

    async def submit(self, question: str, jurisdiction: str | None = None) -> Job[Event]:
        """The question's job. Raises what the answerer refuses at once, while there still is a status to send."""
        self.check_running()
        self.check_logged()
        certificate = await self.check_certified()
        started = time.perf_counter()
        ask = partial(self._services.answerer.ask, question, jurisdiction=jurisdiction)
        events = await anyio.to_thread.run_sync(ask)
        if (log := self._services.log) is not None:
            events = log.cited(events, Asked(question, jurisdiction or "", certificate))
        return self._jobs.submit(lambda: self._metrics.observe(events, started))

    def check_running(self) -> None:
        """Raises `PausedError` where answers are paused."""
        if (paused := self._services.halt()) is not None:
            raise PausedError(paused)

    def check_logged(self) -> None:
        """Raises `RequestError` where an answer could not be logged: what nobody can look into later is not given."""
        if (log := self._services.log) is not None and (why := log.failure()):
            raise RequestError(
                503,
                f"answers cannot be logged now ({why}): nothing new is answered until they can; search goes on",
                code=UNLOGGED,
                headers=NO_RETRY,
            )

    async def check_certified(self) -> str:
        """The certificate's id, empty where the model needs none. Raises `RequestError` where it does not hold any more."""
        standing = await anyio.to_thread.run_sync(self._services.standing)
        if standing.state == "refused":
            raise RequestError(
                503,
                "the model's certificate does not hold any more: nothing new is answered until there is another; search goes on",
                code=UNCERTIFIED,
                headers=NO_RETRY,
            )
        return standing.certificate

    def check_model(self, model: str | None) -> None:
        engine = self._services.engine
        if model not in (None, MODEL, engine.name if engine else MODEL):
            raise RequestError(
                404,
                f"there is no model {model!r} here; /v1/models lists them",
                param="model",
                code="model_not_found",
            )

    async def answer(self, request: Request, question: str, jurisdiction: str | None = None) -> Answer:
        """The whole answer; stops the model when the client goes."""
        events = await collect(request, await self.submit(question, jurisdiction))
        if not events or not isinstance(events[-1], AnswerEvent):
            raise RequestError(500, "the answer ended before it was whole")
        return events[-1].answer


def add_ask(app: FastAPI, asking: Asking) -> None:
    responses = {**RESPONSES, **NOT_FOUND, **TOO_LARGE, **UNAVAILABLE}
    described = {
        "description": "Events decision, evidence, sentence, verdict, answer; not streamed, the answer",
        "content": {"text/event-stream": STREAM},
    }

    @app.post(
        "/v1/ask",
        tags=["answers"],
        responses={200: {**described, "model": Answer}, **responses},
        response_model=None,
    )
    async def ask(request: Request, body: AskRequest) -> Response:
        """Answers a question with cited, checked sentences."""
        question = checked_question(body.question)
        asking.check_model(body.model)
        if body.stream:
            job = await asking.submit(question, body.jurisdiction)
            return JobStream(job, server_sent(job))
        answer = await asking.answer(request, question, body.jurisdiction)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.get(
        "/v1/ask",
        tags=["answers"],
        responses={200: described, 204: {"description": "The stream that reconnects had ended"}, **responses},
        response_class=Response,
    )
    async def ask_by_address(
        question: Annotated[Question, Query()],
        jurisdiction: Annotated[Jurisdiction, Query()] = None,
        model: Annotated[Model, Query()] = None,
        last_event_id: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Response:
        """Answers a question as a stream, for `EventSource`."""
        if last_event_id == LAST_EVENT_ID:
            return Response(status_code=204)
        checked_question(question)
        asking.check_model(model)
        job = await asking.submit(question, jurisdiction)
        return JobStream(job, server_sent(job))
