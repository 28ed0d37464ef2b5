"""An inspection from end to end with an engine of the test: its logs, resuming, recomputing, and the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from truthgpt.cli import main
from truthgpt.errors import BadInputError, BusyError, MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.oversight.inspection import run as runs
from truthgpt.oversight.inspection.journal import NAME, Journal
from truthgpt.oversight.inspection.result import REPORT, load
from truthgpt.oversight.inspection.tasks import task
from truthgpt.settings import Settings

pytest.importorskip("inspect_ai")

ITEMS = 6
KNOWLEDGE = task("knowledge")
CHAT = (replace(KNOWLEDGE, make=lambda asked: KNOWLEDGE.make(asked)[:ITEMS]),)

LAW = replace(task("lawful"), make=lambda asked: task("lawful").make(asked)[:ITEMS])


class Engine:
    """Says "Paris", and fails at the call numbered `fails`."""

    name = "test"
    context = 1_000

    def __init__(self, fails: int = 10**9) -> None:
        self.asked: list[str] = []
        self._fails = fails

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.asked.append(messages[-1].content)
        if len(self.asked) == self._fails:
            raise MissingError("the model went away")
        yield "Paris, I think."

    def count_tokens(self, text: str) -> int:
        return len(text)


def inspect(data: Path, engine: Engine, **options: Any) -> tuple[Any, Path]:
    settings = Settings(data, "test-model", model_chosen=True)
    return runs.inspect(settings, engine=lambda: engine, **{"tasks": CHAT, **options})


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an inspection of what the law decides and what the engine knows."""
    _, folder = inspect(tmp_path_factory.mktemp("done"), Engine(), tasks=(*CHAT, LAW))
    return folder


def test_numbers_come_from_logs_that_inspect_reads(done: Path) -> None:
    from inspect_ai.log import read_eval_log

    found = load(done)
    known = next(one for one in found.results if one.id == "capability.knowledge")
    assert (known.value, known.n, known.outcome) == (1 / ITEMS, ITEMS, "reported")
    log = read_eval_log(str(done / known.log))
    assert log.status == "success"
    assert log.samples is not None
    assert len(log.samples) == ITEMS
    assert log.results is not None
    assert log.results.scores[0].metrics["mean"].value == pytest.approx(1 / ITEMS)


def test_a_finished_inspection_leaves_no_journal_and_is_read_again(done: Path) -> None:
    assert not (done / NAME).exists()
    engine = Engine()
    found, folder = inspect(done.parents[2], engine, tasks=(*CHAT, LAW))
    assert folder == done
    assert found == load(done)
    assert engine.asked == []


def test_what_was_asked_before_a_stop_is_not_asked_again(done: Path, tmp_path: Path) -> None:
    first = Engine(fails=4)
    with pytest.raises(MissingError, match="went away"):
        inspect(tmp_path, first)
    second = Engine()
    found, folder = inspect(tmp_path, second)
    assert len(second.asked) == ITEMS - 3
    assert not set(first.asked[:3]) & set(second.asked)
    (whole,) = (one for one in load(done).results if one.id == "capability.knowledge")
    assert [(one.value, one.low, one.high) for one in found.results] == [(whole.value, whole.low, whole.high)]
    assert len(list((folder / "logs").iterdir())) == 1  # what the first run left is gone


def test_a_line_that_a_kill_cut_short_is_no_reply(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(3):
        journal.put("chat", f"prompt {number}", 8, {"text": str(number)}, 0.5)
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes()[:-20])
    again = Journal(tmp_path)
    assert again.began == journal.began
    assert again.seconds == 1.0
    assert [again.get("chat", f"prompt {number}", 8) for number in range(3)] == [
        {"text": "0"},
        {"text": "1"},
        None,
    ]
    assert again.get("chat", "prompt 0", 9) is None


KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from test_inspection_run import Engine, inspect

class Dying(Engine):
    def stream(self, messages, sampling):
        if len(self.asked) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from super().stream(messages, sampling)

inspect(Path({data!r}), Dying())
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_costs_no_reply(tmp_path: Path) -> None:
    script = KILLED.format(tests=str(Path(__file__).parent), data=str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    engine = Engine()
    found, folder = inspect(tmp_path, engine)
    assert len(engine.asked) == ITEMS - 3
    assert runs.recompute(folder) == (found, [])


def test_a_model_that_is_not_here_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="model pull"):
        runs.inspect(Settings(tmp_path, "smollm2-135m", model_chosen=True), tasks=CHAT)
    assert not (tmp_path / "oversight").exists()


