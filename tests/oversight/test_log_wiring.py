"""What a server and the command line do is in the log: once, with the right hashes, nobody's words, and not at all where it cannot be."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from fastapi.testclient import TestClient

from full_disk import no_file_beyond
from truthgpt.answer.schema import (
    Answer,
    AnswerEvent,
    Decision,
    DecisionEvent,
    Event,
    Evidence,
    EvidenceEvent,
    Sentence,
    SentenceEvent,
    VerdictEvent,
)
from truthgpt.cli import main
from truthgpt.corpus.consent import forgetting
from truthgpt.corpus.provenance import versions
from truthgpt.errors import MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.oversight import acts
from truthgpt.oversight.answers import AnswerLog
from truthgpt.oversight.log import Log, verify, writer
from truthgpt.oversight.log.events import Entry, read
from truthgpt.oversight.log.texts import FILE, Texts
from truthgpt.server.app import create_app
from truthgpt.server.services import Services, Status, log_body
from truthgpt.settings import Settings, load

QUESTION = "Did quibblefrost come late, asks Bob Smith?"
SHOWN = Sentence(text="It came late.", citations=["m:1"], verdict="supported", confidence=0.9)
EVIDENCE = Evidence(
    id="m:1",
    text="the quibblefrost harvest came in late",
    community="farm",
    author="Vera",
    created_at=None,
    stance="supports",
    relevance=0.5,
    copies=1,
)
REFUSED = Decision(answer=False, rule="bombs", statute="StGB § 310")


def answer_to(question: str, decision: Decision) -> Answer:
    return Answer(
        question=question,
        language="en",
        decision=decision,
        sentences=[SHOWN] if decision.answer else [],
        struck=[],
        perspectives=[],
        evidence=[EVIDENCE] if decision.answer else [],
        notes=[],
        model="fake-1",
        corpus_version=7,
        seconds=0.25,
    )


@dataclass
class Scripted:
    """Answers, and engine, and all else that a server asks for; `fails` after the sentence was shown."""

    decision: Decision = field(default_factory=lambda: Decision(answer=True))
    fails: bool = False
    name: str = "fake-1"
    context: int = 100

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        answer = answer_to(question, self.decision)
        yield DecisionEvent(language="en", decision=answer.decision)
        yield EvidenceEvent(evidence=answer.evidence)
        yield SentenceEvent(index=0, text=SHOWN.text, citations=SHOWN.citations)
        yield VerdictEvent(index=0, shown=True, sentence=SHOWN)
        if self.fails:
            raise MissingError("the model is gone")
        yield AnswerEvent(answer=answer)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        yield from ("raw ", "words")

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", "fake-1", log="texts")


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


Serve = Callable[[Settings], TestClient]


@pytest.fixture
def serve(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """A server of a data folder, whose log is tried again at once."""
    monkeypatch.setattr(writer, "_AGAIN", 0.01)

    def serve(chosen: Settings) -> TestClient:
        log = acts.answers_of(chosen, "fake-1", lambda: "c" * 64)

        def status() -> Status:
            return Status(
                version="0", model="fake-1", quotes_only=False, posts=1, demo=False, corpus_version=7,
                log=log_body(log),
            )  # fmt: skip

        services = Services(
            answerer=scripted, searcher=None, posts=None, embedding=None,  # type: ignore[arg-type]
            engine=scripted, status=status, log=log,
        )  # fmt: skip
        return TestClient(create_app(services), base_url="http://localhost:8080")

    return serve


def logged(data: Path) -> list[Entry]:
    """The entries of the log, which is whole."""
    log = Log.open(data / "oversight" / "log")
    assert verify(log.folder, [log.verifier]).intact
    return [read(entry) for _, entry in log.view().entries()]


def answers(data: Path) -> list[Entry]:
    return [entry for entry in logged(data) if entry.kind == "answer"]


def is_of(data: Path, hash_: str, text: str | bytes) -> bool:
    """Whether `hash_` in the log is of `text`, by the salt that is kept."""
    kept = Texts(data / "oversight" / FILE).get(hash_)
    raw = text.encode() if isinstance(text, str) else text
    return kept is not None and hashlib.sha256(kept.salt + raw).hexdigest() == hash_


def held(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_of_the_server_is_one_entry(serve: Serve, chosen: Settings, stream: bool) -> None:
    """By what anybody has who got the answer: the question, and the answer's canonical JSON."""
    with serve(chosen) as client:
        said = client.post("/v1/ask", json={"question": QUESTION, "jurisdiction": "de", "stream": stream})
        assert client.get("/v1/status").json()["log"] == {"state": "on", "texts": True, "why": ""}
    answer = (
        json.loads(said.text.split("event: answer\ndata: ")[1].split("\n")[0])["answer"]
        if stream
        else said.json()
    )
    (found,) = answers(chosen.data)
    assert is_of(chosen.data, found.texts["question"], QUESTION)
    assert is_of(chosen.data, found.texts["answer"], rfc8785.dumps(answer))
    assert {name: found.values[name] for name in ("decision", "jurisdiction", "model", "corpus_version", "form")} == {
        "decision": "answer", "jurisdiction": "de", "model": "fake-1", "corpus_version": 7, "form": "whole",
    }  # fmt: skip
    log = held(chosen.data / "oversight" / "log")
    for word in ("quibblefrost", "Bob", "Vera", "m:1", "came late"):
        assert word.encode() not in log


