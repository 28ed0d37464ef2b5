"""Errors over HTTP: one JSON shape for all, that of OpenAI's API, each with a message of one line."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from truthgpt.database import UnavailableError
from truthgpt.errors import BadInputError, BusyError, TruthGPTError
from truthgpt.oversight.pause import PausedError

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
"""What `Retry-After` tells a client that found the queue full."""

PAUSED = "paused"
"""The `code` of the error where answers are paused."""

NO_RETRY = {"x-should-retry": "false"}
"""Keeps OpenAI's clients, which ask again after a 503, from doing so: a pause lasts."""

_MESSAGE_LIMIT = 500
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None
    position: int | None = None
    """Of a query that cannot be read, the place of the character at fault, from 0; elsewhere it is not there."""
    reason: str | None = None
    """Where the code is `paused`, why; elsewhere it is not there, nor is `since`, the time (UTC) from which."""
    since: str | None = None


class ErrorBody(BaseModel):
    error: ErrorDetail


class RequestError(HTTPException):
    """A request answered with an error; `param` names the field at fault, `code` is OpenAI's word for it, or `query_` and
    what is wrong with a query, and `position` the place in it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        position: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.param = param
        self.code = code
        self.position = position


def one_line(text: str) -> str:
    """`text` on one line of at most 500 characters."""
    return " ".join(text.split())[:_MESSAGE_LIMIT]


def error_body(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    position: int | None = None,
) -> dict[str, Any]:
    """The JSON of an error; the type follows from the status."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    place = {} if position is None else {"position": position}
    return {"error": {"message": one_line(message), "type": kind, "param": param, "code": code, **place}}


def error_response(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    position: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    # json escapes what is not ASCII, so that even a lone surrogate quoted from a request can be sent.
    body = json.dumps(error_body(status, message, param=param, code=code, position=position)).encode("ascii")
    return Response(body, status, dict(headers or {}), media_type="application/json")


def status_of(error: TruthGPTError) -> int:
    """400 for what the caller gave, 503 for what is missing or busy here."""
    return 400 if isinstance(error, BadInputError) else 503


def describe(error: Exception) -> tuple[int, str]:
    """Status and message for an error that ended an answer; what was not foreseen stays in the log."""
    if isinstance(error, RequestError):
        return error.status_code, str(error.detail)
    if isinstance(error, TruthGPTError):
        return status_of(error), public(error)
    return 500, "the answer failed inside the server; its log says why"


def public(error: TruthGPTError) -> str:
    """What callers are told: no path or name of this machine's database, which the log has."""
    if isinstance(error, UnavailableError):
        log.warning("%s", error)
        return error.public
    return str(error)


def why_paused(error: Exception) -> dict[str, str]:
    """What an error says beside its message where answers are paused; nothing elsewhere."""
    if not isinstance(error, PausedError):
        return {}
    return {"code": PAUSED, "reason": error.paused.reason, "since": error.paused.since.isoformat()}


def failure_body(error: Exception) -> dict[str, Any]:
    """The JSON of an error that ended an answer."""
    body = error_body(*describe(error))
    body["error"].update(why_paused(error))
    return body


def from_truthgpt(error: TruthGPTError) -> Response:
    if isinstance(error, PausedError):
        return Response(json.dumps(failure_body(error)), 503, dict(NO_RETRY), media_type="application/json")
    headers = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, BusyError) else None
    return error_response(status_of(error), public(error), headers=headers)


def _methods(app: FastAPI, request: Request) -> set[str]:
    """The methods that the app's routes take at a request's address."""
    matching = (route for route in app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in matching for method in getattr(route, "methods", None) or ()}


def _place(loc: Sequence[int | str], body: Any, missing: bool) -> tuple[str, ...]:
    """Where in a request `loc` is: names of fields and indexes, without what Pydantic adds for its own types.

    What is no key or index of the request is such an addition, but for the last part of a field that is `missing`.
    """
    source, *rest = loc
    if source != "body":
        return tuple(str(part) for part in rest[:1])
    place = []
    for number, part in enumerate(rest):
        index = isinstance(part, int) and isinstance(body, list) and part < len(body)
        if index or (isinstance(body, dict) and part in body):
            body = body[part]
        elif not (missing and number == len(rest) - 1):
            continue
        place.append(str(part))
    return tuple(place)


def _plainest(error: RequestValidationError) -> tuple[dict[str, Any], str | None]:
    """The error of a request's first bad field that says most, and the field's path.

    Where a field takes several forms, each has its error: that of the form that came furthest is meant, and among
    equals one about the value rather than its type.
    """
    errors = [dict(each) for each in error.errors()]
    places = [_place(each["loc"], error.body, each["type"] == "missing") for each in errors]
    same = [number for number, place in enumerate(places) if place[:1] == places[0][:1]]
    best = max(same, key=lambda number: (len(places[number]), not errors[number]["type"].endswith("_type")))
    return errors[best], ".".join(places[best]) or None


def install(app: FastAPI) -> None:
    """Makes `app` answer every error in this module's shape."""

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == 405:  # the router names only the methods of the first route at this address
            headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        return error_response(
            error.status_code,
            str(error.detail),
            param=getattr(error, "param", None),
            code=getattr(error, "code", None),
            position=getattr(error, "position", None),
            headers=headers,
        )

    async def validation_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first, param = _plainest(error)
        if first["type"] == "json_invalid":
            return error_response(
                400, f"the body is not JSON: {first.get('ctx', {}).get('error', first['msg'])}"
            )
        return error_response(400, f"{param or 'the body'}: {first['msg']}", param=param)

    async def truthgpt_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, TruthGPTError)
        return from_truthgpt(error)

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(TruthGPTError, truthgpt_error)