def test_numbers_are_computed_again_to_the_last_digit(done: Path) -> None:
    again, differences = runs.recompute(done)
    assert differences == []
    assert again == load(done)


@pytest.mark.parametrize("name", ["value", "low", "n"])
def test_a_number_that_is_not_the_logs_is_told(done: Path, tmp_path: Path, name: str) -> None:
    said = json.loads((done / REPORT).read_text())
    row = next(one for one in said["results"] if one["id"] == "capability.knowledge")
    row[name] += 1e-16 if name != "n" else 1
    if name != "n":
        row[name] = row[name] * (1 + 2**-52) if row[name] else 5e-324
    (tmp_path / REPORT).write_text(json.dumps(said))
    for file in said["files"]:
        (tmp_path / file["name"]).parent.mkdir(exist_ok=True)
        (tmp_path / file["name"]).write_bytes((done / file["name"]).read_bytes())
    _, differences = runs.recompute(tmp_path)
    assert [line.split(":")[0] for line in differences] == ["capability.knowledge"]


def test_a_log_that_was_changed_is_told(done: Path, tmp_path: Path) -> None:
    said = load(done)
    for name in [*(file.name for file in said.files), REPORT]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((done / name).read_bytes())
    log = tmp_path / next(one.log for one in said.results if one.id == "capability.knowledge")
    rows = json.loads(log.read_text())
    rows["samples"][3]["scores"]["truthgpt_scores"]["metadata"]["scores"]["right"] = 1.0
    log.write_text(json.dumps(rows))
    _, differences = runs.recompute(tmp_path)
    assert any(line.startswith(f"logs/{log.name}") for line in differences)
    assert any(line.startswith("capability.knowledge: value") for line in differences)


def test_another_inspection_is_not_mixed_in(done: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="another"):
        inspect(tmp_path, Engine(), out=done, seed=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(BadInputError, match="other files"):
        inspect(tmp_path, Engine(), out=tmp_path / "mine")


def test_a_password_in_an_address_is_not_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "http://ana:secret@localhost:1/v1", model_chosen=True)
    found, folder = runs.inspect(settings, tasks=(task("training"),))
    assert found.model == "http://localhost:1/v1"
    assert not any(b"secret" in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_two_processes_do_not_make_one_inspection(tmp_path: Path) -> None:
    with runs._alone(tmp_path), pytest.raises(BusyError):
        inspect(tmp_path, Engine(), out=tmp_path)


def test_without_a_model_what_needs_one_is_not_measured(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "none", model_chosen=True)
    found, _ = runs.inspect(settings, tasks=(*CHAT, task("training"), task("canaries")))
    assert {one.outcome for one in found.results} == {"not measured"}
    assert all(one.why for one in found.results)
    assert found.passed


@pytest.mark.parametrize(
    ("flop", "outcomes"),
    [(1e24, ["passed", "passed"]), (3e25, ["missed", "missed"]), (1.5e25, ["missed", "passed"])],
)
def test_compute_is_held_against_both_lines(flop: float, outcomes: list[str], tmp_path: Path) -> None:
    settings = Settings(tmp_path, "http://localhost:1/v1", model_chosen=True, model_flop=flop, flop_line=2e25)
    found, _ = runs.inspect(settings, tasks=(task("training"),))
    assert [one.outcome for one in found.results] == outcomes
    assert found.training_flop == flop


def called(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_the_command_reads_and_recomputes_a_report(done: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert called("inspect", "report", done, "--json") == 0
    assert json.loads(capfd.readouterr().out)["model"] == "test-model"
    assert called("inspect", "--recompute", done, "--json") == 0
    assert json.loads(capfd.readouterr().out)["same"] is True
    assert called("inspect", "report", done) == 0
    assert "Candid" in capfd.readouterr().out


def test_a_missed_limit_is_a_finding(done: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = json.loads((done / REPORT).read_text())
    said["results"][0]["outcome"] = "missed"
    (tmp_path / REPORT).write_text(json.dumps(said))
    assert called("inspect", "report", tmp_path, "--json") == 1
    assert json.loads(capfd.readouterr().out)["passed"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("report",),
        ("none", "folder"),
        ("none", "--recompute", "x"),
        ("none", "--jurisdiction", "atlantis"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert called("inspect", *arguments, "--data", tmp_path) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("truthgpt: ")


def test_canaries_are_printed_as_posts(capfd: pytest.CaptureFixture[str]) -> None:
    assert called("inspect", "canaries", "--count", 3) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len({row["text"] for row in rows}) == 3
    assert rows[0]["id"] == "canary:0"
