"""The fields that requests share, and the responses that operations promise."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from truthgpt.server.errors import ErrorBody, RequestError

QUESTION_LIMIT = 10_000
"""Characters that a question may have."""

MODEL = "truthgpt"
"""The name under which cited, checked answers are asked for."""


def well_formed(text: str) -> str:
    """Refuses lone surrogates, which JSON can spell and nothing below can encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds a lone surrogate, which is not text") from None
    return text


Text = Annotated[str, AfterValidator(well_formed)]
"""A string that can be encoded as UTF-8."""

# Told to clients here and checked by `checked_question`, for a long question is a 413 and an empty one a 400.
Question = Annotated[
    Text,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": QUESTION_LIMIT, "pattern": r"[^\s]"}),
]
Jurisdiction = Annotated[
    Text | None, Field(max_length=64, description="whose law decides, as /v1/status lists them")
]
Model = Annotated[
    Text | None, Field(max_length=200, description="`truthgpt`, or the name of the model behind it")
]

RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The request cannot be used as given"},
    401: {"model": ErrorBody, "description": "The API key is missing or wrong"},
    403: {"model": ErrorBody, "description": "A page of another origin asked"},
    421: {"model": ErrorBody, "description": "The Host header is not this server's"},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "Not found"}}
TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorBody, "description": "Question or body too long"}
}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": ErrorBody, "description": "There is one already"}}
TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {
        "model": ErrorBody,
        "description": "Too many in the last hour; `Retry-After` says when the next may come",
    }
}
EXPIRED: dict[int | str, dict[str, Any]] = {
    410: {"model": ErrorBody, "description": "The posts that the cursor is of are no longer kept"}
}
UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    500: {"model": ErrorBody, "description": "The server failed; its log says why"},
    503: {
        "model": ErrorBody,
        "description": "Answers are paused, too many questions wait, or something needed is missing",
    },
}
STREAM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "description": "server-sent events; the data is JSON",
        "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    }
}


def checked_question(question: str, param: str = "question") -> str:
    """The question, or a `RequestError`: 400 when it is empty, 413 when it is over the limit."""
    if not re.search(r"\S", question):
        raise RequestError(400, f"{param}: the question is empty", param=param)
    if len(question) > QUESTION_LIMIT:
        raise RequestError(
            413,
            f"{param}: the question has {len(question)} characters; {QUESTION_LIMIT} are allowed",
            param=param,
        )
    return question
