"""Running the service: a port of its own, and an end within two seconds of being asked to.

check_binding(host, api_key)
with listen(host, port) as listener:
    serve(create_app(services, host=host, api_key=api_key), listener)
"""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from truthgpt.errors import BadInputError, BusyError
from truthgpt.server.jobs import Jobs
from truthgpt.server.security import check_binding
from truthgpt.server.streams import STOP_SECONDS

__all__ = ["check_binding", "listen", "serve"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0: any free one); so a busy port is known before all else.

    Raises `BusyError` when another process holds the port, `BadInputError` when the address cannot be bound.
    """
    if not 0 <= port <= 65535:
        raise BadInputError(
            f"port {port} does not exist; choose --port from 1 to 65535, or 0 for any free one"
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
    except (OSError, UnicodeError):
        raise BadInputError(f"{host!r} is not an address of this machine; give --host 127.0.0.1") from None
    listener = socket.socket(family, kind, protocol)
    try:
        # Lets a restart take over a port whose old connections linger; a live listener still makes it busy.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BusyError(f"port {port} on {host} is in use; choose another with --port") from None
        raise BadInputError(
            f"cannot serve on {host} port {port}: {error.strerror}; choose another --host or --port"
        ) from None
    return listener


class _Server(uvicorn.Server):
    """Ends open answers first, so that stopping does not wait for a model."""

    def __init__(self, config: uvicorn.Config, jobs: Jobs) -> None:
        super().__init__(config)
        self._jobs = jobs

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._jobs.stop(timeout=0)
        await super().shutdown(sockets)


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serves `app` until SIGINT or SIGTERM, then returns. Prints nothing.

    Raises `BadInputError` when the socket is open to other machines and the app has no API key.
    """
    check_binding(listener.getsockname()[0], app.state.api_key)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(STOP_SECONDS),
    )
    server = _Server(config, app.state.jobs)
    with _stopped_by_signals(server):
        server.run(sockets=[listener])


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Makes signals stop the server also before it runs, and after it ran not end the process as well.

    uvicorn restores the handlers that it found and raises the signal again; these only stop the server.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
