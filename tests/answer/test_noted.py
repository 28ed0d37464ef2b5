"""Notes in one data folder: they stand with posts in answers and searches, and go when their posts are forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.schema import Answer, AnswerEvent
from truthgpt.cli import main
from truthgpt.database import open_database
from truthgpt.notes.decision import HELPFUL, Decided, History, Side
from truthgpt.notes.store import NoteStore

NOW = 1_800_000_000_000
QUESTION = "How many exoplanets have been confirmed?"


@pytest.fixture
def chosen(demo_data: Path, tmp_path: Path) -> settings.Settings:
    """A data folder of its own with the demo posts."""
    data = tmp_path / "data"
    shutil.copytree(demo_data, data)
    return settings.Settings(data, settings.QUOTES_ONLY)


@pytest.fixture
def shelf(chosen: settings.Settings) -> Iterator[NoteStore]:
    engine = open_database(chosen.database)
    yield NoteStore(engine)
    engine.dispose()


def stands(shelf: NoteStore, post: str, text: str) -> str:
    """A note on `post` that was found helpful; its id."""
    author, _ = shelf.new_person()
    note = shelf.write(author.id, post, "MISINFORMED_OR_POTENTIALLY_MISLEADING", text, NOW)
    run = shelf.begin("test", NOW)
    assert run is not None
    sides = (Side(helpful=5), Side(helpful=4, not_helpful=1))
    decided = Decided(
        note.id, HELPFUL, "GeneralCRH", 0.1, 0.5, 0.0, 0.4, 0.6, 10, sides, Side(), History(HELPFUL)
    )
    assert shelf.finish(run, [decided], NOW)
    return note.id


def answered(chosen: settings.Settings, question: str = QUESTION) -> Answer:
    with Assistant.open(chosen) as assistant:
        *_, last = assistant.ask(question)
    assert isinstance(last, AnswerEvent)
    return last.answer


def test_a_note_stands_with_the_evidence_and_strikes_what_only_its_post_says(
    chosen: settings.Settings, shelf: NoteStore
) -> None:
    before = answered(chosen)
    cited = before.sentences[0].citations[0]
    assert before.notes == []
    note = stands(shelf, cited, "This number was withdrawn the same day; see the archive's page.")
    after = answered(chosen)
    assert [(one["id"], one["post_id"], one["status"]) for one in after.notes] == [(note, cited, HELPFUL)]
    assert all(sentence.citations != [cited] for sentence in after.sentences)


@pytest.mark.parametrize("command", ["search", "trace"])
def test_the_command_line_shows_it_too(
    chosen: settings.Settings, shelf: NoteStore, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    with Assistant.open(chosen) as assistant:
        post = assistant.searcher.search("exoplanets", 1)[0].post
    stands(shelf, post.id, "Count it\nagain.")
    asked = "exoplanets" if command == "search" else post.text
    with pytest.raises(SystemExit):
        main([command, asked, "--data", str(chosen.data)])
    assert "Readers added context: Count it again." in capfd.readouterr().out


def test_what_is_forgotten_takes_its_notes_along(
    chosen: settings.Settings, shelf: NoteStore, capfd: pytest.CaptureFixture[str]
) -> None:
    with Assistant.open(chosen) as assistant:
        one, other = (hit.post.id for hit in assistant.searcher.search("exoplanets", 2))
    stands(shelf, one, "About the first.")
    stands(shelf, other, "About the second.")
    with pytest.raises(SystemExit):
        main(["forget", "--post", one, "--data", str(chosen.data), "--json"])
    assert '"notes":1' in capfd.readouterr().out
    assert shelf.posts() == [other]
    assert b"About the first" not in b"".join(path.read_bytes() for path in chosen.data.glob("truthgpt.db*"))


def test_asking_makes_no_database(chosen: settings.Settings) -> None:
    answered(chosen)
    assert not chosen.has_database