def test_refusals_parts_and_raw_texts_are_entries_too(
    serve: Serve, scripted: Scripted, chosen: Settings
) -> None:
    """A refusal with its rule and statute; of an answer that broke off, what was shown; the unchecked model by its messages."""
    message = {"role": "user", "content": "hello"}
    with serve(chosen) as client:
        scripted.fails = True
        client.post("/v1/ask", json={"question": QUESTION})
        scripted.fails, scripted.decision = False, REFUSED
        client.post("/v1/chat/completions", json={"model": "truthgpt", "messages": [message]})
        client.post("/v1/chat/completions", json={"model": "fake-1", "messages": [message]})
    part, refused, raw = answers(chosen.data)
    assert [each.values["form"] for each in (part, refused, raw)] == ["part", "whole", "raw"]
    assert is_of(chosen.data, part.texts["answer"], rfc8785.dumps([SHOWN.model_dump(mode="json")]))
    assert [refused.values[name] for name in ("decision", "rule", "statute")] == [
        "refuse",
        "bombs",
        "StGB § 310",
    ]
    assert is_of(chosen.data, raw.texts["question"], rfc8785.dumps([message]))
    assert is_of(chosen.data, raw.texts["answer"], "raw words")
    assert raw.values["jurisdiction"] == ""


def test_a_number_that_is_none_does_not_stop_the_log(
    serve: Serve, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canonical JSON has no form for it: it is null, as clients have it."""
    monkeypatch.setitem(globals(), "EVIDENCE", EVIDENCE.model_copy(update={"relevance": float("nan")}))
    with serve(chosen) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION, "stream": False}).json()
    (found,) = answers(chosen.data)
    assert answer["evidence"][0]["relevance"] is None
    assert is_of(chosen.data, found.texts["answer"], rfc8785.dumps(answer))


def test_by_default_no_text_is_kept(serve: Serve, chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Salts alone, by which whoever has the answer can still be shown that it was logged."""
    monkeypatch.delenv("TRUTHGPT_LOG", raising=False)
    assert load(chosen.data).log == "on"
    with serve(replace(chosen, log="on")) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION, "stream": False}).json()
    (found,) = answers(chosen.data)
    assert is_of(chosen.data, found.texts["question"], QUESTION)
    assert is_of(chosen.data, found.texts["answer"], rfc8785.dumps(answer))
    for word in ("quibblefrost", "Bob", "Vera", "m:1", "came late"):
        assert word.encode() not in held(chosen.data)


def test_another_model_is_an_entry_and_the_same_is_none(serve: Serve, chosen: Settings) -> None:
    """By its name, the SHA-256 of its file and its certificate; each answer names the file too."""
    chosen.data.mkdir()
    file = chosen.data / "small.gguf"
    chosen = replace(chosen, model=str(file))
    for content in (b"one", b"one", b"two"):
        file.write_bytes(content)
        with serve(chosen) as client:
            client.post("/v1/ask", json={"question": QUESTION, "stream": False})
    one, two = (hashlib.sha256(content).hexdigest() for content in (b"one", b"two"))
    found = logged(chosen.data)
    assert [each.kind for each in found] == ["model", "answer", "answer", "model", "answer"]
    assert [each.values["digest"] for each in found] == [one, one, one, two, two]
    assert found[0].values["certificate"] == "c" * 64


