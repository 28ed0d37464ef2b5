"""What the tests of models share: a small made-up GGUF file, a server to talk to, and the real default model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from gguf_files import tiny_gguf

from truthgpt import settings
from truthgpt.language.openvino_engine import OpenVINOEngine

Handler = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A whole GGUF file whose parts fit together (its numbers are all 0)."""
    path = tmp_path / "tiny.gguf"
    path.write_bytes(tiny_gguf())
    return path


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], str]]:
    """Starts HTTP servers on this machine that answer every request with the given function; their addresses."""
    servers: list[ThreadingHTTPServer] = []

    def start(handle: Handler) -> str:
        class Handle(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                handle(self)

            def do_POST(self) -> None:
                handle(self)

            def log_message(self, *_: object) -> None:
                """Says nothing: the test looks at what the client makes of it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handle)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients hang up on purpose
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def default_engine(default_model: Path) -> OpenVINOEngine:
    return OpenVINOEngine(default_model, settings.DEFAULT_MODEL)
