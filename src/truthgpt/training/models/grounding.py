"""The grounded-answer score: of the sentences that a model drafts from evidence, the share that the evidence entails.

Questions are asked as `truthgpt ask` asks them, and each drafted sentence is judged anew against the posts that the answer
was given, by the trained verifier: another judge than the one that struck sentences while the answer was made. Quoted
sentences are not the model's and not counted. A model that says "the posts do not say" abstains: that is no sentence, but
it is counted by itself, for a model that always abstains has no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from truthgpt.answer import phrases
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.passages import READ
from truthgpt.answer.schema import AnswerEvent, EvidenceEvent, VerdictEvent
from truthgpt.errors import BadInputError
from truthgpt.settings import QUOTES_ONLY
from truthgpt.training.models.card import Figure
from truthgpt.training.models.intervals import ratio
from truthgpt.truth.trained import TrainedVerifier
from truthgpt.truth.verifier import Judgement

_ABSTENTIONS: Final = frozenset(phrases.not_said(language) for language in ("en", "pt", "zh"))


class Judge(Protocol):
    """Judges many claims at once, as `TrainedVerifier` does."""

    def judge_all(self, rows: Sequence[tuple[str, Sequence[str]]]) -> list[Judgement]: ...


@dataclass(frozen=True, slots=True)
class Grounded:
    """`score` = `entailed` / `sentences`, None where no sentence was drafted; `low` and `high` bound 95% over other questions.

    `shown` of the sentences stood in the answers. Of the `questions`, the model was not asked `unasked` (no post answers
    them, or the law forbids) and drafted nothing for `abstained`.
    """

    model: str
    score: float | None
    low: float | None
    high: float | None
    sentences: int
    entailed: int
    shown: int
    questions: int
    unasked: int
    abstained: int

    def figures(self) -> tuple[Figure, ...]:
        """The score for a card, and how often the model abstained."""
        asked = self.questions - self.unasked
        if self.score is None or not asked:
            return ()
        return (
            Figure(
                "drafted sentences that the evidence entails",
                self.score,
                "share",
                self.sentences,
                self.low,
                self.high,
            ),
            Figure("questions on which it drafted nothing", self.abstained / asked, "share", asked),
        )


def grounded_score(assistant: Assistant, questions: Iterable[str], judge: Judge | None = None) -> Grounded:
    """The score of the assistant's model on `questions` over its corpus, each asked once, greedily.

    `judge` is `TrainedVerifier` where it is None. Raises `BadInputError` where there is no question, and what asking raises.
    """
    judge = judge or TrainedVerifier()
    name, shown, unasked, abstained = "", 0, 0, 0
    entailed: list[int] = []
    drafted: list[int] = []
    for question in questions:
        evidence: list[str] = []
        claims: list[str] = []
        for event in assistant.ask(question):
            if isinstance(event, EvidenceEvent):
                evidence = [piece.text[:READ] for piece in event.evidence]
            elif isinstance(event, VerdictEvent) and not event.sentence.quoted:
                if event.sentence.text not in _ABSTENTIONS:
                    claims.append(event.sentence.text)
                    shown += event.shown
            elif isinstance(event, AnswerEvent) and event.answer.model != QUOTES_ONLY:
                name = event.answer.model
                abstained += not claims
            elif isinstance(event, AnswerEvent):
                unasked += 1
        judged = judge.judge_all([(claim, evidence) for claim in claims]) if claims else []
        drafted.append(len(claims))
        # Another post may deny it: what is asked here is whether one says it.
        entailed.append(sum(one.verdict in ("supported", "disputed") for one in judged))
    if not drafted:
        raise BadInputError("there is no question to measure the model on")
    sentences, carried = sum(drafted), sum(entailed)
    low, high = ratio(np.array(entailed), np.array(drafted)) or (None, None)
    return Grounded(
        model=name or QUOTES_ONLY,
        score=carried / sentences if sentences else None,
        low=low,
        high=high,
        sentences=sentences,
        entailed=carried,
        shown=shown,
        questions=len(drafted),
        unasked=unasked,
        abstained=abstained,
    )
