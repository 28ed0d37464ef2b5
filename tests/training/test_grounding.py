"""The grounded-answer score counts what a model drafts, not what is quoted, and tells abstaining from inventing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from truthgpt.answer.assistant import Assistant
from truthgpt.errors import BadInputError
from truthgpt.language.engine import Message, Sampling
from truthgpt.training.models.grounding import grounded_score

ANSWERED = (
    "When did the Webb telescope leave the ground?",
    "How wide is Webb's primary mirror?",
    "When did Voyager 2 get to interstellar space?",
    "Which spacecraft has been to Neptune?",
)
UNANSWERED = "What is the melting point of unobtainium on Kepler-22b?"


class Saying:
    """An engine that says what `say` makes of the prompt's last turn."""

    name = "saying"
    context = 4_096

    def __init__(self, say: Callable[[str], str]) -> None:
        self._say = say
        self.asked = 0

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.asked += 1
        yield self._say(messages[-1].content)

    def count_tokens(self, text: str) -> int:
        return len(text) // 4


def first_post(prompt: str) -> str:
    return prompt.split("\n")[1].removeprefix("[1] ")


def with_engine(assistant: Assistant, say: Callable[[str], str]) -> Saying:
    engine = Saying(say)
    assistant.__dict__["engine"] = engine
    return engine


def test_a_model_that_repeats_its_evidence_is_grounded(assistant: Assistant) -> None:
    engine = with_engine(assistant, lambda prompt: first_post(prompt) + " [1]")
    found = grounded_score(assistant, [*ANSWERED, UNANSWERED])
    assert engine.asked > 0
    assert found.questions == 5
    assert found.unasked == 5 - engine.asked
    assert found.sentences >= engine.asked
    assert found.score is not None
    assert found.score > 0.9
    assert found.abstained == 0
    assert found.model == "saying"
    assert [figure.count for figure in found.figures()] == [found.sentences, engine.asked]


def test_a_model_that_invents_is_not(assistant: Assistant) -> None:
    engine = with_engine(
        assistant, lambda _: "The duke of Zanzibar bought 417 purple submarines in 1823 [1]."
    )
    found = grounded_score(assistant, ANSWERED)
    assert (found.score, found.shown) == (0.0, 0)
    assert found.sentences == engine.asked > 0
    assert (found.low, found.high) == (0.0, 0.0)


def test_quotations_are_not_the_models_and_abstaining_is_no_sentence(assistant: Assistant) -> None:
    for words in ("The posts do not say.", "帖子没有说明。", ""):
        engine = with_engine(assistant, lambda _, words=words: words)
        found = grounded_score(assistant, ANSWERED)
        assert (found.score, found.sentences) == (None, 0)
        assert found.abstained == engine.asked > 0


def test_without_a_model_there_is_nothing_to_score(assistant: Assistant) -> None:
    found = grounded_score(assistant, ANSWERED)
    assert (found.model, found.score, found.unasked) == ("none", None, 4)
    assert found.figures() == ()
    with pytest.raises(BadInputError, match="no question"):
        grounded_score(assistant, [])