def test_while_the_log_cannot_be_written_nothing_is_answered(
    serve: Serve, scripted: Scripted, chosen: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk is in the status, and in the server's own log once; with room again, what waited is logged and answers go on."""
    with serve(chosen) as client:
        ask = {"question": QUESTION, "stream": False}
        assert client.post("/v1/ask", json=ask).status_code == 200
        _until(lambda: len(answers(chosen.data)) == 1)
        with no_file_beyond(64):
            assert client.post("/v1/ask", json=ask).status_code == 200  # it was admitted while all was well
            _until(lambda: client.get("/v1/status").json()["log"]["state"] == "failed")
            for path, body in (
                ("/v1/ask", ask),
                ("/v1/chat/completions", {"model": "fake-1", "messages": [{"role": "user", "content": "a"}]}),
            ):
                refused = client.post(path, json=body)
                assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unlogged")
                assert refused.headers["x-should-retry"] == "false"
                assert str(chosen.data) not in refused.text
            assert sum("cannot be written" in each.getMessage() for each in caplog.records) == 1
        _until(lambda: client.get("/v1/status").json()["log"]["state"] == "on")
        assert client.post("/v1/ask", json=ask).status_code == 200
    assert len(answers(chosen.data)) == 3
    kept = [each.texts[name] for each in answers(chosen.data) for name in ("question", "answer")]
    assert _number_of_texts(chosen.data) == len(kept)  # none is left of what failed


def test_what_waits_at_the_end_is_written_and_what_cannot_be_is_said(
    chosen: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    log = acts.answers_of(chosen, "fake-1", lambda: "")
    assert isinstance(log, AnswerLog)
    for _ in range(50):
        list(log.raw(iter(["a"]), [], ""))
    assert log.stop()
    assert len(answers(chosen.data)) == 50
    with no_file_beyond(64):
        list(log.raw(iter(["a"]), [], ""))
        assert not log.stop()
    assert "1 events could not be logged" in caplog.text


def test_too_much_in_line_stops_answers(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too slow must not fill the memory."""
    go = threading.Event()
    monkeypatch.setattr(writer, "BOUND", 3)
    log = acts.answers_of(chosen, "fake-1", lambda: str(go.wait(30)))
    assert log is not None
    for _ in range(3):
        assert not log.failure()
        list(log.raw(iter(["a"]), [], ""))
    assert log.failure()
    go.set()
    assert log.stop()
    assert not log.failure()


def test_off_is_said_and_logs_nothing(serve: Serve, chosen: Settings) -> None:
    with serve(replace(chosen, log="off")) as client:
        assert client.post("/v1/ask", json={"question": QUESTION, "stream": False}).status_code == 200
        assert client.get("/v1/status").json()["log"]["state"] == "off"
    assert not (chosen.data / "oversight").exists()


def test_the_command_line_logs_imports_answers_and_forgettings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And `forget` erases the texts that quote whom it forgets, on any spelling of the name, and no others."""
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)
    monkeypatch.setenv("TRUTHGPT_LOG", "texts")
    data = tmp_path / "data"

    def run(*arguments: object, code: int = 0) -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--data", str(data), "--json"])
        out, err = capfd.readouterr()
        assert (stop.value.code or 0) == code, err
        return json.loads(out) if code == 0 else err

    (tmp_path / "farm.jsonl").write_text(
        '{"id": "m:1", "text": "the quibblefrost harvest came in late this year", "author": "Vera"}\n'
        '{"id": "m:2", "text": "nobody wanted the third pumpkin at the fair", "author": "xan"}\n'
    )
    done = run("import", tmp_path / "farm.jsonl")
    first = run("ask", QUESTION, "--model", "none")
    assert [each["id"] for each in first["evidence"]] == ["m:1"]
    second = run("ask", "Who wanted the third pumpkin at the fair?", "--model", "none")
    assert [each["id"] for each in second["evidence"]] == ["m:2"]
    entries = [each for each in logged(data) if each.kind in ("import", "answer")]
    assert [each.kind for each in entries] == ["import", "answer", "answer"]
    newest = versions.newest(data / "corpus")
    assert newest is not None
    assert entries[0].values | {"corpus_version": 0} == {
        "corpus_version": 0, "content_hash": newest.content_hash, "read": 2, "kept": 2, "copies": 0, "rejected": 0,
    }  # fmt: skip
    assert entries[0].values["corpus_version"] == done["version"]
    for entry, question, answer in zip(
        entries[1:], (QUESTION, "Who wanted the third pumpkin at the fair?"), (first, second), strict=True
    ):
        assert is_of(data, entry.texts["question"], question)
        assert is_of(data, entry.texts["answer"], rfc8785.dumps(answer))

    assert run("forget", "--author", "@vera")["texts"] == 2
    assert b"quibblefrost" not in held(data)
    assert b"Bob Smith" not in held(data)
    assert is_of(data, entries[2].texts["answer"], rfc8785.dumps(second))
    last = logged(data)[-1]
    assert (last.kind, last.values["posts"], last.values["texts"]) == ("forgetting", 1, 2)
    assert b"vera" not in held(data / "oversight" / "log").lower()
    assert run("log", "verify")["intact"]

    monkeypatch.setattr(Log, "open", _refuses)
    assert "TRUTHGPT_LOG=off" in run("ask", QUESTION, "--model", "none", code=3)
    monkeypatch.setenv("TRUTHGPT_LOG", "off")
    run("ask", QUESTION, "--model", "none")


def _refuses(*_: object, **__: object) -> Log:
    raise MissingError("the disk is full")


def _number_of_texts(data: Path) -> int:
    import sqlite3

    with sqlite3.connect(data / "oversight" / FILE) as database:
        (count,) = database.execute("SELECT count(*) FROM texts").fetchone()
    return int(count)


def _until(true: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(1000):
        if true():
            return
        waited.wait(0.01)
    raise AssertionError("it did not come true")
