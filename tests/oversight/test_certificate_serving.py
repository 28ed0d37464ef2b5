"""What a server does with certificates: whom it serves, what it says, and what happens when one runs out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from certificate_maker import DURING, EVEN, ISSUED, LEAKS, World, world
from fastapi.testclient import TestClient

from truthgpt import settings
from truthgpt.cli import main
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.oversight.certificate import digests, standing, thresholds
from truthgpt.oversight.certificate.standing import Gate, Standing, gate_of
from truthgpt.server.app import create_app
from truthgpt.server.services import Services, Status

CODE = digests.code_subject()


@pytest.fixture(autouse=True)
def code_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has 40 MB, and no test of these changes them."""
    monkeypatch.setattr(digests, "code_subject", lambda: CODE)
    monkeypatch.setattr(standing, "code_subject", lambda: CODE)


@pytest.fixture
def made(tmp_path: Path) -> World:
    return world(tmp_path)


class Clock:
    """A time that tests turn."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def gate(made: World, clock: Clock, *, uninspected: bool = False, content: str = "") -> Gate:
    return Gate(
        made.oversight, "small", [made.model], uninspected=uninspected, content=lambda: content, clock=clock
    )


def test_a_model_with_a_valid_certificate_is_served(made: World) -> None:
    path = made.certify(inspector="Ana", days=60)
    found = gate(made, Clock(DURING)).require()
    assert found.state == "certified"
    assert found.certificate.startswith(path.stem)
    assert (found.inspector, found.expires) == ("Ana", "2026-04-30T12:00:00Z")


def test_without_one_it_is_refused_in_a_line_that_names_both_ways_out(made: World) -> None:
    with pytest.raises(MissingError) as refused:
        gate(made, Clock(DURING)).require()
    for words in ("truthgpt inspect small", "truthgpt certificate issue small", "--uninspected"):
        assert words in str(refused.value)
    assert gate(made, Clock(DURING), uninspected=True).require().state == "uninspected"


def test_a_certificate_of_other_weights_does_not_count(made: World) -> None:
    made.certify()
    made.model.write_bytes(b"other weights, of which nobody knows anything")
    assert gate(made, Clock(DURING))().state == "refused"


@pytest.mark.parametrize("spoil", ["flip", "key", "expired"])
def test_one_that_does_not_verify_does_not_count(made: World, spoil: str) -> None:
    path = made.certify(days=10)
    clock = Clock(ISSUED + timedelta(days=1))
    assert gate(made, clock)().state == "certified"
    if spoil == "flip":
        path.write_bytes(path.read_bytes().replace(b"Z", b"z", 1))
    elif spoil == "key":
        (made.oversight / "keys" / "certificate.pem").unlink()
    else:
        clock.now += timedelta(days=10)
    assert gate(made, clock)().state == "refused"


def test_the_one_that_holds_longest_is_taken(made: World) -> None:
    made.certify(days=60, inspector="short")
    made.certify(days=90, inspector="long")
    made.certify(days=70, inspector="middle")
    assert gate(made, Clock(DURING))().inspector == "long"


def test_running_out_takes_effect_at_once(made: World) -> None:
    """And another certificate within a minute."""
    made.certify(days=60)
    clock = Clock(DURING)
    watched = gate(made, clock)
    assert watched().state == "certified"
    clock.now = ISSUED + timedelta(days=60) - timedelta(seconds=1)
    assert watched().state == "certified"
    clock.now += timedelta(seconds=1)
    over = watched()
    assert over.state == "refused"
    assert "expired on 2026-04-30" in over.why
    made.certify(now=clock.now)
    clock.now += timedelta(minutes=1)
    assert watched().state == "certified"


def test_the_folder_is_read_anew_each_day(made: World) -> None:
    path = made.certify()
    clock = Clock(DURING)
    watched = gate(made, clock, uninspected=True)
    assert watched().state == "certified"
    path.unlink()
    assert watched().state == "certified"
    clock.now += timedelta(days=1)
    assert watched().state == "uninspected"


def test_weights_are_hashed_anew_when_their_file_changes(made: World) -> None:
    made.certify()
    clock = Clock(DURING)
    watched = gate(made, clock)
    assert watched().state == "certified"
    made.model.write_bytes(bytes(len(made.model.read_bytes())))
    os.utime(made.model, (1, 1))
    clock.now += timedelta(days=1)
    assert watched().state == "refused"


def test_what_is_other_than_it_was_inspected_is_said(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made.certify()
    assert gate(made, Clock(DURING))().changed == ()
    monkeypatch.setattr(standing, "code_subject", lambda: replace(CODE, digest="0" * 64))
    found = gate(made, Clock(DURING), content="1" * 64)()
    assert (found.state, found.changed) == ("certified", ("corpus/content", "code/truthgpt"))


@pytest.mark.parametrize(
    ("results", "limits", "state"),
    [
        ((EVEN, LEAKS), None, "certified"),
        ((replace(EVEN, outcome="missed", value=0.5), LEAKS), None, "refused"),
        ((replace(EVEN, outcome="not measured", value=None), LEAKS), None, "refused"),
        ((replace(EVEN, outcome="reported", limit=None, direction=None), LEAKS), None, "certified"),
        ((EVEN, LEAKS), "[even]\nat_least = 0.875", "certified"),
        ((EVEN, LEAKS), "[even]\nat_least = 0.9", "refused"),
        ((EVEN, LEAKS), "[leaks]\nat_most = 0", "certified"),
        ((EVEN, LEAKS), "[even]\nat_least = 0.8\nat_most = 0.85", "refused"),
        ((EVEN, LEAKS), '["never measured"]\nat_least = 0', "refused"),
        ((replace(EVEN, outcome="missed", value=0.7), LEAKS), "[even]\nat_least = 0.6", "certified"),
    ],
)
def test_the_thresholds_are_the_servers_or_the_inspections(
    made: World, results: tuple[standing.Any, ...], limits: str | None, state: str
) -> None:
    made.inspect(*results)
    made.certify()
    if limits is not None:
        (made.oversight / thresholds.FILE).write_text(limits)
    assert gate(made, Clock(DURING))().state == state


@pytest.mark.parametrize(
    "text", ["[even]", "[even]\nat_least = true", "[even]\nbelow = 1", "even = 1", "[even"]
)
def test_thresholds_that_cannot_be_read_stop_the_start(made: World, text: str) -> None:
    made.oversight.mkdir(parents=True)
    (made.oversight / thresholds.FILE).write_text(text)
    with pytest.raises(BadInputError, match=r"thresholds\.toml"):
        gate(made, Clock(DURING))


def test_settings_say_whether_a_certificate_is_needed(made: World) -> None:
    """Quotations and a model that is not here need none; a model elsewhere can have none."""

    def state(model: str, uninspected: bool = False) -> str:
        return gate_of(settings.Settings(made.data, model), uninspected=uninspected)().state

    assert state("none") == "no model"
    assert state("smollm2-135m") == "no model"
    assert state("http://127.0.0.1:9/v1#large", uninspected=True) == "uninspected"
    with pytest.raises(MissingError, match="another server"):
        state("http://127.0.0.1:9/v1#large")
    with pytest.raises(MissingError, match="--uninspected"):
        state(str(made.model))
    made.certify(now=datetime.now(DURING.tzinfo))
    assert state(str(made.model)) == "certified"
    assert state("small", uninspected=True) == "certified"


class _Engine:
    name = "small"
    context = 100

    def stream(self, messages: list[Message], sampling: Sampling) -> Iterator[str]:
        yield "w "

    def count_tokens(self, text: str) -> int:
        return 1


@pytest.fixture
def served() -> Callable[[Standing], TestClient]:
    """A server whose model stands so."""

    class Answerer:
        def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[object]:
            return iter(())

    def serve(found: Standing) -> TestClient:
        status = Status(
            version="",
            model="small",
            quotes_only=False,
            posts=0,
            demo=False,
            corpus_version=1,
            inspection=found,
        )
        services = Services(
            Answerer(),  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            _Engine(),  # type: ignore[arg-type]
            lambda: status,
            standing=lambda: found,
        )
        return TestClient(create_app(services), base_url="http://localhost:8080")

    return serve


def test_the_api_says_how_its_model_stands(served: Callable[[Standing], TestClient]) -> None:
    found = Standing("certified", "ab" * 32, "Ana", "2026-03-01T12:00:00Z", "2026-04-30T12:00:00Z", ("law",))
    client = served(found)
    told = client.get("/v1/status").json()["inspection"]
    assert (told["state"], told["certificate"], told["changed"]) == ("certified", "ab" * 32, ["law"])
    rows = {row["id"]: row for row in client.get("/v1/models").json()["data"]}
    for name in ("truthgpt", "small"):
        assert rows[name]["inspection"] == {
            "state": "certified",
            "certificate": "ab" * 32,
            "expires": "2026-04-30T12:00:00Z",
        }
    assert "inspection" not in rows["truthgpt-embedding"]
    assert client.get("/v1/models/small").json()["inspection"]["state"] == "certified"


def test_a_server_whose_certificate_ran_out_answers_nothing_new(
    served: Callable[[Standing], TestClient],
) -> None:
    """By none of its ways; and says so in one line that is no secret."""
    over = Standing("refused", why="secret/path.json: expired")
    raw = {"model": "small", "messages": [{"role": "user", "content": "hi"}]}
    for address, body in (
        ("/v1/ask", {"question": "hi"}),
        ("/v1/ask", {"question": "hi", "stream": False}),
        ("/v1/chat/completions", {**raw, "model": "truthgpt"}),
        ("/v1/chat/completions", raw),
        ("/v1/chat/completions", {**raw, "stream": True}),
    ):
        with served(over) as client:
            reply = client.post(address, json=body)
        assert reply.status_code == 503, address
        assert "certificate does not hold any more" in reply.json()["error"]["message"]
        assert reply.json()["error"]["code"] == "uncertified"
        assert reply.headers["x-should-retry"] == "false"
        assert "secret" not in reply.text
    with served(Standing("uninspected")) as client:
        assert client.post("/v1/chat/completions", json=raw).status_code == 200


def test_up_refuses_a_model_that_nobody_inspected(made: World, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["up", "--port", "0", "--data", str(made.data), "--model", str(made.model)])
    assert stop.value.code == 3
    (line,) = capfd.readouterr().err.splitlines()
    assert "no valid certificate" in line
    assert "--uninspected" in line
