"""A paused server: what it answers, what it ends, what goes on."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes, scripted, server_sent, until

from truthgpt.answer.schema import Event
from truthgpt.oversight.pause import Pause, PausedError
from truthgpt.oversight.pause.drill import drill
from truthgpt.server.app import create_app
from truthgpt.server.jobs import Job, Jobs
from truthgpt.server.pausing import Watch, halted_by

CHAT = {"model": "truthgpt", "messages": [{"role": "user", "content": "When did it leave?"}]}
RAW = {**CHAT, "model": "org/fake-1"}
QUESTION = {"question": "When did it leave?"}


@pytest.fixture
def pause(tmp_path: Path) -> Pause:
    made = Pause.open(tmp_path)
    made.set_up()
    return made


@pytest.fixture
def client(fakes: Fakes, pause: Pause) -> TestClient:
    fakes.halt, fakes.pause = pause.paused, pause
    return TestClient(fakes.app(), base_url="http://localhost:8080")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", QUESTION),
        ("/v1/ask", {**QUESTION, "stream": False}),
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", {**CHAT, "stream": True}),
        ("/v1/chat/completions", RAW),
        ("/v1/chat/completions", {**RAW, "stream": True}),
        ("/v1/embeddings", {"model": "truthgpt-embedding", "input": "a"}),
    ],
)
def test_nothing_that_a_model_says_is_answered(
    client: TestClient, pause: Pause, path: str, body: dict[str, object]
) -> None:
    """One error in OpenAI's form, with a status before any event, which its clients do not retry."""
    held = pause.pause("a leak", "Ana")
    reply = client.post(path, json=body)
    assert reply.status_code == 503
    assert reply.headers["x-should-retry"] == "false"
    error = reply.json()["error"]
    assert (error["code"], error["reason"], error["since"]) == ("paused", "a leak", held.since.isoformat())
    assert error["message"].endswith("UTC: a leak")
    assert error["type"] == "overloaded_error"
    pause.resume("Bo", "mended")
    assert client.post(path, json=body).status_code == 200


def test_posts_are_searched_and_read_and_the_status_tells_of_it(
    client: TestClient, fakes: Fakes, pause: Pause
) -> None:
    pause.pause("a leak", "Ana")
    for path in ("/v1/search?q=voyager", "/v1/posts/demo:1", "/v1/models", "/healthz", "/", "/v1/status"):
        assert client.get(path).status_code == 200, path
    assert not fakes.answerer.asked


def test_a_stream_ends_while_its_model_is_silent_and_what_waits_never_begins(
    fakes: Fakes, pause: Pause
) -> None:
    go = threading.Event()

    def silent(question: str) -> Iterator[Event]:
        events = scripted(question)
        yield next(events)
        go.wait(30)
        yield from events

    fakes.answerer.script = silent
    fakes.halt, fakes.pause = pause.paused, pause

    async def run() -> list[list[tuple[str, str]]]:
        app = fakes.app()
        watch = Watch(pause.paused, app.state.jobs, None)
        watch.start()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
            replies = [asyncio.ensure_future(web.post("/v1/ask", json=QUESTION)) for _ in range(3)]
            while app.state.jobs.waiting < 2:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(pause.pause, "a leak", "Ana")
            texts = [(await reply).text for reply in replies]
        await asyncio.to_thread(watch.stop)
        go.set()
        return [server_sent(text) for text in texts]

    replies = asyncio.run(run())
    begun = sum(events[0][0] == "decision" for events in replies)
    assert begun <= 1, "one at a time is answered"
    for events in replies:
        assert [name for name, _ in events if name != "decision"] == ["error"]
        told = json.loads(events[-1][1])
        assert told["code"] == "paused"
        assert told["reason"] == "a leak"


def test_what_was_made_before_the_pause_and_not_yet_read_is_not_given_out(pause: Pause) -> None:
    """A model is faster than a slow reader: its tokens wait in the queue of the job."""

    async def run() -> list[int]:
        jobs = Jobs(halted=halted_by(pause.paused))
        job: Job[int] = jobs.submit(lambda: iter(range(100)))
        while jobs.running or jobs.waiting:
            await asyncio.sleep(0.001)
        items = aiter(job)
        seen = [await anext(items) for _ in range(4)]
        pause.pause("a leak", "Ana")
        with pytest.raises(PausedError):
            await anext(items)
        jobs.stop()
        return seen

    assert asyncio.run(run()) == [0, 1, 2, 3]


def test_a_drill_sees_every_server_stop_and_resumes(fakes: Fakes, pause: Pause) -> None:
    fakes.halt, fakes.pause = pause.paused, pause
    folder = pause.folder / "servers"
    folder.mkdir()
    (folder / "gone-1.json").write_text("{}")
    with TestClient(create_app(fakes.services()), base_url="http://localhost:8080") as client:
        until(lambda: len(list(folder.iterdir())) == 2)
        done = drill(pause, "Ana")
        assert [one.ended for one in done.stopped] == [0]
        assert all(one.seconds is not None for one in done.stopped)
        assert done.resumed
        time.sleep(0.25)  # an answer of the server's own is as old as this at most
        assert client.post("/v1/ask", json=QUESTION).status_code == 200
    assert not list(folder.iterdir()), "who left is found by no drill, nor who was killed"


def test_a_drill_does_not_undo_a_pause(fakes: Fakes, pause: Pause, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that stands before it nor one that comes while it runs."""

    def meanwhile(*_: object) -> tuple[()]:
        pause.pause("a leak", "Bo")
        return ()

    monkeypatch.setattr("truthgpt.oversight.pause.drill._watched", meanwhile)
    assert not drill(pause, "Ana").resumed
    held = pause.paused()
    assert held is not None
    assert held.reason == "a leak"
    with pytest.raises(Exception, match="resume first"):
        drill(pause, "Ana")
    assert pause.paused() == held
