"""`truthgpt plan`, as a person and a program call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from truthgpt.cli.app import app, main


def _json(*words: str) -> dict:  # type: ignore[type-arg]
    result = CliRunner().invoke(app, ["plan", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_a_plan_says_layout_time_cost_and_goodput() -> None:
    made = _json("llama3-70b", "--gpus", "512", "--tokens", "1T")
    layout = made["layout"]
    assert layout["tensor"] * layout["context"] * layout["pipeline"] * layout["data"] == 512
    assert made["memory"]["total"] <= made["memory"]["of"]
    assert 0.2 < made["mfu"] < 0.6
    assert made["days_with_failures"] > made["days"] > 0
    assert made["cost"]["dollars"] == pytest.approx(
        512 * 24 * made["days_with_failures"] * made["cost"]["dollars_per_gpu_hour"]
    )
    assert 0.9 < made["goodput"]["goodput"] < 1
    assert made["flop"]["eu_ai_act"]["above"] is False


def test_a_page_is_written_with_the_scaling_curve(tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    made = _json("8B", "--gpus", "64", "--tokens", "100B", "--page", str(page))
    assert len(made["scaling"]) >= 8
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert text.count("<svg") >= 5


def test_the_best_model_for_the_days_takes_those_days() -> None:
    made = _json("auto", "--gpus", "64", "--days", "10", "--unique", "50B")
    assert made["days_with_failures"] == pytest.approx(10, rel=0.05)
    assert made["optimum"]["parameters"] == pytest.approx(made["model"]["parameters"], rel=0.1)


def test_two_sites_are_compared() -> None:
    made = _json("70B", "--gpus", "1024", "--tokens", "1T", "--sites", "2", "--link", "100")
    ways = {way["name"]: way["seconds"] for way in made["sites"]["ways"]}
    assert ways["local updates"] < ways["synchronous"]
    assert made["step"]["seconds"] == pytest.approx(ways[made["sites"]["choice"]])
    assert made["layout"]["data"] * made["layout"]["tensor"] * made["layout"]["pipeline"] <= 512


def test_a_table_for_people() -> None:
    result = CliRunner().invoke(app, ["plan", "llama3-8b", "--gpus", "8", "--tokens", "10B"])
    assert result.exit_code == 0
    for word in ("layout", "memory", "goodput", "cost", "EU AI Act"):
        assert word in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["1T", "--gpus", "8"], "the model fits on no 8 H100 SXM"),
        (["llama3-8b", "--gpus", "8191"], "8,191 accelerators cannot be laid out"),
        (["llama3-8b", "--gpus", "1"], "take more accelerators"),
        (["llama3-8b", "--gpus", "99999999"], "a plan is for 1 to 10,000,000"),
        (["llama3-8b", "--gpus", "0"], "a plan is for 1 to 10,000,000"),
        (["llama3-8b", "--gpus", "24", "--tensor", "5"], "cannot be laid out"),
        (["nonsense", "--gpus", "8"], "no model is called 'nonsense'"),
        (["8B", "--gpus", "8", "--machine", "abacus"], "no machine is called 'abacus'"),
        (["8B", "--gpus", "8", "--network", "pigeons"], "pigeons"),
        (["8B", "--gpus", "8", "--days", "-1"], "a plan is for more than none"),
        (["8B", "--gpus", "8", "--days", "1", "--tokens", "1B"], "not both"),
        (["auto", "--gpus", "8"], "auto needs the days at hand"),
        (["8B", "--gpus", "8", "--mtbf", "0"], "--mtbf is 0"),
        (["8B", "--gpus", "9", "--sites", "2"], "cannot be shared by 2 sites"),
        (["8B", "--gpus", "8", "--machine", "a100-80gb", "--precision", "fp8"], "no products in eight bits"),
        (["llama3-405b", "--gpus", "512", "--pipeline", "4", "--launch", "x"], "truthgpt train has no pipeline ranks"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["plan", *words])
    assert stopped.value.code in (2, 3)
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
