"""`truthgpt forget`, `export` and `corpus`: their forms, their exit codes, and that what was forgotten stays away."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Result, Run, called

from truthgpt.corpus.consent import forgetting

WORD = "quibblefrost"
ROWS = [
    {
        "id": "m:1",
        "text": f"the {WORD} harvest came in late this year",
        "author": "Vera",
        "community": "farm",
    },
    {"id": "m:2", "text": "the barley harvest came in early this year", "author": "wim", "community": "farm"},
    {
        "id": "m:3",
        "text": "nobody wanted the third pumpkin at the fair",
        "author": "xan",
        "community": "farm",
    },
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "farm.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return tmp_path / "data"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path) -> Run:
    """Runs a command line on the data folder, which has the three posts of `farm.jsonl`."""
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))

    def call(*arguments: object) -> Result:
        return called([*map(str, arguments), "--data", str(data)], capfd)

    assert call("import", data.parent / "farm.jsonl").code == 0
    return call


def hits(run: Run, query: str) -> list[str]:
    return [hit["id"] for hit in run("search", query, "--json").json["hits"]]


def test_a_forgotten_author_is_found_no_more_and_does_not_come_back(run: Run, data: Path) -> None:
    assert hits(run, WORD)[0] == "m:1"
    done = run("forget", "--author", "@vera", "--json")
    assert done.code == 0
    assert set(done.json) == {
        "wishes", "posts", "blanked", "notes", "texts", "version_before", "version", "exports", "seconds",
    }  # fmt: skip
    assert (done.json["wishes"], done.json["posts"], done.json["exports"]) == (1, 1, [])
    assert "m:1" not in hits(run, WORD)
    again = run("import", data.parent / "farm.jsonl", "--json").json
    assert (again["read"], again["kept"], again["copies"], again["rejected"]) == (3, 0, 2, 1)
    assert "m:1" not in hits(run, WORD)
    assert [path for path in data.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()] == []


def test_what_is_not_stored_is_done_and_kept(run: Run) -> None:
    done = run("forget", "--post", "m:99")
    assert done.code == 0
    assert "the wish is kept at every later import" in done.out
    assert len(hits(run, "harvest")) == 2


def test_a_list_names_authors_and_posts(run: Run, tmp_path: Path) -> None:
    wishes = tmp_path / "wishes.txt"
    wishes.write_text("# by mail\nauthor vera\n\npost m:3\n")
    assert run("forget", "--list", wishes, "--json").json["posts"] == 2
    wishes.write_text("vera\n")
    wrong = run("forget", "--list", wishes)
    assert wrong.code == 2
    assert wrong.err == f"truthgpt: {wishes}, line 1: write `author NAME` or `post ID`\n"


def test_without_training_posts_stay_and_are_left_out_of_exports_for_it(run: Run, tmp_path: Path) -> None:
    assert run("forget", "--author", "wim", "--no-training", "--json").json["posts"] == 1
    assert "m:2" in hits(run, "barley")
    made = run("export", tmp_path / "out", "--format", "jsonl", "--json").json
    assert made["left_out"]["may not be trained on"] == 1
    rows = [json.loads(line) for file in (tmp_path / "out" / "data").iterdir() for line in file.open()]
    assert {row["id"] for row in rows} == {"m:1", "m:3"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("forget",),
        ("forget", "--author", ""),
        ("forget", "--author", "a", "--platform"),
        ("export", "there", "--format", "xml"),
        ("export", "there", "--for", "fun"),
        ("export", "."),
    ],
)
def test_wrong_use_is_one_line_and_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    wrong = run(*arguments)
    assert wrong.code == 2
    assert len(wrong.err.splitlines()) == 1


def test_exports_that_may_still_hold_it_are_named(run: Run, tmp_path: Path) -> None:
    made = run("export", tmp_path / "out", "--for", "citation", "--json").json
    assert set(made) == {"path", "for", "format", "posts", "files", "left_out", "version", "content_hash"}
    assert (made["posts"], made["for"], made["format"]) == (3, "citation", "parquet")
    assert run("forget", "--author", "vera", "--json").json["exports"] == [str(tmp_path / "out")]


def test_corpus_prints_versions_and_counts(run: Run) -> None:
    found = run("corpus", "--json").json
    assert found["posts"] == 3
    assert found["communities"] == {"farm": 3}
    assert found["versions"][-1]["content_hash"] == found["content_hash"]
    assert found["versions"][-1]["version"] == found["version"]
    (file,) = found["versions"][-1]["files"]
    assert file["name"] == "farm.jsonl"
    before = found["content_hash"]
    run("forget", "--post", "m:3")
    after = run("corpus", "--json").json
    assert after["versions"][-1]["made_by"] == "forget"
    assert after["content_hash"] != before
    shown = run("corpus")
    assert shown.code == 0
    assert "farm" in shown.out
    assert after["content_hash"] in shown.out


def test_corpus_card_writes_both_cards(run: Run, tmp_path: Path) -> None:
    made = run("corpus", "card", tmp_path / "card", "--license", "cc0-1.0", "--json").json
    assert set(made) == {"card", "croissant"}
    assert 'license: "cc0-1.0"' in Path(made["card"]).read_text()
    described = json.loads(Path(made["croissant"]).read_text())
    assert described["distribution"][0]["name"] == "farm.jsonl"


def test_a_forget_that_is_killed_is_completed_by_the_next(run: Run, data: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from truthgpt.cli import main; main()",
        "forget",
        "--author",
        "vera",
        "--data",
        str(data),
    ]
    pending = data / "corpus" / "consent" / "pending.json"
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "src"}) as process:
        deadline = time.monotonic() + 60
        while not pending.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert run("import", data.parent / "farm.jsonl", "--json").json["rejected"] == 1
    assert not pending.exists()
    assert [path for path in data.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()] == []
    acts = [
        json.loads(line) for line in (data / "corpus" / "consent" / "consent.jsonl").read_text().splitlines()
    ]
    assert [act["posts"] for act in acts] == [1]
