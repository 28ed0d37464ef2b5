"""An answer as JSON: the one schema that the command line, the HTTP API and the page share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_QUESTION = 10_000
"""Characters that a question may have."""
OUTRIGHT = 0.5
"""The least of `Sentence.answers` with which a sentence answers more likely than not."""

VerdictName = Literal["supported", "refuted", "disputed", "not enough evidence"]
StanceName = Literal["supports", "refutes", "neutral"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class HelpLine(Frozen):
    """Who helps; `number` is empty where a page is all there is."""

    name: str
    number: str
    link: str


class Care(Frozen):
    """Help that is shown before an answer to a person in distress: what is said, in the question's language where it is known, the
    emergency number of the jurisdiction or an empty text, and who helps."""

    topic: str
    text: str
    emergency: str
    lines: list[HelpLine]


class Decision(Frozen):
    """Whether the law lets the question be answered; a refusal names its rule and statute, an answer with care its help."""

    answer: bool
    rule: str | None = None
    statute: str | None = None
    care: Care | None = None


class Sentence(Frozen):
    """A sentence, the posts it cites, and the judgement of it against them. `confidence` is in [0, 1].

    `quoted` says that the sentence stands word for word in the first post that it cites; `opinion`, that it says what its author
    thinks: then the posts can carry that somebody thinks so, never that it is so. `answers` is how probable it is that
    a quoted sentence answers, or at least helps with what is asked, beside whether it is so; None where that is not known.
    """

    text: str
    citations: list[str]
    verdict: VerdictName
    confidence: Annotated[float, Field(ge=0, le=1)]
    reason: str = ""
    quoted: bool = False
    opinion: bool = False
    answers: Annotated[float, Field(ge=0, le=1)] | None = None


class Perspective(Frozen):
    """A side of a question: its points, the posts they cite, and its share of the independent evidence."""

    label: str
    share: Annotated[float, Field(ge=0, le=1)]
    sentences: list[str]
    citations: list[str]


class Evidence(Frozen):
    """A post found for the question. `passage` is the [start, end) offsets in `text` of the part that was used."""

    id: str
    text: str
    community: str
    author: str
    created_at: datetime | None
    stance: StanceName
    relevance: float
    copies: int
    url: str = ""
    passage: tuple[int, int] = (0, 0)


class Answer(Frozen):
    """The whole answer. `struck` are sentences that the model wrote and the evidence does not support."""

    question: str
    language: str
    decision: Decision
    sentences: list[Sentence]
    struck: list[Sentence]
    perspectives: list[Perspective]
    evidence: list[Evidence]
    notes: list[dict[str, Any]]
    model: str
    corpus_version: int
    seconds: float

    @property
    def outright(self) -> bool:
        """Whether a cited sentence answers more likely than not; where none does, what is quoted is what comes nearest."""
        return any(
            sentence.citations and (sentence.answers is None or sentence.answers >= OUTRIGHT)
            for sentence in self.sentences
        )


class DecisionEvent(Frozen):
    """First: the law's decision and what it was asked."""

    event: Literal["decision"] = "decision"
    language: str
    decision: Decision


class EvidenceEvent(Frozen):
    """Second: the posts that the answer may cite, best first."""

    event: Literal["evidence"] = "evidence"
    evidence: list[Evidence]


class SentenceEvent(Frozen):
    """A sentence was drafted and is being checked; it is not part of the answer yet."""

    event: Literal["sentence"] = "sentence"
    index: int
    text: str
    citations: list[str]


class VerdictEvent(Frozen):
    """The sentence `index` was judged: `shown` puts it into the answer, else it is struck."""

    event: Literal["verdict"] = "verdict"
    index: int
    shown: bool
    sentence: Sentence


class AnswerEvent(Frozen):
    """Last: the answer whole. What it holds replaces all that was streamed before."""

    event: Literal["answer"] = "answer"
    answer: Answer


Event = DecisionEvent | EvidenceEvent | SentenceEvent | VerdictEvent | AnswerEvent
