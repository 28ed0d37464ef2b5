"""Preferences are made of what the verifier tells apart, and tuning makes the better draft the likelier one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from tiny_models import same, weights

from truthgpt.answer import prompt
from truthgpt.errors import BadInputError
from truthgpt.language.engine import Message
from truthgpt.training.lessons.counting import Counting
from truthgpt.training.lessons.lesson_file import Lesson
from truthgpt.training.lessons.making import CITED, NOT_SAID, lesson_file
from truthgpt.training.tuning import finetune, preferences
from truthgpt.training.tuning.drafts import Draft, Sampled, abstention, passages_of, score
from truthgpt.training.tuning.finetune import Finetune
from truthgpt.training.tuning.preferences import Prefer, Preferred
from truthgpt.truth.rules import RuleVerifier

PASSAGES = ["The Amber Tower is red. Cats sleep on it.", "The Amber Tower was built in 1887."]
ASKED = prompt.messages("When was the Amber Tower built?", PASSAGES, Counting(2_048))[-1]


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("The Amber Tower was built in 1887 [2].", 1.0),
        ("The Amber Tower was built in 1887 [1].", 0.5),  # the wrong post
        ("The Amber Tower was built in 1887.", 0.5),  # no post
        ("The Amber Tower was built in 1902 [2].", 0.0),
        ("The Amber Tower is red [1].", 0.5),  # true, and no answer
        ("The Amber Tower was built in 1887 [2]. It was built by giants [2].", 0.5),
        ("The posts do not say.", 0.0),
        ("", 0.0),
        ("[2] [2] [1]", 0.0),
    ],
)
def test_a_draft_is_worth_what_its_passages_carry(text: str, worth: float) -> None:
    assert score(Draft(text), ASKED, RuleVerifier(), answered=True) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("The posts do not say.", 1.0),
        ("As publicações não dizem.", 1.0),
        ("帖子没有说明。", 1.0),
        ("The posts do not say. But the Amber Tower is red [1].", 0.0),
        ("The Amber Tower is red [1].", 0.0),
        ("", 0.0),
    ],
)
def test_where_nothing_answers_only_saying_so_is_right(text: str, worth: float) -> None:
    assert score(Draft(text), ASKED, RuleVerifier(), answered=False) == worth


def test_a_draft_that_was_cut_off_is_worth_half() -> None:
    text = "The Amber Tower was built in 1887 [2]"
    assert score(Draft(text, ended=False), ASKED, RuleVerifier(), answered=True) == 0.5


def test_the_passages_are_read_back_as_they_were_written() -> None:
    assert passages_of(ASKED) == PASSAGES
    assert passages_of(Message("user", "Hello there")) == []
    assert abstention("The posts do not say")
    assert not abstention("The posts do")


def options(folder: Path, name: str, **more: Any) -> Prefer:
    plain = Prefer(
        base=folder / "sft",
        lessons=folder / "lessons.jsonl",
        out=folder / name,
        drafts=2,
        tokens=12,
        epochs=3,
        rate=4e-3,
        batch=4,
        checkpoint=2,
    )
    return dataclasses.replace(plain, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tiny_models.make(tmp_path_factory.mktemp("tiny"))
    finetune.run(
        Finetune(base=made / "base", lessons=made / "lessons.jsonl", out=made / "sft", epochs=2, rate=5e-3)
    )
    return made


@pytest.fixture(scope="module")
def tuned(folder: Path) -> Preferred:
    return preferences.run(options(folder, "preferred"))


def test_tuning_raises_the_margin_of_the_chosen_over_the_rejected(folder: Path, tuned: Preferred) -> None:
    assert tuned.first_margin == pytest.approx(0.0, abs=1e-5)
    assert tuned.margin > 0.2
    assert tuned.pairs == tuned.questions == 8
    # Three times, of each pair both answers, each behind its prompt of a hundred tokens and more.
    assert tuned.read > 3 * 2 * 100 * tuned.pairs
    assert not same(weights(tuned.folder), weights(folder / "sft"))


class Killed(BaseException):
    pass


def test_a_run_killed_midway_twice_and_run_again_is_as_undisturbed(
    folder: Path, tuned: Preferred, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preferences, "_AT_ONCE", 3)
    seen: list[tuple[str, int]] = []

    def kill_at(place: tuple[str, int]) -> Callable[..., None]:
        def kill(stage: str, done: int, total: int, unit: str = "") -> None:
            seen.append((stage, done))
            if (stage, done) == place:
                raise Killed

        return kill

    for place in (("drafting", 5), ("preferring", 3)):
        with pytest.raises(Killed):
            preferences.run(options(folder, "killed"), kill_at(place))
    preferences.run(options(folder, "killed"), kill_at(("", 0)))
    assert same(weights(folder / "killed"), weights(tuned.folder))
    assert seen.count(("drafting", 3)) == 1  # kept, not drawn again
    assert seen.count(("drafting", 8)) == 1
    assert seen.count(("preferring", 2)) == 1


def test_with_lora_the_model_before_is_the_reference_and_stays_as_it_is(folder: Path) -> None:
    before = weights(folder / "sft")
    done = preferences.run(options(folder, "lora", rank=4, rate=2e-2))
    assert done.first_margin == pytest.approx(0.0, abs=1e-5)
    assert done.margin > 0.0
    assert same(weights(folder / "sft"), before)
    assert (folder / "lora" / finetune.ADAPTER / "adapter_model.safetensors").is_file()


class Scripted:
    """Writes the same drafts for each question."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def drafts(self, messages: Sequence[Message], how: Sampled, seed: int) -> list[Draft]:
        return [Draft(text) for text in self.texts]


def test_a_pair_is_made_only_where_a_margin_lies_between(folder: Path) -> None:
    lesson = Lesson(
        (
            *prompt.messages("When was the Amber Tower built?", PASSAGES, Counting(2_048)),
            Message("assistant", "x"),
        ),
        CITED,
        6,
    )
    apart = [Draft("The Amber Tower was built in 1887 [2]."), Draft("The Amber Tower was built in 1902 [2].")]
    alike = [Draft("It was red."), Draft("It was blue.")]
    own = options(folder, "x", with_answer=False)
    pairs, scores = preferences.paired([lesson, lesson], [apart, alike], RuleVerifier(), own)
    assert [(pair.chosen, pair.rejected) for pair in pairs] == [(apart[0].text, apart[1].text)]
    assert scores == [0.5, 0.0]


def test_bad_input_is_one_line(folder: Path, tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    lesson_file.write(chat, [lesson for lesson in tiny_models.lessons() if lesson.kind == "chat"])
    with pytest.raises(BadInputError, match="no question with passages"):
        preferences.run(options(folder, "x", lessons=chat))
    with pytest.raises(BadInputError, match="two drafts are needed"):
        options(folder, "x", drafts=1, with_answer=False)
    with pytest.raises(BadInputError, match="margin above 0"):
        options(folder, "x", margin=0.0)
    alike = tmp_path / "alike.jsonl"
    lesson_file.write(alike, [lesson for lesson in tiny_models.lessons() if lesson.kind == NOT_SAID][:1])
    with pytest.raises(BadInputError, match="draw more drafts"):
        preferences.run(options(folder, "alike", lessons=alike, with_answer=False, tokens=2))
