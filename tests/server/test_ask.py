"""`/v1/ask`: events and whole answers, limits, errors, the line before the model, a client that goes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes, answer_to, scripted, served, server_sent, until

from truthgpt.answer.schema import Answer, AnswerEvent, DecisionEvent, Event
from truthgpt.errors import BadInputError, MissingError
from truthgpt.server import streams
from truthgpt.server.app import WAITING

NAMES = ["decision", "evidence", "sentence", "verdict", "sentence", "verdict", "answer"]


def test_a_question_streams_the_events_of_its_answer_in_order(client: TestClient, fakes: Fakes) -> None:
    reply = client.post("/v1/ask", json={"question": "When did Voyager leave?", "jurisdiction": "de"})
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = server_sent(reply.text)
    assert [name for name, _ in events] == NAMES
    assert [json.loads(data)["event"] for _, data in events] == NAMES
    whole = AnswerEvent.model_validate_json(events[-1][1]).answer
    assert whole == answer_to("When did Voyager leave?")
    assert fakes.answerer.asked == [("When did Voyager leave?", "de")]


def test_without_streaming_the_answer_comes_whole(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": "火星?", "stream": False, "model": "truthgpt"})
    assert Answer.model_validate(reply.json()) == answer_to("火星?")


def test_an_event_source_can_ask_and_stays_away_after_the_end(client: TestClient, fakes: Fakes) -> None:
    reply = client.get("/v1/ask", params={"question": "When?", "jurisdiction": "open"})
    assert [name for name, _ in server_sent(reply.text)] == NAMES
    assert "id: end" in reply.text
    again = client.get("/v1/ask", params={"question": "When?"}, headers={"Last-Event-ID": "end"})
    assert again.status_code == 204
    assert len(fakes.answerer.asked) == 1


@pytest.mark.parametrize(
    ("question", "status"),
    [("", 400), (" \n\t\u3000", 400), ("x" * 10_001, 413), ("x" * 1_000_000, 413)],
    ids=["empty", "blank", "long", "1 MB"],
)
def test_a_question_that_cannot_be_asked_is_one_line_of_error(
    client: TestClient, fakes: Fakes, question: str, status: int
) -> None:
    for reply in (
        client.post("/v1/ask", json={"question": question}),
        client.get("/v1/ask", params={"question": question[:20_000]}),
    ):
        error = reply.json()["error"]
        assert reply.status_code == status
        assert error["param"] == "question"
        assert "\n" not in error["message"]
        assert len(error["message"]) < 200
    assert fakes.answerer.asked == []


def test_the_longest_question_is_asked(client: TestClient) -> None:
    assert client.post("/v1/ask", json={"question": "é" * 10_000, "stream": False}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"question": 3}',
        b'{"question": "a", "stream": "perhaps"}',
        b'{"question": "\\ud800"}',
        b'{"question": "a", "jurisdiction": "\\udfff"}',
        b'{"question": "\xff"}',
        b"[" * 100_000,
        b'{"question": "a", "model": ' + b"1" * 10_000 + b"}",
    ],
)
def test_a_body_that_is_not_a_question_is_one_line_of_error(client: TestClient, body: bytes) -> None:
    reply = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    message = reply.json()["error"]["message"]
    assert message
    assert "\n" not in message
    assert len(message) <= 500


def test_an_unknown_model_is_not_found(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": "a?", "model": "other"})
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "model_not_found"


def failing(error: Exception) -> Iterator[Event]:
    yield next(scripted("x"))
    raise error


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (BadInputError("jurisdiction 'xx' is not known"), 400, "jurisdiction 'xx' is not known"),
        (MissingError("the model's\nserver is away"), 503, "the model's server is away"),
        (ZeroDivisionError("secret"), 500, "the answer failed inside the server; its log says why"),
    ],
)
def test_an_error_on_the_way_is_told_in_one_line(
    client: TestClient, fakes: Fakes, error: Exception, status: int, told: str
) -> None:
    fakes.answerer.script = lambda _: failing(error)
    streamed = server_sent(client.post("/v1/ask", json={"question": "a?"}).text)
    assert [name for name, _ in streamed] == ["decision", "error"]
    assert json.loads(streamed[-1][1]) == {"error": told}
    whole = client.post("/v1/ask", json={"question": "a?", "stream": False})
    assert whole.status_code == status
    assert "secret" not in whole.text


@pytest.mark.parametrize("stream", [True, False])
def test_what_the_answerer_refuses_at_once_is_a_bad_request(
    client: TestClient, fakes: Fakes, stream: bool
) -> None:
    def refuse(question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        raise BadInputError(f"no law of {jurisdiction!r} is known")

    fakes.answerer.ask = refuse  # type: ignore[method-assign]
    reply = client.post("/v1/ask", json={"question": "a?", "jurisdiction": "xx", "stream": stream})
    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == "no law of 'xx' is known"


def test_fifty_questions_at_once_all_get_their_own_answer(fakes: Fakes) -> None:
    def slow(question: str) -> Iterator[Event]:
        time.sleep(0.002)
        yield from scripted(question)

    fakes.answerer.script = slow
    questions = [f"question {number}?" for number in range(50)]
    with served(fakes.app()) as address, httpx.Client(base_url=address, timeout=60) as web:

        def ask(question: str) -> str:
            reply = web.post("/v1/ask", json={"question": question, "stream": question.endswith("3?")})
            data = server_sent(reply.text)[-1][1] if question.endswith("3?") else reply.text
            whole = json.loads(data)
            return str(whole.get("answer", whole)["question"])

        with ThreadPoolExecutor(50) as many:
            assert list(many.map(ask, questions)) == questions


def test_a_full_line_is_told_to_come_back_and_the_rest_is_served(fakes: Fakes) -> None:
    go = threading.Event()

    def held(question: str) -> Iterator[Event]:
        go.wait(60)
        yield from scripted(question)

    fakes.answerer.script = held
    app = fakes.app()
    with served(app) as address, httpx.Client(base_url=address, timeout=60, limits=httpx.Limits()) as web:

        def ask(_: int) -> int:
            return web.post("/v1/ask", json={"question": "a?", "stream": False}).status_code

        with ThreadPoolExecutor(WAITING + 1) as many:
            replies = many.map(ask, range(WAITING + 1))
            until(lambda: app.state.jobs.waiting == WAITING)
            assert f"truthgpt_questions_waiting {WAITING:.1f}" in web.get("/metrics").text
            full = web.post("/v1/ask", json={"question": "one more?"})
            assert full.status_code == 503
            assert int(full.headers["retry-after"]) > 0
            assert full.json()["error"]["type"] == "overloaded_error"
            assert web.get("/v1/search", params={"q": "a"}).status_code == 200, (
                "search does not wait for the model"
            )
            go.set()
            assert set(replies) == {200}


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_stops_the_model(fakes: Fakes, stream: bool) -> None:
    made = threading.Event()

    def endless(question: str) -> Iterator[Event]:
        first = next(scripted(question))
        assert isinstance(first, DecisionEvent)
        while True:
            made.set()
            time.sleep(0.005)
            yield first

    fakes.answerer.script = endless
    app = fakes.app()
    with served(app) as address, httpx.Client(base_url=address, timeout=60) as web:
        if stream:
            with web.stream("POST", "/v1/ask", json={"question": "a?"}) as reply:
                assert next(reply.iter_text())
        else:
            with pytest.raises(httpx.ReadTimeout):
                web.post("/v1/ask", json={"question": "a?", "stream": False}, timeout=0.2)
        assert made.is_set()
        assert fakes.answerer.closed.acquire(timeout=30), "the model still runs for a client that has gone"
        until(lambda: app.state.jobs.running == 0)


def test_a_client_that_goes_while_waiting_leaves_the_line_unasked(fakes: Fakes) -> None:
    go = threading.Event()

    def held(question: str) -> Iterator[Event]:
        go.wait(60)
        yield from scripted(question)

    fakes.answerer.script = held
    app = fakes.app()
    with served(app) as address, httpx.Client(base_url=address, timeout=60) as web:
        with web.stream("POST", "/v1/ask", json={"question": "first?"}):
            with web.stream("POST", "/v1/ask", json={"question": "second?"}):
                until(lambda: app.state.jobs.waiting == 1)
            until(lambda: app.state.jobs.waiting == 0)
            go.set()
        until(lambda: app.state.jobs.running == 0)
    assert [question for question, _ in fakes.answerer.asked] == ["first?"]


def test_a_waiting_stream_is_kept_open_by_comments(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PING_SECONDS", 0.02)

    def slow(question: str) -> Iterator[Event]:
        time.sleep(0.2)
        yield from scripted(question)

    fakes.answerer.script = slow
    with served(fakes.app()) as address:
        text = httpx.post(f"{address}/v1/ask", json={"question": "a?"}).text
    assert text.count(": waiting\n") >= 3
    assert [name for name, _ in server_sent(text)] == NAMES
