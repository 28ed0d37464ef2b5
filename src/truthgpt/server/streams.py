"""Jobs as responses: a server-sent stream, or a whole that is given up when its client goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from truthgpt.server.jobs import Job

T = TypeVar("T")

PING_SECONDS = 10.0
"""How often a comment is sent, so that proxies and clients keep a waiting stream open."""


STOP_SECONDS = 1.0
"""How long open streams may take to end when the server stops."""


class ClientGoneError(Exception):
    """The client closed the connection before its answer was ready."""


class JobStream(EventSourceResponse):
    """A stream made from a job, which stops when the stream ends for whatever reason."""

    def __init__(self, job: Job[Any], events: AsyncIterator[ServerSentEvent]) -> None:
        super().__init__(
            events,
            ping=PING_SECONDS,
            # When the server stops, its jobs end their streams with an error; only what hangs then is cut off.
            shutdown_grace_period=STOP_SECONDS,
            sep="\n",
            ping_message_factory=lambda: ServerSentEvent(comment="waiting", sep="\n"),
        )
        self._job = job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._job.cancel()


async def collect(request: Request, job: Job[T]) -> list[T]:
    """All items of a job. Raises `ClientGoneError`, with the job stopped, when the client goes first."""

    async def items() -> list[T]:
        return [item async for item in job]

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    whole = asyncio.ensure_future(items())
    watch = asyncio.ensure_future(gone())
    try:
        await asyncio.wait({whole, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not whole.done():
            await watch
            raise ClientGoneError
        return whole.result()
    finally:
        job.cancel()
        whole.cancel()
        watch.cancel()
