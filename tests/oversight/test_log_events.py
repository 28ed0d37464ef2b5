"""Events: what stands in an entry and what does not, and that an erased text is gone from every file and cannot be guessed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from log_files import checked, opened

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.log import Log, events
from truthgpt.oversight.log.events import (
    Answered,
    Decided,
    Event,
    Forgotten,
    Imported,
    IncidentReported,
    ModelChanged,
    Paused,
    Resumed,
    ResumptionAsked,
    read,
    record,
    record_all,
)
from truthgpt.oversight.log.texts import FILE, Text, Texts, is_text
from truthgpt.oversight.log.words import told

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)
QUESTION = Text("Is the earth flat? asks Bob Smith", authors=("bob",))
ANSWER = Text("No: «it is round» [1]", authors=("alice", "carol"), posts=("x:1", "x:2"))
ANSWERED = Answered(QUESTION, ANSWER, "answer", "open", "smollm2-135m", 12)
EVERY: list[Event] = [
    ANSWERED,
    Answered(
        QUESTION, Text(""), "refuse", "de", "m", 12, rule="bombs", statute="StGB § 310", certificate="c" * 64
    ),
    Answered(QUESTION, ANSWER, "care", "gb", "m", 12),
    Decided(QUESTION, "refuse", "us", 0.95, rule="bombs", statute="18 U.S.C. § 842(p)"),
    Imported(13, "ab" * 32, 10, 7, 2, 1),
    Forgotten(3, 2, 13, 14),
    ModelChanged("", "smollm2-135m", "cd" * 32),
    Paused(Text("a drill"), Text("dora")),
    ResumptionAsked(Text("it is over"), Text("dora")),
    Resumed(Text("it is over"), Text("dora, erik")),
    IncidentReported("2026-1", "first report", "death", Text("what happened")),
]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return opened(tmp_path / "log")


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    return Texts(tmp_path / FILE)


def test_an_entry_is_canonical_json_with_hashes_for_texts(log: Log, texts: Texts) -> None:
    """The bytes are RFC 8785's, so that anyone makes the same; of a text there is its hash alone."""
    place = record(log, texts, ANSWERED, NOON)
    entry = log.view().entry(place.index)
    row = json.loads(entry)
    assert entry == json.dumps(row, sort_keys=True, separators=(",", ":")).encode()
    assert {name: value for name, value in row.items() if name not in ("question", "answer")} == {
        "certificate": "",
        "corpus_version": 12,
        "decision": "answer",
        "digest": "",
        "form": "whole",
        "jurisdiction": "open",
        "kind": "answer",
        "model": "smollm2-135m",
        "rule": "",
        "statute": "",
        "time": "2026-05-04T12:00:00.250Z",
        "version": 1,
    }
    kept = texts.get(row["question"])
    assert kept is not None
    assert kept.text == QUESTION.text
    assert hashlib.sha256(kept.salt + QUESTION.text.encode()).hexdigest() == row["question"]
    assert is_text(kept, row["question"])
    assert not is_text(kept, row["answer"])


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event.kind)
def test_every_event_is_read_back_and_said_in_words(log: Log, texts: Texts, event: Event) -> None:
    """Kind, time, values and texts come back, and a line for a person says what happened without any text."""
    entry = _recorded(log, texts, event, NOON)
    found = read(entry)
    assert (found.kind, found.time) == (event.kind, NOON)
    apart = {name: text for name in found.texts if isinstance(text := getattr(event, name), Text)}
    assert found.values == {
        each.name: getattr(event, each.name) for each in fields(event) if each.name not in apart
    }
    for name, text in apart.items():
        kept = texts.get(found.texts[name])
        assert kept is not None
        assert kept.text == text.text
        assert not text.text or text.text.encode() not in entry
    words = told(entry).words
    assert words
    assert "\n" not in words


def test_several_events_are_logged_together(log: Log, texts: Texts) -> None:
    """All of them in a row, each with its own texts."""
    places = record_all(log, texts, EVERY, NOON)
    assert [place.index for place in places] == list(range(len(EVERY)))
    assert [read(entry).kind for _, entry in log.view().entries()] == [event.kind for event in EVERY]
    assert record_all(log, texts, []) == []
    assert checked(log).intact


