"""`truthgpt train`: from posts to a model that answers, by one file; what is wrong is one line."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from command_line import Run, one_line

from truthgpt.language.hugging_face import read
from truthgpt.training import stages
from truthgpt.training.lessons import origin
from truthgpt.training.models import card

CONFIG = """
out = "run"
[model]
depth = 1
context = 768
[tokenizer]
size = 600
compared = []
[pretrain]
tokens = 8000
batch = 1024
length = 64
precision = "float32"
[lessons]
most = 8
chat = 0.0
[finetune]
epochs = 1.0
batch = 4
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    path = tmp_path / "run.toml"
    path.write_text(CONFIG)
    return path


def test_posts_become_a_model_that_answers(
    config: Path, demo_data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = config.parent / "run"
    made = run("train", "tokenizer", config, "--data", demo_data, "--json").json
    assert made["path"] == str(out / "tokenizer.json")
    assert made["sizes"][0]["size"] == 600
    assert made["sizes"][0]["bytes_per_token"] > 1.3
    written = (out / "tokenizer.json").stat().st_mtime_ns
    assert run("train", "tokenizer", config, "--data", demo_data, "--once", "--json").json == {
        "path": str(out / "tokenizer.json")
    }
    assert (out / "tokenizer.json").stat().st_mtime_ns == written

    dry = run("train", "pretrain", config, "--data", demo_data, "--dry-run", "--json").json
    assert not (out / stages.PRETRAINING).exists()
    made = run("train", "pretrain", config, "--data", demo_data, "--json").json
    assert made["done"]
    assert (made["step"], made["tokens"]) == (dry["steps"], dry["tokens"])
    assert made["seconds"] > 0
    assert made["loss"] < 6.4  # ln 600, what knowing nothing costs
    network = read(out / stages.PRETRAINED)
    assert network.shape.parameters == dry["parameters"]
    facts = card.read(out / stages.PRETRAINED)
    assert [stage.name for stage in facts.stages] == ["pretrain"]
    assert facts.flop == pytest.approx(dry["flop"])
    again = run("train", "pretrain", config, "--data", demo_data, "--json").json
    assert again == made

    tuned = run("train", "finetune", config, "--data", demo_data, "--json").json
    assert tuned["lessons"] > 4
    first, second = card.read(out / stages.FINETUNED).stages
    assert (first.name, second.name) == ("pretrain", "finetune")
    assert second.tokens == tuned["read"] > tuned["tokens"]
    assert run("train", "finetune", config, "--data", demo_data, "--json").json == tuned
    counts = json.loads((out / stages.COUNTS).read_text())
    assert counts["kinds"]["cited"] >= 1

    file = config.parent / "mine.gguf"
    run("model", "export", out / stages.FINETUNED, "--to", file)
    asked = "Is the internet going to be switched off for five days?"
    answer = run("ask", "--model", file, "--data", demo_data, "--json", asked).json
    assert answer["model"] == "mine"

    facts = card.read(out / stages.PRETRAINED)
    card.write(out / stages.PRETRAINED, replace(facts, inspection=card.Inspection("looked at", "2026-11-30")))
    assert run("train", "pretrain", config, "--data", demo_data, "--json").json == made
    kept = card.read(out / stages.PRETRAINED)
    assert (kept.when, kept.inspection) == (facts.when, card.Inspection("looked at", "2026-11-30"))
    assert run("train", "finetune", config, "--data", demo_data, "--json").json == tuned
    liked = run("train", "prefer", config, "--data", demo_data, "--json").json
    assert liked["pairs"] > 0
    assert [stage.name for stage in card.read(out / stages.PREFERRED).stages][2:] == ["prefer"]
    assert run("train", "prefer", config, "--data", demo_data, "--json").json == liked

    with monkeypatch.context() as patched:  # `origin.forgotten` has a test of its own
        patched.setattr(origin, "forgotten", lambda *_: 1)
        refused = run("train", "finetune", config, "--data", demo_data)
        assert "finetuned learned from posts that are no longer in the corpus" in one_line(refused, 2)
        refused = run("train", "prefer", config, "--data", demo_data)
        assert "lessons.jsonl holds posts that are no longer" in one_line(refused, 2)
        config.write_text(f'{CONFIG}[prefer]\nbase = "{out / stages.PRETRAINED}"\n')
        refused = run("train", "prefer", config, "--data", demo_data)
        assert "lessons.jsonl holds posts that are no longer" in one_line(refused, 2)
        config.write_text(CONFIG)
    with (out / stages.LESSONS).open("a") as lessons:
        lessons.write("\n")
    refused = run("train", "prefer", config, "--data", demo_data)
    assert "finetuned learned from other lessons; remove it" in one_line(refused, 2)


def test_new_shards_are_made_for_a_new_tokenizer_or_split_but_not_under_a_run(
    config: Path, demo_data: Path, run: Run
) -> None:
    run("train", "tokenizer", config, "--data", demo_data)
    run("train", "pretrain", config, "--data", demo_data)
    config.write_text(CONFIG + "[data]\nvalidation = 0.2\n")
    refused = run("train", "pretrain", config, "--data", demo_data)
    assert "was split with another [data] validation" in one_line(refused, 2)
    config.write_text(CONFIG.replace("size = 600", "size = 700"))
    run("train", "tokenizer", config, "--data", demo_data)
    refused = run("train", "pretrain", config, "--data", demo_data)
    assert "was made with another tokenizer" in one_line(refused, 2)
    shutil.rmtree(config.parent / "run" / stages.PRETRAINING)
    assert run("train", "pretrain", config, "--data", demo_data, "--json").json["done"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[model]\ndpeth = 1", 2, r"[model] dpeth is not known"),
        ("[model]\ndepth = 1\nparams = 3", 2, "one dial"),
        ("out = 1", 2, "out is 1"),
        ("x", 2, "cannot be read as TOML"),
        (CONFIG, 3, "no tokenizer in"),
    ],
)
def test_what_is_wrong_with_a_run_is_one_line(
    config: Path, demo_data: Path, run: Run, text: str, code: int, said: str
) -> None:
    config.write_text(text)
    assert said in one_line(run("train", "pretrain", config, "--data", demo_data), code)


def test_an_empty_corpus_and_a_file_that_is_not_there_are_one_line(
    config: Path, tmp_path: Path, run: Run
) -> None:
    empty = run("train", "tokenizer", config, "--data", tmp_path / "nothing")
    assert "no posts" in one_line(empty, 3)
    missing = run("train", "tokenizer", tmp_path / "none.toml")
    assert "no such file" in one_line(missing, 3)


def test_ctrl_c_is_one_line_and_the_run_goes_on(config: Path, demo_data: Path, run: Run) -> None:
    config.write_text(CONFIG.replace("tokens = 8000", "tokens = 100000"))
    run("train", "tokenizer", config, "--data", demo_data)
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    arguments = ["train", "pretrain", str(config), "--data", str(demo_data)]
    program = f"import signal; {heard}; from truthgpt.cli import main; main({arguments!r})"
    journal = config.parent / "run" / stages.PRETRAINING / "journal.jsonl"
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as running:
        while not (journal.is_file() and journal.stat().st_size) and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=120)[1]
    assert running.returncode == 130
    stopped = re.fullmatch(r"truthgpt: stopped at step (\d+) of (\d+); run it again to go on\n", said)
    assert stopped
    assert int(stopped[1]) < int(stopped[2])
    made = run("train", "pretrain", config, "--data", demo_data, "--json").json
    assert made["done"]
    assert made["step"] == int(stopped[2])
