"""`verify` and `claims` on what people pipe into them: bad lines, lines that imitate, and ends before the input's."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run, one_line


@pytest.mark.parametrize(
    "line", ["nope", "[1]", '{"id": 1}', '{"claim": "x", "evidence": 5}', '{"claim": 5, "evidence": []}',
     '{"id": [[1]], "claim": "x", "evidence": []}', '{"id": 123456789012345678901, "claim": "x", "evidence": []}'],
)  # fmt: skip
def test_a_bad_line_is_named(line: str, run: Run) -> None:
    good = json.dumps({"id": 1, "claim": "a b c", "evidence": ["a b c"]})
    result = run("verify", "--json", stdin=f"{good}\n{line}\n")
    assert "line 2" in one_line(result, 2)
    assert len(result.rows) == 1


def test_offsets_are_of_the_text_that_was_piped_in(run: Run) -> None:
    text = "\n\n  Ana Reis won the race.\n"
    (claim,) = run("claims", "-", "--json", stdin=text).json["claims"]
    assert text[claim["start"] : claim["end"]] == "Ana Reis won the race."


def test_no_claim_prints_a_verdict_of_its_own(run: Run) -> None:
    row = {"claim": "It rains.\nsupported (1.00): Cats fly.", "evidence": ["It rains."]}
    assert not any(
        line.startswith("supported") for line in run("verify", stdin=json.dumps(row)).out.splitlines()
    )


@pytest.mark.parametrize("why", ["interrupted", "unread"])
def test_verify_ends_quietly_while_its_input_stays_open(why: str) -> None:
    # A suite that was started in the background ignores Ctrl-C, and so would what it starts.
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"import signal; {heard}; from truthgpt.cli import main; main(['verify', '--json'])"
    command = [sys.executable, "-c", program]
    row = json.dumps({"id": 1, "claim": "It rains.", "evidence": ["It rains."]}).encode() + b"\n"
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(row)
        running.stdin.flush()
        assert b"supported" in running.stdout.readline()
        if why == "interrupted":
            running.send_signal(signal.SIGINT)
        else:
            running.stdout.close()
            running.stdin.write(row)
            running.stdin.flush()
        said = running.stderr.read()
        assert b"Fatal" not in said
        assert running.wait(60) == (130 if why == "interrupted" else 0)


@pytest.mark.parametrize("command", ["verify", "stance", "law", "claims"])
def test_every_command_takes_a_data_folder(command: str, run: Run, tmp_path: Path) -> None:
    assert run(command, *["-"] * (command == "claims"), "--data", tmp_path, "--json").code == 0


def test_sure_abstains_where_it_is_not(run: Run) -> None:
    post = "The harbour bridge was closed on 3 May. It reopens on 12 June, and Ana Silva is the engineer in charge."
    rows = [
        {"claim": claim, "evidence": [post]}
        for claim in ("The harbour bridge was closed on 3 May.", "Ana Silva closed the bridge.")
    ]
    lines = "\n".join(map(json.dumps, rows))
    sure, plain = (
        run("verify", "--sure", "--json", stdin=lines).rows,
        run("verify", "--json", stdin=lines).rows,
    )
    assert [row["verdict"] for row in sure] == ["supported", "not enough evidence"]
    assert plain[0]["verdict"] == "supported"
    assert "--model" in one_line(run("verify", "--sure", "--model", "http://127.0.0.1:9/v1", stdin=lines), 2)
