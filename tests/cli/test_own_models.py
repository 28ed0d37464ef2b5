"""`model export`, `card` and `evaluate`: from a folder of training to a model that answers, and back; errors are one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from command_line import Run, one_line

import small_model
from truthgpt.language import gguf, gguf_reading, hugging_face
from truthgpt.training.models import card
from truthgpt.training.pretraining.energy import Hardware


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model with its card."""
    made = tmp_path_factory.mktemp("run") / "model"
    small_model.train(made)
    data = card.Data(7, "cd" * 32, 64, 4_000, 8, {"en": 4_000}, {"harbour": 4_000})
    stage = card.Stage("pretrain", 34_560, 64, 90, 2.0, Hardware("a processor", 2, gpu=False), 0.4)
    card.write(
        made, card.Training("harbour", small_model.SHAPE, data, (stage,), "2026-11-29", license="cc0-1.0")
    )
    return made


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    rows = [{"text": text, "language": "en", "community": "harbour"} for text in small_model.TEXTS[:5]]
    rows += [{"text": "港口的面包"}]
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_a_file_answers_and_carries_its_card(folder: Path, tmp_path: Path, demo_data: Path, run: Run) -> None:
    file = tmp_path / "out" / "mine.gguf"
    made = run(
        "model", "export", folder, "--to", file, "--precision", "Q4_1", "--name", "mine", "--json"
    ).json
    assert made == {
        "path": str(file),
        "bytes": file.stat().st_size,
        "precision": "q4_1",
        "parameters": small_model.SHAPE.parameters,
        "name": "mine",
    }
    assert [path.name for path in file.parent.iterdir()] == ["mine.gguf"]
    answer = run(
        "ask", "--model", file, "--data", demo_data, "--json", "When did the Webb telescope leave the ground?"
    ).json
    assert answer["model"] == "mine"
    shown = run("model", "card", file, "--json").json
    assert (shown["name"], shown["license"], shown["data"]["version"]) == ("mine", "cc0-1.0", 7)
    assert "# mine" in run("model", "card", file).out
    assert gguf.read(file).text("general.license") == "cc0-1.0"


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_a_folder_keeps_card_tokenizer_and_weights(
    precision: str, folder: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    made = run("model", "export", folder, "--to", out, "--precision", precision, "--json").json
    assert (made["name"], made["precision"]) == ("harbour", precision)
    assert made["bytes"] == sum(path.stat().st_size for path in out.iterdir())
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
            "card.json", "README.md"} == {path.name for path in out.iterdir()}  # fmt: skip
    assert card.read(out) == card.read(folder)
    weights, before = hugging_face.read(out).state_dict(), hugging_face.read(folder).state_dict()
    dtype = torch.float32 if precision == "f32" else torch.bfloat16
    assert all(torch.equal(weights[name], before[name].to(dtype).float()) for name in before)


def test_a_file_becomes_a_folder_again(folder: Path, tmp_path: Path, run: Run) -> None:
    run("model", "export", folder, "--to", tmp_path / "a.gguf", "--precision", "f16")
    assert run("model", "export", tmp_path / "a.gguf", "--to", tmp_path / "back").code == 0
    assert card.read(tmp_path / "back") == card.read(folder)
    again, before = (
        hugging_face.read(tmp_path / "back").state_dict(),
        gguf_reading.read_network(tmp_path / "a.gguf").state_dict(),
    )
    assert all(torch.equal(again[name], before[name]) for name in before)


