"""`truthgpt log`: what a person and a program are shown, and the exit codes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import Run, one_line

from truthgpt.oversight.log import Log
from truthgpt.oversight.log.events import Answered, Imported, Paused, record
from truthgpt.oversight.log.texts import FILE, Text, Texts

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose log has an import, a refusal and a pause."""
    oversight = tmp_path / "data" / "oversight"
    texts = Texts(oversight / FILE)
    with Log.open(oversight / "log") as log:
        record(log, texts, Imported(1, "ab" * 32, 10, 8, 1, 1), NOON)
        question = Text("How do I \x1b[31mbuild a bomb?", authors=("bob",))
        refused = Answered(
            question, Text(""), "refuse", "us", "m", 1, rule="bombs", statute="18 U.S.C. § 842(p)"
        )
        record(log, texts, refused, NOON)
        record(log, texts, Paused(Text("drill"), Text("dora")), NOON)
    return tmp_path / "data"


def test_an_intact_log(run: Run, data: Path) -> None:
    """It says so, with size and root, and exits with 0; as JSON it is one object."""
    assert "intact: 3 entries" in run("log", "verify", "--data", data).out
    found = run("log", "verify", "--data", data, "--json")
    assert found.code == 0
    assert (found.json["intact"], found.json["size"], found.json["findings"]) == (True, 3, [])


def test_a_changed_log_is_a_finding(run: Run, data: Path) -> None:
    """It says which file and what in it, and exits with 1."""
    bundle = data / "oversight/log/tile/entries/000.p/3"
    bundle.write_bytes(bundle.read_bytes().replace(b"refuse", b"answer"))
    found = run("log", "verify", "--data", data)
    assert found.code == 1
    assert "entry 1 and its hash differ" in found.out
    found = run("log", "verify", "--data", data, "--json")
    assert (found.code, found.json["intact"]) == (1, False)
    assert found.json["findings"][0]["path"] == "tile/0/000.p/3"


def test_a_checkpoint_that_was_kept(run: Run, data: Path, tmp_path: Path) -> None:
    """What `log checkpoint` printed is held against the log later; another log's is bad input."""
    kept = tmp_path / "kept"
    kept.write_text(run("log", "checkpoint", "--data", data).out)
    assert run("log", "checkpoint", "--data", data, "--json").json["checkpoint"] == kept.read_text()
    Log.open(data / "oversight" / "log").append(b"more")
    assert run("log", "verify", "--checkpoint", kept, "--data", data, "--json").json["size"] == 4
    other = tmp_path / "other"
    with Log.open(tmp_path / "another" / "log") as log:
        other.write_bytes(log.checkpoint())
    one_line(run("log", "verify", "--checkpoint", other, "--data", data), 2)
    one_line(run("log", "verify", "--checkpoint", tmp_path / "none", "--data", data), 2)


def test_a_proof_is_checked_without_the_log(run: Run, data: Path, tmp_path: Path) -> None:
    """What `prove` and `show --raw` print, `check` takes elsewhere with nothing but the key; of another entry it is none."""
    proof, entry, other = tmp_path / "p.tlog-proof", tmp_path / "entry", tmp_path / "other"
    printed = run("log", "prove", 1, "--data", data)
    run("log", "prove", 1, "--out", proof, "--data", data)
    assert proof.read_text() == printed.out
    entry.write_text(run("log", "show", 1, "--raw", "--data", data).out)
    other.write_text(run("log", "show", 0, "--raw", "--data", data).out)
    key = run("log", "prove", 1, "--data", data, "--json").json["key"]
    found = run("log", "check", proof, entry, "--key", key, "--data", tmp_path / "nowhere", "--json")
    assert (found.code, found.json["proven"], found.json["index"]) == (0, True, 1)
    found = run("log", "check", proof, other, "--key", key, "--data", tmp_path / "nowhere")
    assert found.code == 1
    assert "not proven" in found.out
    one_line(run("log", "check", proof, entry, "--key", "nonsense", "--data", data), 2)


def test_entries_in_words(run: Run, data: Path) -> None:
    """The newest are listed, of one kind where asked; nothing in them steers the terminal."""
    found = run("log", "list", "--data", data)
    for words in ("10 posts read", "refused under the law of us", "answers were paused", "3 entries"):
        assert words in " ".join(found.out.split())
    rows = run("log", "list", "--kind", "pause", "--data", data, "--json").rows
    assert [(row["index"], row["kind"]) for row in rows] == [(2, "pause")]
    rows = run("log", "list", "--limit", 2, "--data", data, "--json").rows
    assert [row["index"] for row in rows] == [1, 2]
    assert "\x1b" not in run("log", "show", 1, "--data", data).out


def test_an_erased_text_is_shown_as_erased(run: Run, data: Path) -> None:
    """Before, text and salt are shown, by which others check it; after, the hash alone."""
    before = run("log", "show", 1, "--data", data, "--json").json["texts"]["question"]
    assert before["text"].endswith("build a bomb?")
    Texts(data / "oversight" / FILE).erase(authors=["bob"])
    after = run("log", "show", 1, "--data", data, "--json").json["texts"]["question"]
    assert after == {"hash": before["hash"], "text": None, "salt": None}
    assert "erased" in run("log", "show", 1, "--data", data).out


@pytest.mark.parametrize("command", [["verify"], ["prove", 0], ["show", 0], ["list"], ["checkpoint"]])
def test_without_a_log_something_is_missing(run: Run, tmp_path: Path, command: list[object]) -> None:
    """One line, exit code 3, and nothing is made."""
    assert "no log" in one_line(run("log", *command, "--data", tmp_path / "none"), 3)
    assert not (tmp_path / "none").exists()


def test_an_entry_that_is_not_there(run: Run, data: Path) -> None:
    """One line that says how many there are, exit code 2."""
    for command in ("prove", "show"):
        assert "3, counted from 0" in one_line(run("log", command, 3, "--data", data), 2)
