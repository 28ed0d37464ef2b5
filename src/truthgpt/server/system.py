"""What the service says of itself: `/v1/status`, `/healthz`, `/metrics`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from truthgpt.server.fields import RESPONSES, UNAVAILABLE
from truthgpt.server.metrics import Metrics
from truthgpt.server.services import Services, Status


class Health(BaseModel):
    status: str = "ok"


_EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus' text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def add_system(app: FastAPI, services: Services, metrics: Metrics) -> None:
    @app.get("/v1/status", tags=["system"], responses={**RESPONSES, **UNAVAILABLE})
    def status() -> Status:
        """What is being served: version, model, posts, jurisdictions."""
        return services.status()

    @app.get("/healthz", tags=["system"], responses={421: RESPONSES[421]})
    async def healthz() -> Health:
        """200 while the server takes requests."""
        return Health()

    @app.get("/metrics", tags=["system"], responses={**_EXPOSITION, **RESPONSES}, response_class=Response)
    def read_metrics() -> Response:
        """Requests, seconds, sentences and waiting questions for Prometheus."""
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})
