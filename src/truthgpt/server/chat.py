"""`/v1/chat/completions` as OpenAI's: the cited answer as text, or the raw, unchecked model by its name."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio.to_thread
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from truthgpt.answer.schema import AnswerEvent, DecisionEvent, Event, VerdictEvent
from truthgpt.language.engine import Engine
from truthgpt.oversight.answers import AnswerLog
from truthgpt.server.ask import Asking
from truthgpt.server.errors import RequestError, failure_body
from truthgpt.server.fields import (
    MODEL,
    NOT_FOUND,
    RESPONSES,
    STREAM,
    TOO_LARGE,
    UNAVAILABLE,
    checked_question,
)
from truthgpt.server.jobs import Job, Jobs
from truthgpt.server.openai_schema import ChatRequest
from truthgpt.server.render import TextAnswer, render
from truthgpt.server.search import json_response
from truthgpt.server.streams import JobStream, collect

_BYTES_PER_TOKEN = 4


def token_count(engine: Engine | None, text: str) -> int:
    """Tokens in `text` by the engine, or estimated at four bytes each where there is none."""
    return engine.count_tokens(text) if engine else -(-len(text.encode()) // _BYTES_PER_TOKEN)


class Completion:
    """Writes one completion, whole or in chunks."""

    def __init__(self, model: str, prompt_tokens: int) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self._prompt_tokens = prompt_tokens

    def usage(self, completion_tokens: int) -> dict[str, int]:
        return {
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self._prompt_tokens + completion_tokens,
        }

    def whole(self, text: str, finish: str, tokens: int, **extra: object) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self.usage(tokens),
            **extra,
        }

    def chunk(self, delta: dict[str, str] | None, finish: str | None, **extra: object) -> ServerSentEvent:
        """A chunk that adds `delta`; None makes the chunk without choices that carries the usage."""
        choices = (
            [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        )
        return _data({**self._head, "object": "chat.completion.chunk", "choices": choices, **extra})


def _data(value: object) -> ServerSentEvent:
    return ServerSentEvent(orjson.dumps(value).decode(), sep="\n")


def raw_text(engine: Engine, request: ChatRequest, room: int) -> Iterator[str]:
    """The raw model's pieces of text."""
    return engine.stream([message.message() for message in request.messages], request.sampling(room))


def _room(engine: Engine, request: ChatRequest) -> tuple[int, int]:
    """Tokens of the prompt, and those left for the completion. Raises `RequestError` when none are."""
    prompt = sum(engine.count_tokens(message.text()) for message in request.messages)
    if prompt >= engine.context:
        raise RequestError(
            400,
            f"messages: {prompt} tokens do not fit this model's context of {engine.context}",
            param="messages",
            code="context_length_exceeded",
        )
    return prompt, engine.context - prompt


async def _answer_pieces(job: Job[Event]) -> AsyncIterator[str]:
    """A cited answer's text as its sentences are verified; the last piece completes it."""
    text = TextAnswer()
    async for event in job:
        if isinstance(event, DecisionEvent) and event.decision.care is not None:
            yield text.help(event.decision)
        elif isinstance(event, VerdictEvent) and event.shown:
            yield text.sentence(event.sentence)
        elif isinstance(event, AnswerEvent):
            yield text.rest(event.answer)


class Chat:
    """The two kinds of completion over one line before the model."""

    def __init__(
        self, asking: Asking, engine: Engine | None, jobs: Jobs, log: AnswerLog | None = None
    ) -> None:
        self._asking = asking
        self._engine = engine
        self._jobs = jobs
        self._log = log

    async def respond(self, request: Request, body: ChatRequest) -> Response:
        self._asking.check_running()
        body.check()
        if body.model == MODEL:
            return await self._cited(request, body)
        if self._engine is not None and body.model == self._engine.name:
            return await self._raw(request, body, self._engine)
        raise RequestError(
            404,
            f"there is no model {body.model!r} here; /v1/models lists them",
            param="model",
            code="model_not_found",
        )

    async def _cited(self, request: Request, body: ChatRequest) -> Response:
        question = checked_question(body.question(), "messages")
        prompt = await anyio.to_thread.run_sync(token_count, self._engine, question)
        completion = Completion(MODEL, prompt)
        if body.stream:
            job = await self._asking.submit(question)
            return JobStream(job, self._chunks(completion, body, _answer_pieces(job), None))
        answer = await self._asking.answer(request, question)
        text = render(answer)
        tokens = await anyio.to_thread.run_sync(token_count, self._engine, text)
        return json_response(completion.whole(text, "stop", tokens, truthgpt=answer.model_dump(mode="json")))

    async def _raw(self, request: Request, body: ChatRequest, engine: Engine) -> Response:
        self._asking.check_logged()
        certificate = await self._asking.check_certified()
        prompt, room = await anyio.to_thread.run_sync(_room, engine, body)
        completion = Completion(engine.name, prompt)
        limit = body.sampling(room).max_tokens
        job = self._jobs.submit(lambda: self._logged(raw_text(engine, body, room), body, certificate))
        if body.stream:
            return JobStream(job, self._chunks(completion, body, aiter(job), limit))
        text = "".join(await collect(request, job))
        tokens = await anyio.to_thread.run_sync(token_count, engine, text)
        return json_response(completion.whole(text, _finish(tokens, limit), tokens))

    def _logged(self, pieces: Iterator[str], body: ChatRequest, certificate: str) -> Iterator[str]:
        if self._log is None:
            return pieces
        messages = [{"role": turn.role, "content": turn.text()} for turn in body.messages]
        return self._log.raw(pieces, messages, certificate)

    async def _chunks(
        self, completion: Completion, body: ChatRequest, pieces: AsyncIterator[str], limit: int | None
    ) -> AsyncIterator[ServerSentEvent]:
        with_usage = body.stream_options is not None and body.stream_options.include_usage
        extra: dict[str, object] = {"usage": None} if with_usage else {}
        yield completion.chunk({"role": "assistant", "content": ""}, None, **extra)
        written: list[str] = []
        try:
            async for piece in pieces:
                if piece:
                    written.append(piece)
                    yield completion.chunk({"content": piece}, None, **extra)
            tokens = await anyio.to_thread.run_sync(token_count, self._engine, "".join(written))
        except Exception as error:
            yield _data(failure_body(error))
            return
        yield completion.chunk({}, _finish(tokens, limit), **extra)
        if with_usage:
            yield completion.chunk(None, None, usage=completion.usage(tokens))
        yield ServerSentEvent("[DONE]", sep="\n")


def _finish(tokens: int, limit: int | None) -> str:
    """`length` when the text is as long as was allowed, else `stop`."""
    return "length" if limit is not None and tokens >= limit else "stop"


def add_chat(app: FastAPI, chat: Chat) -> None:
    described: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "A chat completion as OpenAI's, or its chunks when streamed; "
            "with the model `truthgpt` the field `truthgpt` holds the whole answer",
            "content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": STREAM},
        },
        **RESPONSES,
        **NOT_FOUND,
        **TOO_LARGE,
        **UNAVAILABLE,
    }

    @app.post("/v1/chat/completions", tags=["OpenAI"], responses=described, response_model=None)
    async def chat_completions(request: Request, body: ChatRequest) -> Response:
        """`truthgpt` answers the last message with citations; an engine's own name is the unchecked model."""
        return await chat.respond(request, body)
