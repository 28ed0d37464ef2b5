"""Whatever a model server does, the reader gets its text or one line that names the address and never the key."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.language.openai_engine import OpenAIEngine

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
ANY = OpenAIEngine("http://127.0.0.1:9/v1")
KEY = "sk-very-secret"
HELLO = [Message("system", "Be brief."), Message("user", "Hello?")]


def send(
    request: BaseHTTPRequestHandler, body: bytes, kind: str = "application/json", code: int = 200
) -> None:
    request.send_response(code)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def chunk(text: str | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text is not None else {}, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


DONE = chunk(None, "stop") + b"data: [DONE]\n\n"


def begin(request: BaseHTTPRequestHandler) -> None:
    """The head of a stream that ends when the connection does."""
    request.send_response(200)
    request.send_header("Content-Type", "text/event-stream")
    request.send_header("Connection", "close")
    request.end_headers()
    request.close_connection = True


def speak(*parts: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """A server that answers a chat with these bytes, and lists the models `first` and `second`."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.command == "GET":
            listed = [
                {"id": "first", "object": "model", "max_model_len": 9000},
                {"id": "second", "object": "model"},
            ]
            return send(request, json.dumps({"object": "list", "data": listed}).encode())
        begin(request)
        for part in parts:
            request.wfile.write(part)
            request.wfile.flush()
        return None

    return handle


def engine(address: str, model: str | None = "m", **options: Any) -> OpenAIEngine:
    return OpenAIEngine(f"{address}/v1", model, KEY, **options)


def failure(server: OpenAIEngine, sampling: Sampling | None = None) -> str:
    with pytest.raises(MissingError) as caught:
        list(server.stream(HELLO, sampling or Sampling()))
    text = str(caught.value)
    assert "http://127.0.0.1:" in text
    assert KEY not in text
    assert "\n" not in text
    return text


def test_streams_what_the_server_says(serve: Serve) -> None:
    server = engine(serve(speak(chunk("Hel"), chunk(""), chunk("lo "), chunk("你好"), DONE)))
    assert list(server.stream(HELLO, Sampling())) == ["Hel", "lo ", "你好"]


def test_asks_for_what_was_wanted(serve: Serve) -> None:
    asked: dict[str, Any] = {}

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.update(json.loads(request.rfile.read(int(request.headers["Content-Length"]))))
        asked["key"] = request.headers["Authorization"]
        speak(DONE)(request)

    sampling = Sampling(max_tokens=9, temperature=0.5, top_p=0.9, seed=7, stop=("a", "b", "c", "d", "e"))
    assert list(engine(serve(handle)).stream(HELLO, sampling)) == []
    assert asked["messages"][1] == {"role": "user", "content": "Hello?"}
    assert (asked["model"], asked["max_tokens"], asked["temperature"], asked["seed"]) == ("m", 9, 0.5, 7)
    assert asked["stop"] == ["a", "b", "c", "d"]
    assert asked["key"] == f"Bearer {KEY}"


def test_stop_strings_hold_where_the_server_ignores_them(serve: Serve) -> None:
    server = engine(serve(speak(chunk("one EN"), chunk("D two"), DONE)))
    assert "".join(server.stream(HELLO, Sampling(stop=("END",)))) == "one "


def test_the_first_model_is_used_where_none_is_named(serve: Serve) -> None:
    server = engine(serve(speak(chunk("x"), DONE)), model=None)
    assert (server.name, server.context) == ("first", 9000)
    assert engine(serve(speak()), model="second").context == 4096


def test_a_server_that_lists_no_models_is_used_by_name(serve: Serve) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.command == "GET":
            request.send_error(404)
        else:
            speak(chunk("x"), DONE)(request)

    server = engine(serve(handle))
    assert (server.context, list(server.stream(HELLO, Sampling()))) == (4096, ["x"])


def test_characters_cut_between_packets_arrive_whole(serve: Serve) -> None:
    data = chunk("né 你好 😀") + DONE
    server = engine(serve(speak(*(data[i : i + 1] for i in range(len(data))))))
    assert "".join(server.stream(HELLO, Sampling())) == "né 你好 😀"


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_a_failing_server_is_one_line(serve: Serve, code: int) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers["Content-Length"]))
        send(request, f'{{"error": {{"message": "bad key\\n{KEY}"}}}}'.encode(), code=code)

    failure(engine(serve(handle)))


