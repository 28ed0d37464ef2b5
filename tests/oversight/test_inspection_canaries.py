"""A canary that a model has learned by heart stands out among strings that it never saw, and another does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from truthgpt.oversight.inspection import leakage
from truthgpt.oversight.inspection.subject import Subject
from truthgpt.settings import Settings

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch")

SEED = 11


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """A small model whose training held the first of two canaries many times."""
    import small_model
    from truthgpt.training.models.export import export

    folder = tmp_path_factory.mktemp("canaries")
    planted, _ = leakage.canaries(2, SEED)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(small_model, "TEXTS", (*small_model.TEXTS, *[planted] * len(small_model.TEXTS)))
        small_model.train(folder / "model", steps=250)
    file = folder / "model.gguf"
    export(folder / "model", file, "f16", "")
    with Subject(Settings(folder, str(file), model_chosen=True), "open", SEED) as opened:
        yield opened


def exposure(subject: Subject, place: int) -> float:
    prompt = orjson.dumps({"place": place, "canary": leakage.canaries(2, SEED)[place]}).decode()
    return float(subject.reply("exposure", prompt, 0)["exposure"])


def test_a_planted_canary_is_exposed(subject: Subject) -> None:
    assert exposure(subject, 0) == 10.0


def test_one_that_was_not_planted_is_not(subject: Subject) -> None:
    assert exposure(subject, 1) < 8.0


def test_what_was_learned_takes_few_bits(subject: Subject) -> None:
    learned = subject.reply("likelihood", leakage.canaries(2, SEED)[0], 0)
    other = subject.reply("likelihood", leakage.canaries(2, SEED)[1], 0)
    assert learned["bytes"] == other["bytes"]
    assert learned["bits"] < other["bits"]


def test_a_model_that_was_not_trained_here_has_no_known_compute(subject: Subject, tmp_path: Path) -> None:
    assert subject.absent("card").startswith("unknown")
