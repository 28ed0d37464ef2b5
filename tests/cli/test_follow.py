"""`truthgpt import --follow`, in a process of its own: what comes through a pipe or is written to a file, until it is told to end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Run

from truthgpt import settings
from truthgpt.answer.assistant import Assistant

FIRST = '{"id": "1", "text": "a first post about zebras"}\n'
SECOND = '{"id": "2", "text": "a second post about zebras"}\n'


def following(data: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from truthgpt.cli import main; main()", "import", "--follow"]
    return subprocess.Popen(
        [*command, *map(str, arguments), "--data", str(data), "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_pipe_is_followed_until_it_ends(tmp_path: Path) -> None:
    with following(tmp_path / "data", "-") as process:
        out, err = process.communicate(FIRST + SECOND + FIRST)
    result = json.loads(out)
    assert (process.returncode, err) == (0, "")
    assert [result[name] for name in ("read", "kept", "copies", "rejected")] == [3, 2, 1, 0]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_file_is_followed_until_the_command_is_told_to_end(tmp_path: Path, told: signal.Signals) -> None:
    path, data = tmp_path / "posts.jsonl", tmp_path / "data"
    path.write_text(FIRST)
    with (
        following(data, path) as process,
        Assistant.open(settings.Settings(data, settings.QUOTES_ONLY), create=True) as assistant,
    ):
        for wanted in (FIRST, SECOND):
            if wanted == SECOND:
                with path.open("a") as file:
                    file.write(SECOND)
            while not assistant.searcher.find(f'"{json.loads(wanted)["text"]}"'):
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)
        process.send_signal(told)
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["kept"] == 2


def test_what_cannot_be_followed_is_one_line(tmp_path: Path, run: Run) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    said = run("import", "--follow", tmp_path / "none.jsonl", "--data", tmp_path / "data")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert said.code == 2
    assert said.err.startswith("truthgpt: cannot read ")
    assert said.err.count("\n") == 1
