"""The floors below the page, scripted: questions whose events are known, and a search over some posts.

They have the shapes that `truthgpt.server.services` asks for, so the page is tested through the real service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from browser_posts import ASTRAL, BRIDGE, PASSAGE, POSTS
from browser_search import ScriptedSearcher
from numpy.typing import NDArray

from truthgpt.answer.schema import (
    Answer,
    AnswerEvent,
    Decision,
    DecisionEvent,
    Event,
    Evidence,
    EvidenceEvent,
    Perspective,
    Sentence,
    SentenceEvent,
    StanceName,
    VerdictEvent,
)
from truthgpt.corpus.post import Post
from truthgpt.errors import MissingError
from truthgpt.notes.decision import HELPFUL
from truthgpt.notes.store import NoteStore
from truthgpt.notes.told import told
from truthgpt.oversight.pause import Paused
from truthgpt.search.clicks import ClickLog
from truthgpt.server.services import LogBody, Services, Status


def evidence(post_id: str, passage: str, stance: StanceName = "supports", copies: int = 1) -> Evidence:
    """A scripted post as evidence, its passage given by its words."""
    post = POSTS[post_id]
    start = post.text.index(passage)
    return Evidence(
        id=post.id,
        text=post.text,
        community=post.community,
        author=post.author,
        created_at=post.created_at,
        stance=stance,
        relevance=0.8,
        copies=copies,
        url=post.url,
        passage=(start, start + len(passage)),
    )


@dataclass(frozen=True)
class Script:
    """What is answered to one question; `cut` ends the stream with an error after the sentences."""

    language: str = "en"
    decision: Decision = field(default_factory=lambda: Decision(answer=True))
    evidence: tuple[Evidence, ...] = ()
    drafts: tuple[tuple[bool, Sentence], ...] = ()
    perspectives: tuple[Perspective, ...] = ()
    cut: bool = False


def _sentence(text: str, *ids: str, confidence: float = 0.82, reason: str = "") -> Sentence:
    return Sentence(text=text, citations=list(ids), verdict="supported", confidence=confidence, reason=reason)


def _not_said() -> Sentence:
    return Sentence(text="The posts do not say.", citations=[], verdict="not enough evidence", confidence=0.9)


def _struck(text: str, reason: str) -> Sentence:
    return Sentence(
        text=text, citations=["demo:1"], verdict="not enough evidence", confidence=0.9, reason=reason
    )


_EXOPLANETS = Script(
    evidence=(
        evidence("demo:2", "5,000 confirmed. Sixty-five were added in one batch today.", copies=15),
        evidence("demo:1", PASSAGE),
        evidence("demo:3", "that was 2019", "neutral"),
        evidence("demo:4", BRIDGE, "neutral"),
    ),
    drafts=(
        (
            True,
            _sentence("NASA's count of confirmed exoplanets has reached 6,000.", "demo:1", confidence=0.97),
        ),
        (False, _struck("Most of them are made of diamond.", "“diamond” is not in the evidence")),
        (
            True,
            _sentence(
                "In March 2022 it stood at 5,000, after sixty-five were added in one batch.",
                "demo:2",
                "demo:1",
                reason="every number and name is in the cited posts",
            ),
        ),
    ),
)
_NUCLEAR = Script(
    evidence=(
        evidence("demo:5", "A nuclear plant gives steady power day and night"),
        evidence("demo:6", "Reactors come too late to matter.", "refutes"),
    ),
    drafts=(
        (
            True,
            _sentence("Some who write here value steady power, others speed.", "demo:5", "demo:6"),
        ),
        (
            True,
            _sentence("We should build wind and sun first.", "demo:6").model_copy(update={"opinion": True}),
        ),
    ),
    perspectives=(
        Perspective(
            label="For more plants",
            share=0.58,
            sentences=["A nuclear plant gives steady power day and night."],
            citations=["demo:5"],
        ),
        Perspective(
            label="For wind and sun first",
            share=0.42,
            sentences=["Reactors come too late to matter."],
            citations=["demo:6"],
        ),
    ),
)
_BRIDGE = Script(
    evidence=(evidence("demo:4", BRIDGE),),
    drafts=(
        (
            True,
            _sentence("The bridge opens in May. <script>window.hacked=4</script>", "demo:4", confidence=0.6),
        ),
    ),
)
_PANDAS = Script(
    language="zh",
    evidence=(evidence("demo:7", "大熊猫的受威胁等级从“濒危”降为“易危”"),),
    drafts=(
        (
            True,
            _sentence(
                "大熊猫的受威胁等级已从“濒危”降为“易危”，野外种群数量达到1800多只。",
                "demo:7",
                confidence=0.91,
            ),
        ),
    ),
)

SCRIPTS = {
    "exoplanets": _EXOPLANETS,
    "nuclear": _NUCLEAR,
    "bridge": _BRIDGE,
    "熊猫": _PANDAS,
    "ferry": Script(
        evidence=(evidence("demo:9", ASTRAL),),
        drafts=((True, _sentence("The ferry leaves at noon.", "demo:9")),),
    ),
    "bomb": Script(decision=Decision(answer=False, rule="making explosives", statute="18 U.S.C. § 842(p)")),
    "mayor": Script(
        evidence=(evidence("demo:4", BRIDGE, "neutral"),),
        drafts=((True, _not_said()),),
    ),
    "aquarium": Script(
        evidence=(evidence("demo:4", BRIDGE), evidence("demo:9", ASTRAL)),
        drafts=tuple(
            (True, _sentence(text, post).model_copy(update={"quoted": True, "answers": answers}))
            for text, post, answers in (
                ("The bridge opens in May.", "demo:4", 0.31),
                ("The ferry leaves at noon.", "demo:9", 0.22),
            )
        ),
    ),
    "fails": Script(evidence=_EXOPLANETS.evidence, drafts=_EXOPLANETS.drafts[:1], cut=True),
}


class ScriptedAnswerer:
    """Answers by the word of `SCRIPTS` in a question. It waits at verdicts for `gate`, then for `end`."""

    def __init__(self, notes: NoteStore | None = None) -> None:
        self.notes = notes
        self.gate = threading.Event()
        self.gate.set()
        self.end = threading.Event()
        self.end.set()
        self.asked: list[tuple[str, str | None]] = []

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        self.asked.append((question, jurisdiction))
        script = next((script for word, script in SCRIPTS.items() if word in question), Script())
        yield DecisionEvent(language=script.language, decision=script.decision)
        if script.decision.answer:
            yield EvidenceEvent(evidence=list(script.evidence))
            for index, (shown, sentence) in enumerate(script.drafts):
                yield SentenceEvent(index=index, text=sentence.text, citations=sentence.citations)
                self.gate.wait(60)
                yield VerdictEvent(index=index, shown=shown, sentence=sentence)
        if script.cut:
            raise MissingError("the model stopped; start it again")
        self.end.wait(60)
        yield AnswerEvent(
            answer=Answer(
                question=question,
                language=script.language,
                decision=script.decision,
                sentences=[sentence for shown, sentence in script.drafts if shown],
                struck=[sentence for shown, sentence in script.drafts if not shown],
                perspectives=list(script.perspectives),
                evidence=list(script.evidence),
                notes=self._notes([post.id for post in script.evidence]),
                model="smollm2-135m",
                corpus_version=3,
                seconds=2.34,
            )
        )

    def _notes(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The notes that stand with posts, as the service tells them."""
        if self.notes is None:
            return []
        found = [each for notes in self.notes.of_posts(ids).values() for each in notes]
        return [told(note, decided) for note, decided in found if decided and decided.status == HELPFUL]


