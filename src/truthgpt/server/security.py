"""What stands before every request: headers, the Host and Origin checks, the API key, the limit on a body.

Pure ASGI, so that it also holds for streams, static files and errors. The threats: a page of another site
that talks to the loopback address (Origin, Sec-Fetch-Site), a name rebound to it (Host), a caller without the
key, a body without end.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truthgpt.errors import BadInputError
from truthgpt.server.errors import RequestError, error_response

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
"""Bytes that a request's body may have."""

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every response."""

_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 16 * BODY_LIMIT


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_binding(host: str, api_key: str | None) -> None:
    """Raises `BadInputError` when `host` is open to others and no API key guards it."""
    if not is_loopback(host) and not api_key:
        raise BadInputError(
            f"serving on {host} lets other machines in: set an API key with TRUTHGPT_API_KEY, "
            "or serve on 127.0.0.1"
        )


def _host_name(authority: str) -> str:
    """The name in `name:port` or `[v6]:port`."""
    if authority.startswith("["):
        return authority[: authority.find("]") + 1]
    return authority.rpartition(":")[0] if ":" in authority else authority


def needs_key(path: str) -> bool:
    """Whether the API key is asked for at `path`. Inspectors have keys of their own, which `server.inspectors` asks for."""
    inspected = path == "/v1/oversight" or path.startswith("/v1/oversight/")
    return path.startswith(("/v1", "/metrics")) and not inspected


class Guard:
    """ASGI middleware; see the module. `host` is the address that the server binds."""

    def __init__(self, app: ASGIApp, *, host: str, api_key: str | None) -> None:
        self._app = app
        self._key = api_key.encode() if api_key else None
        self._names = {"localhost", "127.0.0.1", "[::1]", host.lower()} if is_loopback(host) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store" if scope["path"].startswith("/v1") else "no-cache"
            await send(message)

        refusal = self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
            return
        body = _Body(receive)
        try:
            refusal = await body.refuse_declared(Headers(scope=scope))
            if refusal is not None:
                await refusal(scope, receive, send_with_headers)
                return
            await self._app(scope, body.receive, send_with_headers)
        except RequestError as error:  # a body over the limit that no handler was waiting for
            if not started:
                await error_response(error.status_code, str(error.detail))(scope, receive, send_with_headers)
        except Exception:
            # Caught here and not by Starlette's outermost layer, whose response would lack the headers above.
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await error_response(500, "the server failed on this request; its log says why")(
                scope, receive, send_with_headers
            )

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        path: str = scope["path"]
        host = headers.get("host", "").lower()
        if self._names is not None and _host_name(host) not in self._names:
            return error_response(421, "this server answers only to localhost, 127.0.0.1 and [::1]")
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host:
            return error_response(403, "requests from pages of another origin are refused")
        if path.startswith("/v1") and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return error_response(403, "requests from pages of another origin are refused")
        if self._key is not None and needs_key(path) and not self._authorised(headers):
            return error_response(
                401,
                "this needs the server's API key, as Authorization: Bearer KEY",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return None

    def _authorised(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("latin-1", "replace")
        assert self._key is not None
        return hmac.compare_digest(given, self._key) and scheme.lower() == "bearer"


class _Body:
    """A request's body under the limit, counted as it arrives: a missing length changes nothing."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > BODY_LIMIT:
                await self._drain(message)
                raise _too_large()
        return message

    async def refuse_declared(self, headers: Headers) -> Response | None:
        """A 413 for a body whose declared length is over the limit."""
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 20 and int(length) > BODY_LIMIT):
            return None
        if headers.get("expect", "").lower() != "100-continue":
            await self._drain({"type": "http.request", "body": b"", "more_body": True})
        error = _too_large()
        return error_response(error.status_code, str(error.detail))

    async def _drain(self, message: Message) -> None:
        """Throws away what still arrives, within bounds: closing on a sender would lose it the answer."""
        with anyio.move_on_after(_DRAIN_SECONDS):
            while (
                message["type"] == "http.request" and message.get("more_body") and self._read <= _DRAIN_BYTES
            ):
                message = await self._receive()
                self._read += len(message.get("body", b""))


def _too_large() -> RequestError:
    return RequestError(413, f"the body is larger than {BODY_LIMIT} bytes")