@pytest.mark.parametrize("by", ["authors", "posts", "hashes"])
def test_an_erased_text_is_gone_and_the_log_stands(log: Log, texts: Texts, by: str) -> None:
    """By a quoted author, a quoted post or its hash: text and salt are in no file any more, others stay, the log is whole."""
    row = json.loads(_recorded(log, texts, ANSWERED, NOON))
    other = record(log, texts, Paused(Text("a drill"), Text("dora")))
    kept = texts.get(row["answer"])
    assert kept is not None
    wish = {"authors": ["carol"], "posts": ["x:2", "x:9"], "hashes": [row["answer"]]}[by]
    assert texts.erase(**{by: wish}) == 1
    assert texts.erase(**{by: wish}) == 0
    assert texts.get(row["answer"]) is None
    held = b"".join(path.read_bytes() for path in texts.path.parent.rglob("*") if path.is_file())
    for gone in (b"it is round", kept.salt, b"alice", b"carol", b"x:1"):
        assert gone not in held
    assert b"Bob Smith" in held
    assert texts.get(row["question"]) is not None
    assert texts.get(read(log.view().entry(other.index)).texts["by"]) is not None
    assert checked(log).intact


def test_the_same_text_has_another_hash_each_time(texts: Texts) -> None:
    """Nobody sees in the log that two people asked the same, nor finds a question by hashing guesses."""
    one, two = texts.put([QUESTION, QUESTION])
    assert one != two
    assert hashlib.sha256(QUESTION.text.encode()).hexdigest() not in (one, two)


def test_any_text_can_be_kept(texts: Texts) -> None:
    """Empty, huge, with zeros, with half a surrogate pair: each comes back as it was."""
    given = ["", "x" * 1_000_000, "a\0b", "\ud800", "‮مرحبا😀"]
    hashes = texts.put([Text(text) for text in given])
    assert [kept.text for hash_ in hashes if (kept := texts.get(hash_))] == given


def test_only_their_owner_reads_the_texts(texts: Texts) -> None:
    """The file is closed to everybody else from the start."""
    texts.put([QUESTION])
    assert stat.S_IMODE(texts.path.stat().st_mode) == 0o600


def test_a_text_that_was_changed_is_told(texts: Texts) -> None:
    """What is shown as the logged text is the logged text, or an error."""
    (hash_,) = texts.put([QUESTION])
    with sqlite3.connect(texts.path) as database:
        database.execute("UPDATE texts SET text = 'Is the earth round?'")
    with pytest.raises(BadInputError, match="changed"):
        texts.get(hash_)
    texts.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(BadInputError, match="damaged"):
        texts.get(hash_)


def test_nothing_is_logged_whose_texts_cannot_be_kept(log: Log, tmp_path: Path) -> None:
    """An entry never stands for texts that nobody has: the texts come first."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MissingError):
        record(log, Texts(tmp_path / "file" / FILE), ANSWERED)
    assert log.size == 0


def test_nothing_to_erase_or_to_show_is_no_error(texts: Texts) -> None:
    """Before anything was logged there is no file, and none is made by asking."""
    assert texts.erase(authors=["bob"]) == 0
    assert texts.get("00" * 32) is None
    assert not texts.path.exists()


def test_tables_that_were_half_made_are_made(texts: Texts) -> None:
    """As where another thread, or one that was killed, is between two of them."""
    with closing(sqlite3.connect(texts.path)) as database:
        database.execute("CREATE TABLE salts (hash BLOB PRIMARY KEY, salt BLOB NOT NULL) WITHOUT ROWID")
    (hash_,) = texts.put([Text("Who is it?", authors=("ana",))])
    kept = texts.get(hash_)
    assert kept is not None
    assert kept.text == "Who is it?"


def test_threads_record_beside_each_other(log: Log, texts: Texts) -> None:
    """Questions that are answered at the same time are all logged, each with its own texts."""

    def work(number: int) -> None:
        for each in range(3):
            record(log, texts, Decided(Text(f"{number} {each}"), "answer", "open", 0.5))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [texts.get(read(entry).texts["prompt"]) for _, entry in log.view().entries()]
    assert {kept.text for kept in found if kept} == {
        f"{number} {each}" for number in range(6) for each in range(3)
    }


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"kind":"answer","time":"2026-05-04T12:00:00Z","version":1}',
        b'{"kind":"unheard","time":"2026-05-04T12:00:00Z","version":1}',
        b'{"kind":"pause","time":"never","version":1,"by":"","reason":""}',
        b'{"kind":"pause","time":"2026-05-04T12:00:00Z","version":2,"by":"","reason":""}',
        b"[" * 60_000,
    ],
)
def test_what_is_no_event_is_told_and_no_harm(entry: bytes) -> None:
    """A log holds what anybody appended; to look at it never fails."""
    with pytest.raises(BadInputError):
        read(entry)
    assert told(entry).kind == "other"


def test_later_fields_are_passed_over(log: Log, texts: Texts) -> None:
    """An entry that a later version wrote with more fields is read by this one."""
    entry = _recorded(log, texts, EVERY[4], NOON)
    assert read(entry[:-1] + b',"zeal":1}').kind == "import"
    assert events.VERSION == 1


def _recorded(log: Log, texts: Texts, event: Event, time: datetime) -> bytes:
    """The entry of the event, as the log holds it."""
    place = record(log, texts, event, time)
    return log.view().entry(place.index)