def test_what_is_there_is_not_written_over(folder: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    for target in (tmp_path / "thesis", tmp_path / "thesis" / "thesis.txt", folder):
        assert "there already" in one_line(run("model", "export", folder, "--to", target), 2)
    assert (tmp_path / "thesis" / "thesis.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]
    assert run("model", "export", folder, "--to", tmp_path / "a.gguf").code == 0
    before = (tmp_path / "a.gguf").read_bytes()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in folder.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    (damaged / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-9])
    assert "is damaged" in one_line(run("model", "export", damaged, "--to", tmp_path / "a.gguf"), 2)
    assert (tmp_path / "a.gguf").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gguf", "damaged", "thesis"]


def test_wrong_use_is_one_line(folder: Path, tmp_path: Path, texts: Path, demo_data: Path, run: Run) -> None:
    none = tmp_path / "none"
    for arguments, code in (
        (("export", none, "--to", tmp_path / "a.gguf"), 3),
        (("export", folder, "--to", tmp_path / "a.gguf", "--precision", "bf16"), 2),
        (("export", folder, "--to", tmp_path / "a", "--precision", "q8_0"), 2),
        (("export", folder), 2),
        (("card", none), 3),
        (("card", texts), 2),
        (("evaluate", none, "--texts", texts), 3),
        (("evaluate", folder, "--texts", none), 2),
        (("evaluate", folder, "--data", none), 3),
        (("evaluate", folder, "--data", demo_data, "--held-out", "0"), 2),
        (("evaluate", texts, "--texts", texts), 2),
    ):
        one_line(run("model", *arguments), code)
    assert not (tmp_path / "a.gguf").exists()
    for line in ("nope", "[1]", '{"text": 5}', '{"text": "a", "language": 7}'):
        texts.write_text('{"text": "a"}\n' + line)
        assert "line 2" in one_line(run("model", "evaluate", folder, "--texts", texts), 2)


def test_texts_are_measured_and_the_card_learns_it(folder: Path, texts: Path, run: Run) -> None:
    found = run("model", "evaluate", folder, "--texts", texts, "--write", "--json").json["bits_per_byte"]
    assert found["total"]["documents"] == 6
    assert found["languages"]["en"]["bits_per_byte"] < 1 < found["languages"][""]["bits_per_byte"]
    assert found["communities"]["harbour"]["bytes"] == found["languages"]["en"]["bytes"]
    figures = run("model", "card", folder, "--json").json["figures"]
    assert figures[0]["what"] == "held-out texts"
    assert figures[0]["value"] == pytest.approx(found["total"]["bits_per_byte"])
    run("model", "evaluate", folder, "--texts", texts, "--write", "--limit", 5, "--json")
    again = run("model", "card", folder, "--json").json["figures"]
    assert len(again) == len(figures)
    assert again[0]["value"] < figures[0]["value"]
    assert (
        "held-out texts"
        in run("model", "evaluate", folder, "--texts", texts).out + run("model", "card", folder).out
    )


def test_the_corpus_is_measured_by_what_is_held_out(folder: Path, demo_data: Path, run: Run) -> None:
    least, few, more = (
        run(
            "model", "evaluate", folder, "--data", demo_data, "--held-out", share,
            "--held-out-documents", documents, "--json",
        ).json["bits_per_byte"]
        for share, documents in ((0.001, 3), (0.01, 8), (0.5, 8))
    )  # fmt: skip
    assert least["total"]["documents"] == 3
    assert 8 <= few["total"]["documents"] < more["total"]["documents"]
    assert set(few["communities"]) <= set(more["communities"])


def test_questions_are_put_to_a_folders_model(
    folder: Path, demo_data: Path, tmp_path: Path, run: Run
) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text(
        '{"question": "When did the Webb telescope leave the ground?"}\n{"question": "Which spacecraft has been to Neptune?"}\n'
    )
    result = run("model", "evaluate", folder, "--questions", asked, "--data", demo_data, "--json")
    found = result.json["grounded"]
    assert found["questions"] == 2
    assert found["model"] == "model"  # its folder's name
    assert found["entailed"] <= found["sentences"]
    assert "bits_per_byte" not in result.json


def test_without_torch_a_card_is_shown_and_the_rest_says_what_to_install(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'safetensors', 'gguf'): sys.modules[name] = None\n"
        "from truthgpt.cli import main\n"
        f"main(['model', 'card', {str(folder)!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "harbour" in done.stdout
    monkeypatch.setattr(
        "truthgpt.training.extra.find_spec", lambda name: None if name == "torch" else SimpleNamespace()
    )
    for command in (("export", folder, "--to", "x.gguf"), ("evaluate", folder)):
        assert "pip install 'truthgpt[train]'" in one_line(run("model", *command), 3)


def test_help_brings_no_torch() -> None:
    code = "import sys, truthgpt.cli\ntry: truthgpt.cli.main(['model', '--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
