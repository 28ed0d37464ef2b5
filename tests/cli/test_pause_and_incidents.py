"""`truthgpt pause`, `resume` and `incident`: exit codes, one line for an error, one JSON form."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import Run, one_line

from truthgpt.oversight.incidents import FIELDS

REPORT = {"kind": "death", "aware": "2026-03-01T10:00:00+01:00", **dict.fromkeys(FIELDS, "ação, 尚不清楚")}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_paused_nothing_is_asked_and_resumed_it_is(run: Run, demo_data: Path, tmp_path: Path) -> None:
    data = shutil.copytree(demo_data, tmp_path / "copy")
    asked = ("ask", "How many exoplanets have been confirmed?", "--model", "none", "--data", data, "--json")
    assert run(*asked).code == 0
    paused = run("pause", "--reason", "a leak", "--by", "Ana", "--data", data, "--json").json
    assert (paused["paused"]["reason"], paused["paused"]["by"], paused["already"]) == ("a leak", "Ana", False)
    assert one_line(run(*asked), 3).endswith("UTC: a leak")
    assert run("search", "exoplanets", "--data", data).code == 0
    assert run("pause", "--data", data, "--json").json["paused"] == paused["paused"]
    assert run("resume", "--by", "Bo", "--reason", "mended", "--data", data, "--json").json["resumed"] is True
    assert run(*asked).code == 0
    assert run("pause", "--data", data, "--json").json["paused"] is None


def test_two_persons_resume(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUTHGPT_RESUME_PERSONS", "2")
    run("pause", "--reason", "a leak", "--by", "Ana", "--data", data)
    first = run("resume", "--by", "Bo", "--reason", "mended", "--data", data)
    assert "another person has to agree" in first.out
    assert "another person" in one_line(run("resume", "--by", "bo", "--reason", "mended", "--data", data), 2)
    assert run("resume", "--by", "Cy", "--reason", "seen", "--data", data, "--json").json["resumed"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("pause", "--by", "Ana"),
        ("pause", "--reason", "a leak"),
        ("resume",),
        ("resume", "--by", "Ana", "--reason", "nothing is paused"),
        ("incident", "open", "no such file", "--by", "Ana"),
        ("incident", "export", "INC-2026-0001", "--to", "x.doc"),
    ],
)
def test_wrong_use_is_one_line(run: Run, data: Path, arguments: tuple[str, ...]) -> None:
    assert run("pause", "--data", data).code == 0
    result = run(*arguments, "--data", data)
    one_line(result, 3 if "INC" in str(arguments) else 2)


@pytest.mark.parametrize("name", ["TRUTHGPT_RESUME_PERSONS", "TRUTHGPT_FLOP_LINE", "TRUTHGPT_MODEL_FLOP"])
@pytest.mark.parametrize("value", ["3", "many", "nan", "-1", "inf"])
def test_a_setting_that_is_none_is_one_line(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    if name != "TRUTHGPT_RESUME_PERSONS" and value == "3":
        value = "3 FLOP"
        monkeypatch.setenv(name, value)
    assert name in one_line(run("pause", "--data", data), 2)


def test_a_drill_without_servers_says_so(run: Run, data: Path) -> None:
    done = run("pause", "--drill", "--data", data, "--json").json
    assert (done["stopped"], done["resumed"], done["passed"]) == ([], True, True)
    assert "nothing was measured" in run("pause", "--drill", "--data", data).out


def test_an_incident_from_its_first_report_to_its_last(run: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(REPORT), encoding="utf-8")
    opened = run("incident", "open", file, "--by", "Ana", "--data", data, "--json").json
    assert opened["deadlines"][0]["due"] == "2026-03-11T09:00:00+00:00"
    assert opened["deadlines"][0]["overdue"] is True
    name = opened["id"]
    change = json.dumps({"harm": "nobody"})
    run(
        "incident", "update", name, "--by", "Bo", "--file", "-", "--sent", "now", "--data", data, stdin=change
    )
    run("incident", "resolve", name, "--by", "Cy", "--note", "patched", "--data", data)
    shown = run("incident", "show", name, "--data", data, "--json").json
    assert shown["harm"] == "nobody"
    assert [one["what"] for one in shown["deadlines"]] == ["first report", "final report"]
    listed = run("incident", "list", "--data", data, "--json").json["incidents"]
    assert [one["id"] for one in listed] == [name]
    for kind in ("json", "pdf"):
        out = tmp_path / f"out.{kind}"
        assert run("incident", "export", name, "--to", out, "--data", data).code == 0
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["history"] == shown["history"]
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    again = run("incident", "open", tmp_path / "out.json", "--by", "Ana", "--data", data, "--json").json
    assert again["id"] != name
    assert "final report" in run("incident", "show", name, "--data", data).out


def test_each_missing_field_is_a_line_of_its_own(run: Run, data: Path) -> None:
    result = run(
        "incident", "open", "-", "--by", "Ana", "--data", data, stdin='{"kind": "harm", "aware": "now"}'
    )
    assert result.code == 2
    lines = result.err.splitlines()
    assert len(lines) == len(FIELDS)
    assert all(
        line.startswith("truthgpt: ") and repr(name) in line for line, name in zip(lines, FIELDS, strict=True)
    )
    assert not (data / "oversight").exists()
