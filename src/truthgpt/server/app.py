"""The HTTP service put together: services in, an ASGI app out.

app = create_app(services)                                  # loopback only, no key
app = create_app(services, host="0.0.0.0", api_key="…")     # `Authorization: Bearer …` on /v1 and /metrics
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from truthgpt import __version__
from truthgpt.server import errors
from truthgpt.server.ask import Asking, add_ask
from truthgpt.server.chat import Chat, add_chat
from truthgpt.server.clicks import add_clicks
from truthgpt.server.identity import Identities
from truthgpt.server.inspectors import SCHEME
from truthgpt.server.jobs import Jobs
from truthgpt.server.metrics import Measure, Metrics
from truthgpt.server.models import add_models
from truthgpt.server.note_bodies import NoteTeller
from truthgpt.server.notes import add_notes
from truthgpt.server.oversight import add_oversight
from truthgpt.server.pages import add_pages
from truthgpt.server.pausing import Watch, halted_by
from truthgpt.server.scoring import Scoring
from truthgpt.server.search import add_search
from truthgpt.server.security import Guard, check_binding, needs_key
from truthgpt.server.services import Services
from truthgpt.server.streams import ClientGoneError
from truthgpt.server.system import add_system
from truthgpt.server.trends import add_trends

LOCAL_WORKERS = 1
"""Answers made at once with a model of this machine, which is one."""

WAITING = 64
"""Questions that may wait behind those; the next gets 503 with `Retry-After`."""


def create_app(
    services: Services,
    *,
    api_key: str | None = None,
    host: str = "127.0.0.1",
    workers: int = LOCAL_WORKERS,
    user_header: str | None = None,
) -> FastAPI:
    """The service over `services`, to be bound to `host`.

    `workers` answers are made at once: more than one only helps when the model runs elsewhere. `user_header` is the header
    in which a proxy names whom it signed in. Raises `BadInputError` when `host` is not loopback and there is no `api_key`, and
    when no header can have that name.
    """
    check_binding(host, api_key)
    jobs = Jobs(workers=workers, waiting=WAITING, halted=halted_by(services.halt))
    watch = Watch(services.halt, jobs, services.pause)
    metrics = Metrics()
    metrics.watch_waiting(lambda: jobs.waiting)
    asking = Asking(services, jobs, metrics)
    identities = Identities(services.notes, user_header)
    teller = NoteTeller(services.notes, identities)
    scoring = Scoring(services.score, metrics) if services.score else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        watch.start()
        if services.log:
            services.log.start()
        if scoring:
            scoring.start()
        yield
        if scoring:
            scoring.stop()
        watch.stop()
        jobs.stop()
        if services.log:
            await anyio.to_thread.run_sync(services.log.stop)

    app = FastAPI(
        title="TruthGPT",
        version=__version__,
        description="Answers from posts, every sentence cited, checked and calibrated.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.api_key = api_key
    app.state.jobs = jobs
    app.state.metrics = metrics
    add_ask(app, asking)
    add_search(app, services, teller)
    add_trends(app, services)
    if services.clicks is not None:
        add_clicks(app, services.clicks)
    if services.notes is not None:
        add_notes(app, services.notes, services.posts, identities, teller, metrics)
    add_chat(app, Chat(asking, services.engine, jobs, services.log))
    add_models(app, services)
    add_system(app, services, metrics)
    if services.data is not None:
        add_oversight(app, services, services.data)
    add_pages(app)
    errors.install(app)
    app.add_exception_handler(ClientGoneError, _client_gone)
    # The last added is the outermost: what the guard refuses is measured too.
    app.add_middleware(Guard, host=host, api_key=api_key)
    app.add_middleware(Measure, metrics=metrics)
    _describe(app, identities.scheme, with_key=api_key is not None)
    return app


async def _client_gone(_: Request, __: Exception) -> Response:
    """Nobody reads this; the status is for the metrics."""
    return Response(status_code=499)


def _describe(app: FastAPI, identity: dict[str, Any], *, with_key: bool) -> None:
    """Makes `/openapi.json` true: validation errors are 400 in the one error shape, and the key and identities are named."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            schema["components"]["securitySchemes"] = {"identity": identity, "inspector": SCHEME}
            if with_key:
                schema["components"]["securitySchemes"]["key"] = {"type": "http", "scheme": "bearer"}
                for path, operations in schema["paths"].items():
                    if needs_key(path):
                        for operation in operations.values():
                            either = operation.get("security", [{}])
                            operation["security"] = [{"key": [], **each} for each in either]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
