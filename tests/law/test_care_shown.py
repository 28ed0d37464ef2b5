"""Help stands before the answer, in the question's language, wherever an answer is shown as text."""

from __future__ import annotations

from truthgpt.answer.pipeline import with_care
from truthgpt.answer.schema import Answer, Decision, Sentence
from truthgpt.server.render import TextAnswer, render


def _answer(decision: Decision) -> Answer:
    sentence = Sentence(text="Talk to someone.", citations=[], verdict="supported", confidence=0.9)
    return Answer(
        question="Quero morrer",
        language="pt",
        decision=decision,
        sentences=[sentence],
        struck=[],
        perspectives=[],
        evidence=[],
        notes=[],
        model="none",
        corpus_version=1,
        seconds=0.1,
    )


def test_help_comes_first_with_the_number_of_the_jurisdiction() -> None:
    text = render(_answer(Decision(answer=True, care=with_care("suicide", "pt", "br"))))
    assert text.startswith("Se você pensa em acabar com a vida")
    assert text.index("CVV: 188 https://www.cvv.org.br") < text.index("Talk to someone.")


def test_streamed_help_is_said_once_and_first() -> None:
    decision = Decision(answer=True, care=with_care("suicide", "pt", "br"))
    writer, answer = TextAnswer(), _answer(decision)
    streamed = [writer.help(decision), writer.sentence(answer.sentences[0]), writer.rest(answer)]
    assert "".join(streamed) == render(answer)


def test_without_care_nothing_is_added() -> None:
    decision = Decision(answer=True)
    assert TextAnswer().help(decision) == ""
    assert render(_answer(decision)) == "Talk to someone."
    assert decision.model_dump()["care"] is None
