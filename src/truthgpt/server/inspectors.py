"""Who reads as an inspector: a key as `Authorization: Bearer KEY`, asked for at every request and never in an address."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request

from truthgpt.errors import TruthGPTError
from truthgpt.oversight.inspectors import Inspector, Inspectors
from truthgpt.server.allowance import Allowance, network
from truthgpt.server.errors import RequestError

log = logging.getLogger(__name__)

READS_AN_HOUR: Final = 20_000
"""Requests of one inspector: a monitor that follows a log of a million entries asks for 8,000 tiles."""
WRONG_AN_HOUR: Final = 60
"""Keys that count for nothing, from one client address. A right key is let in all the same."""

SCHEME: Final[dict[str, Any]] = {
    "type": "http",
    "scheme": "bearer",
    "description": "an inspector's key, as `truthgpt inspector add` prints it",
}
"""The security scheme `inspector` of `/openapi.json`."""
NEEDED: Final[dict[str, Any]] = {"security": [{"inspector": []}]}

_ASK: Final = {"WWW-Authenticate": 'Bearer realm="inspectors"'}


class Door:
    """Lets inspectors in: a FastAPI dependency, after which the request's state says which `inspector` asks."""

    def __init__(self, inspectors: Inspectors) -> None:
        self._inspectors = inspectors
        self._reads = Allowance(READS_AN_HOUR, "requests of one inspector")
        self._wrong = Allowance(WRONG_AN_HOUR, "wrong keys")

    def __call__(self, request: Request) -> None:
        """Raises `RequestError`: 401 without a key that is known, 403 where it is over, 429 after too many."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise RequestError(
                401,
                "this needs an inspector's key, as Authorization: Bearer KEY",
                code="inspector_key_missing",
                headers=_ASK,
            )
        found = self._whose(key)
        if found is None:
            self._wrong.take(network(request.client.host if request.client else None))
            raise RequestError(
                401,
                "no inspector has this key; ask whoever runs this server for one",
                code="inspector_key_unknown",
                headers=_ASK,
            )
        if found.over(datetime.now(UTC)):
            raise RequestError(
                403,
                f"this key was good until {found.expires:%Y-%m-%d %H:%M} UTC; ask for a new one",
                code="inspector_key_over",
            )
        self._reads.take(found.hash)
        request.state.inspector = found

    def _whose(self, key: str) -> Inspector | None:
        try:
            return self._inspectors.whose(key)
        except TruthGPTError as error:
            log.warning("inspectors cannot be let in: %s", error)
            raise RequestError(
                503, "the list of inspectors cannot be read; the server's log says why"
            ) from None