class _Posts:
    def get(self, ids: Sequence[str]) -> list[Post]:
        return [POSTS[post_id] for post_id in ids if post_id in POSTS]


class _Embedding:
    dimensions = 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 2), dtype=np.float32)


DEMO = Status(
    version="0.1.0",
    model="smollm2-135m",
    quotes_only=False,
    posts=428,
    demo=True,
    corpus_version=3,
    jurisdictions=("open", "us", "eu", "de", "gb", "br", "pt"),
    log=LogBody(state="on"),
)


@dataclass
class Stage:
    """The scripted services of one server, with `notes` and `clicks` where it keeps them; `status` and the answerer's gate may be changed by
    a test."""

    notes: NoteStore | None = None
    clicks: ClickLog | None = None
    status: Status = DEMO
    halted: Paused | None = None
    answerer: ScriptedAnswerer = field(init=False)

    def __post_init__(self) -> None:
        self.answerer = ScriptedAnswerer(self.notes)

    def services(self) -> Services:
        status: Callable[[], Status] = lambda: self.status  # noqa: E731
        return Services(
            self.answerer,
            ScriptedSearcher(),
            _Posts(),
            _Embedding(),
            None,
            status,
            self.notes,
            halt=lambda: self.halted,
            clicks=self.clicks,
        )
