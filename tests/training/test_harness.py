"""Under lm-evaluation-harness a model of one's own gets the numbers that the harness's own loader gives it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from transformers import AutoTokenizer

import small_model
from truthgpt.errors import BadInputError
from truthgpt.language import gguf_writing, vocabulary

pytest.importorskip("lm_eval")

from lm_eval.models.huggingface import HFLM

from truthgpt.training.models import harness
from truthgpt.training.models.harness import TruthGPTModel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    small_model.train(made)
    return made


@pytest.fixture(scope="module")
def ours(folder: Path) -> TruthGPTModel:
    return TruthGPTModel(str(folder))


@pytest.fixture(scope="module")
def theirs(folder: Path) -> Any:
    return HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=1)


def requests(*arguments: tuple[Any, ...]) -> list[Any]:
    return [SimpleNamespace(args=each, arguments=each) for each in arguments]


PAIRS = requests(
    ("Ana sells bread at", " the harbour every Monday morning"),
    ("Ana sells bread at ", "the harbour"),
    ("Ming", " paints boats"),
    ("Ming paints boats at the harbour every Monday morning, and Vera brings", " [1] coffee."),
    ("", "Vera reads"),
    (" ".join(small_model.TEXTS[:40]), " Ana sells"),  # longer than the context
)


def test_continuations_are_as_probable_as_with_the_harness_itself(ours: TruthGPTModel, theirs: Any) -> None:
    found, expected = ours.loglikelihood(PAIRS), theirs.loglikelihood(PAIRS)
    for (chance, best), (wanted, wanted_best) in zip(found, expected, strict=True):
        assert chance == pytest.approx(wanted, rel=1e-4)
        assert best == wanted_best
    assert {best for _, best in found} == {True, False}
    # The harness's own loader ends the program on a continuation that is longer than the context.
    ((chance, _),) = ours.loglikelihood(requests(("x", " ".join(small_model.TEXTS[:40]))))
    assert -1e5 < chance < 0


def test_texts_longer_than_the_context_cost_the_same(ours: TruthGPTModel, theirs: Any) -> None:
    texts = requests((small_model.TEXTS[0],), (" ".join(small_model.TEXTS[:50]),), ("",))
    expected = theirs.loglikelihood_rolling(texts[:2])
    found = ours.loglikelihood_rolling(texts)
    assert found[:2] == pytest.approx(expected, rel=1e-4)
    assert found[2] == 0


def test_answers_are_the_same_and_end_where_they_are_told(ours: TruthGPTModel, theirs: Any) -> None:
    asked = requests(
        ("Ana sells bread at", {"until": ["every"], "max_gen_toks": 40}),
        ("Ming mends clocks", {"until": "coffee", "max_gen_toks": 60}),
        ("Rui paints", {"until": [], "max_gen_toks": 5}),
    )
    found = ours.generate_until(asked)
    # The harness's own loader leaves out citations: it takes all added tokens for control.
    assert found[0] == theirs.generate_until(asked[:1])[0]
    assert "every" not in found[0]
    assert "[1]" in found[1]
    assert "coffee" not in found[1]
    tokens = vocabulary.load(ours._path).encode(f"Rui paints{found[2]}").ids
    assert len(tokens) <= len(vocabulary.load(ours._path).encode("Rui paints").ids) + 5
    with pytest.raises(BadInputError, match="greedily"):
        ours.generate_until(requests(("x", {"do_sample": True})))


def test_turns_are_written_as_transformers_writes_them(folder: Path, ours: TruthGPTModel) -> None:
    turns = [{"role": "user", "content": "Who mends clocks?"}]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    expected = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    assert ours.apply_chat_template(turns) == expected
    assert ours.tok_encode(expected)[0] == vocabulary.TURN_ID


def test_a_task_of_ones_own_runs_without_a_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    rows = [
        {
            "question": text.split(" at ")[0] + " at",
            "choices": [" the moon", " " + text.split(" at ")[1][:11]],
            "answer": 1,
        }
        for text in small_model.TEXTS[:8]
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    task = {
        "task": "places",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tmp_path / "rows.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "{{answer}}",
        "target_delimiter": "",
        "metric_list": [{"metric": "acc"}],
    }
    (tmp_path / "places.yaml").write_text(json.dumps(task))  # JSON is YAML
    found = harness.evaluate(folder, [str(tmp_path / "places.yaml")])
    assert found["places"]["acc,none"] == 1.0
    gguf_writing.write(folder, tmp_path / "own.gguf", "q8_0", "own")
    assert (
        harness.evaluate(tmp_path / "own.gguf", [str(tmp_path / "places.yaml")], 4)["places"]["acc,none"]
        == 1.0
    )
    # The list of all tasks takes ten seconds to read, and is read where a name is asked for.
    monkeypatch.setattr(harness, "TaskManager", lambda **_: SimpleNamespace(all_tasks=["other"]))
    for bad in ("no-such-task", str(tmp_path / "rows.yaml"), str(tmp_path / "rows.jsonl.yaml")):
        with pytest.raises(BadInputError):
            harness.evaluate(folder, [bad])
    (tmp_path / "rows.yaml").write_text("- 1")
    with pytest.raises(BadInputError, match="describes no task"):
        harness.evaluate(folder, [str(tmp_path / "rows.yaml")])
