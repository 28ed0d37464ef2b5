"""Binding and stopping: a busy port is one line, a signal ends the server soon, also when a model does not come back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_fakes import Fakes

from truthgpt.errors import BadInputError, BusyError
from truthgpt.server.serve import check_binding, listen, serve

SERVER = """
import sys, time
from server_fakes import Fakes, scripted
from truthgpt.server.serve import listen, serve

def stuck(question):
    yield next(scripted(question))
    time.sleep(60)

fakes = Fakes()
fakes.answerer.script = stuck
with listen("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], flush=True)
    serve(fakes.app(), listener)
print("stopped", flush=True)
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def test_a_busy_port_is_one_line_that_names_it_and_the_way_out() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(BusyError, match=rf"^port {port} on 127\.0\.0\.1 is in use; .*--port$"):
            listen("127.0.0.1", port)
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port"),
    [("no.such.host.invalid", 0), ("203.0.113.7", 0), ("127.0.0.1", 99_999), ("127.0.0.1", -1)],
)
def test_an_address_that_cannot_be_bound_is_one_line(host: str, port: int) -> None:
    with pytest.raises(BadInputError, match=r"--(host|port)") as raised:
        listen(host, port)
    assert "\n" not in str(raised.value)


def test_an_open_socket_without_a_key_is_not_served() -> None:
    check_binding("0.0.0.0", "key")
    with listen("0.0.0.0", 0) as listener, pytest.raises(BadInputError, match="API key"):
        serve(Fakes().app(), listener)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_with_streams_open(
    server: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert server.stdout is not None
    assert server.stderr is not None
    address = f"http://127.0.0.1:{int(server.stdout.readline())}"
    with (
        httpx.Client(base_url=address, timeout=60) as web,
        web.stream("POST", "/v1/ask", json={"question": "a?"}) as running,
        web.stream("POST", "/v1/ask", json={"question": "b?"}) as waiting,
    ):
        texts = running.iter_text()
        assert "event: decision" in next(texts)
        server.send_signal(number)
        told = "the server is stopping; ask again when it is back"
        assert told in "".join(texts)
        assert told in waiting.read().decode()
        assert server.wait(timeout=60) == 0
    assert server.stdout.read() == "stopped\n"
    assert server.stderr.read() == "", "the server says nothing by itself"
