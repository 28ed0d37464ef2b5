"""`/v1/models` and `/v1/embeddings` as OpenAI's."""

from __future__ import annotations

import base64
import time
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response

from truthgpt.oversight.pause import PausedError
from truthgpt.server.chat import token_count
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import MODEL, NOT_FOUND, RESPONSES, TOO_LARGE, UNAVAILABLE
from truthgpt.server.openai_schema import EmbeddingRequest
from truthgpt.server.search import json_response
from truthgpt.server.services import Services

EMBEDDING_MODEL = "truthgpt-embedding"
"""The name of the static vectors that search uses."""

_OBJECT: dict[str, Any] = {"content": {"application/json": {"schema": {"type": "object"}}}}


def add_models(app: FastAPI, services: Services) -> None:
    created = int(time.time())

    def known() -> dict[str, dict[str, Any]]:
        names = [MODEL, *([services.engine.name] if services.engine else []), EMBEDDING_MODEL]
        found: dict[str, dict[str, Any]] = {
            name: {"id": name, "object": "model", "created": created, "owned_by": "truthgpt"}
            for name in names
        }
        if services.engine is not None:
            standing = services.standing()
            said = {"state": standing.state, "certificate": standing.certificate, "expires": standing.expires}
            for name in (MODEL, services.engine.name):
                found[name]["inspection"] = said
        return found

    @app.get(
        "/v1/models",
        tags=["OpenAI"],
        responses={200: {"description": "The models as OpenAI lists them", **_OBJECT}, **RESPONSES},
        response_model=None,
    )
    def list_models() -> Response:
        """`truthgpt` gives cited answers; the engine's own name is the raw model; the last makes vectors."""
        return json_response({"object": "list", "data": list(known().values())})

    @app.get(
        "/v1/models/{model:path}",
        tags=["OpenAI"],
        responses={200: {"description": "One model", **_OBJECT}, **RESPONSES, **NOT_FOUND},
        response_model=None,
    )
    def get_model(model: str) -> Response:
        """One model by its name."""
        found = known().get(model)
        if found is None:
            raise RequestError(
                404,
                f"there is no model {model!r} here; /v1/models lists them",
                param="model",
                code="model_not_found",
            )
        return json_response(found)

    @app.post(
        "/v1/embeddings",
        tags=["OpenAI"],
        responses={
            200: {"description": "Vectors as OpenAI's", **_OBJECT},
            **RESPONSES,
            **NOT_FOUND,
            **TOO_LARGE,
            **UNAVAILABLE,
        },
        response_model=None,
    )
    def embeddings(body: EmbeddingRequest) -> Response:
        """Vectors of unit length for one text or many, by the static embedding that search uses."""
        if (paused := services.halt()) is not None:
            raise PausedError(paused)
        if body.model not in (MODEL, EMBEDDING_MODEL):
            raise RequestError(
                404,
                f"{body.model!r} makes no vectors; {EMBEDDING_MODEL} does",
                param="model",
                code="model_not_found",
            )
        if body.dimensions not in (None, services.embedding.dimensions):
            raise RequestError(
                400, f"dimensions: the vectors have {services.embedding.dimensions}", param="dimensions"
            )
        texts = [body.input] if isinstance(body.input, str) else body.input
        vectors = services.embedding.encode(texts).astype("<f4", copy=False)
        base64_wanted = body.encoding_format == "base64"
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(row.tobytes()).decode() if base64_wanted else row.tolist(),
            }
            for index, row in enumerate(vectors)
        ]
        # The vectors' tokens are not the engine's, so their number is an estimate.
        tokens = sum(token_count(None, text) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return json_response({"object": "list", "data": data, "model": EMBEDDING_MODEL, "usage": usage})