@pytest.mark.parametrize(
    "body",
    [
        b"data: {broken\n\n",
        b"data: [1, 2]\n\n",
        b"data: 7\n\n",
        b'data: {"choices": 3}\n\n',
        b'data: {"choices": [{"delta": null}]}\n\n',
        b'data: {"error": {"message": "out of memory"}}\n\n',
        b"<html>Welcome to the router</html>",
        b"\xff\xfe\x00data: \xff\n\n",
        b"",
        chunk("half an ans"),
    ],
)
def test_nonsense_is_one_line(serve: Serve, body: bytes) -> None:
    failure(engine(serve(speak(body))))


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"data": null}', b'{"data": []}', b"<html>"])
def test_a_list_of_models_that_is_none_is_one_line(serve: Serve, body: bytes) -> None:
    server = engine(serve(lambda request: send(request, body)), model=None)
    failure(server)
    with pytest.raises(MissingError, match=r"http://127\.0\.0\.1:"):
        _ = server.name


def test_a_server_that_hangs_up_in_the_middle(serve: Serve) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Content-Length", "99999")
        request.end_headers()
        request.wfile.write(chunk("Hel"))
        request.close_connection = True

    stream = engine(serve(handle)).stream(HELLO, Sampling())
    assert next(stream) == "Hel"
    with pytest.raises(MissingError, match="in the middle"):
        next(stream)


def test_a_slow_server_times_out(serve: Serve) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        begin(request)
        request.wfile.write(chunk("a"))
        request.wfile.flush()
        time.sleep(1)

    assert "stopped in the middle" in failure(engine(serve(handle), read=0.5))
    assert "in time" in failure(engine(serve(lambda request: time.sleep(1)), read=0.2))


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert "cannot be reached" in failure(engine(address))


def test_closing_hangs_up_at_once(serve: Serve) -> None:
    gone = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        begin(request)
        try:
            while True:
                request.wfile.write(chunk("a"))
                request.wfile.flush()
                time.sleep(0.01)
        except OSError:
            gone.set()

    stream = engine(serve(handle)).stream(HELLO, Sampling())
    assert next(stream) == "a"
    stream.close()
    assert gone.wait(60)


def test_closing_wakes_a_thread_that_waits_for_a_silent_server(serve: Serve) -> None:
    go = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        begin(request)
        request.wfile.write(chunk("a"))
        request.wfile.flush()
        go.wait(60)

    stream = engine(serve(handle), read=30).stream(HELLO, Sampling())
    assert next(stream) == "a"
    time.sleep(0.1)
    stream.close()
    stream._thread.join(30)
    assert not stream._thread.is_alive()
    go.set()


@pytest.mark.parametrize(
    "address",
    ["ftp://host/v1", "http://", "http://host:99999/v1", "http://a b/v1", "http://me:pw@host/v1", "host", ""],
)
def test_an_address_of_no_use_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(BadInputError) as caught:
        OpenAIEngine(address)
    assert "pw" not in str(caught.value).replace("password", "")


@given(text=st.text(max_size=50))
def test_tokens_are_never_counted_too_few(text: str) -> None:
    # A byte-level tokenizer makes at most one token of a byte; the estimate for words stays above what they make.
    estimate = ANY.count_tokens(text)
    assert estimate <= len(text.encode("utf-8", "replace"))
    assert (estimate > 0) == bool(text)


def told(*likely: tuple[str, float], content: bool = True) -> Callable[[BaseHTTPRequestHandler], None]:
    """A server whose next token has these probabilities."""
    top = [{"token": token, "logprob": chance, "bytes": None} for token, chance in likely]
    first = {"token": "A", "logprob": 0.0, "bytes": None, "top_logprobs": top}
    choice = {
        "index": 0,
        "finish_reason": "length",
        "message": {"role": "assistant", "content": "A"},
        "logprobs": {"content": [first]} if content else None,
    }
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return lambda request: send(request, json.dumps(body).encode())


def test_options_are_as_probable_as_the_tokens_that_begin_them(serve: Serve) -> None:
    server = engine(serve(told(("A", -0.7), (" a", -2.0), ("B", -1.6), ("The", -3.0), ("", -1.0))))
    chances = server.choose(HELLO, ("A", "B", "C"))
    assert chances == pytest.approx([0.4966 + 0.1353, 0.2019, 0.0], abs=1e-3)


def test_a_server_without_token_probabilities_is_named(serve: Serve) -> None:
    with pytest.raises(MissingError, match="token probabilities"):
        engine(serve(told(content=False))).choose(HELLO, ("A", "B"))
    with pytest.raises(MissingError, match="does not speak"):
        engine(serve(lambda request: send(request, b'{"choices": 5}'))).choose(HELLO, ("A", "B"))
    with pytest.raises(MissingError, match="HTTP 500"):
        engine(serve(lambda request: send(request, b"{}", code=500))).choose(HELLO, ("A", "B"))
