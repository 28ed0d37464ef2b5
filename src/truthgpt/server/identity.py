"""Who asks: a local identity by its secret, or whoever a trusted proxy signed in.

A local identity is a secret that the server makes and the client keeps, sent as `TruthGPT-Identity: SECRET`. Where a proxy
signs people in, it names them in a header that only it can set, and local identities count for nothing. Both come in headers
that a browser sends to no other origin by itself, and never in an address, which logs keep.
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import Request

from truthgpt.errors import BadInputError
from truthgpt.notes.stored import Person
from truthgpt.server.allowance import Allowance, network
from truthgpt.server.errors import RequestError
from truthgpt.server.services import NoteShelf

IDENTITY = "TruthGPT-Identity"

IDENTITIES_AN_HOUR = 30
"""Local identities that one client address may have made."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header (RFC 9110, 5.6.2)."""

NEEDED: dict[str, Any] = {"security": [{"identity": []}]}
"""How an operation that needs an identity says so in `/openapi.json`."""
OPTIONAL: dict[str, Any] = {"security": [{}, {"identity": []}]}


class Identities:
    """Tells who asks. Raises `BadInputError` for a `user_header` that no header is named."""

    def __init__(self, shelf: NoteShelf | None, user_header: str | None = None) -> None:
        if user_header and (not _TOKEN.fullmatch(user_header) or user_header.lower() == IDENTITY.lower()):
            raise BadInputError(
                f"{user_header!r} cannot be the header of a proxy that signs people in; "
                "set TRUTHGPT_USER_HEADER to a name such as X-Forwarded-User"
            )
        self._shelf = shelf
        self._user_header = user_header or None
        self._made = Allowance(IDENTITIES_AN_HOUR, "new identities")

    @property
    def scheme(self) -> dict[str, Any]:
        """The security scheme `identity` of `/openapi.json`."""
        told = "set by the proxy that signs people in" if self._user_header else "the secret of an identity"
        return {
            "type": "apiKey",
            "in": "header",
            "name": self._user_header or IDENTITY,
            "description": told,
        }

    def reader(self, request: Request) -> Person | None:
        """Who asks; None where that is not said or not known, which is no fault of a reader."""
        if self._shelf is None:
            return None
        if self._user_header:
            name = self._signed_in(request, self._user_header)
            return self._shelf.signed_in(name) if name else None
        secret = request.headers.get(IDENTITY, "")
        return self._shelf.person(secret) if secret else None

    def writer(self, request: Request) -> Person:
        """Who asks. Raises `RequestError` 401 where that is not said or not known."""
        person = self.reader(request)
        if person is not None:
            return person
        if self._user_header:
            code, message = "not_signed_in", "sign in first, at the proxy before this server"
        elif request.headers.get(IDENTITY):
            code = "identity_unknown"
            message = f"the identity in {IDENTITY} is not known here; POST /v1/identities makes a new one"
        else:
            code = "identity_missing"
            message = f"this needs an identity, as {IDENTITY}: SECRET; POST /v1/identities makes one"
        raise RequestError(401, message, code=code, headers={"WWW-Authenticate": IDENTITY})

    def make(self, shelf: NoteShelf, request: Request) -> tuple[Person, str]:
        """A new local identity and its secret. Raises `RequestError`: 403 where a proxy signs people in, 429 after too many."""
        if self._user_header:
            raise RequestError(
                403,
                "people are signed in by the proxy before this server; it takes no other identities",
                code="signed_in_by_proxy",
            )
        self._made.take(network(request.client.host if request.client else None))
        return shelf.new_person()

    def _signed_in(self, request: Request, header: str) -> str:
        """The outside name, empty where there is none. Raises `RequestError` where somebody else than the proxy gave one too."""
        names = request.headers.getlist(header)
        if len(names) > 1:
            raise RequestError(
                400, f"the header {header} came more than once; the proxy must replace what clients send"
            )
        raw = "".join(names).strip().encode("latin-1")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")
