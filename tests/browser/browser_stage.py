"""The floors below the page, scripted: questions whose events are known, and a search over some posts.

They have the shapes that `truthgpt.server.services` asks for, so the page is tested through the real service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
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
from truthgpt.search import Filters, Page
from truthgpt.search.clicks import ClickLog
from truthgpt.search.syntax import looked_for, parse
from truthgpt.search.trends import Community, Interval, Period, Rising, Trends
from truthgpt.server.services import LogBody, Services, Status

ASTRAL = "The 🚢 leaves at noon."
BRIDGE = "The bridge opens in May."
HOSTILE = f'<script>window.hacked=1</script><img src=x onerror="window.hacked=2"> {BRIDGE}'
PASSAGE = "NASA's count of confirmed exoplanets has reached 6,000."

POSTS = {
    post.id: post
    for post in (
        Post(
            "demo:1",
            f"Exoplanet tally, 17 September 2025.\n\n{PASSAGE} Thousands of candidates still wait for "
            "someone to check them, most of them from transits: a star dims a little, and somebody has to "
            "show that it is a planet and not two stars in a dance.\n\n"
            "I am going to need a bigger notebook. The first page has 51 Pegasi b on it, and a coffee ring.",
            "space",
            "exo_bookkeeper",
            datetime(2025, 9, 17, 16, 30, tzinfo=UTC),
            "en",
            "https://example.org/exo/6000",
        ),
        Post(
            "demo:2",
            "Exoplanet tally, 21 March 2022: 5,000 confirmed. Sixty-five were added in one batch today.",
            "space",
            "exo_bookkeeper",
            datetime(2022, 3, 21, 18, 4, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:3",
            'somebody on another board says there are "about 4,000 exoplanets". pal, that was 2019',
            "askscience",
            "comet_on_a_budget",
            datetime(2023, 8, 26, 9, 0, tzinfo=UTC),
            "en",
            "javascript:window.hacked=3",
        ),
        # Characters beyond U+FFFF stand before the passage: offsets count code points, JavaScript halves.
        Post("demo:9", "🔭🪐🚢 " * 400 + ASTRAL + " 🛟" * 400, "harbour", "harbour_heron", None, "en"),
        Post("demo:4", HOSTILE, "millbrook", "<b>mallory</b>", datetime(2023, 5, 8, 8, 0, tzinfo=UTC), "en"),
        Post(
            "demo:5",
            "A nuclear plant gives steady power day and night, and its carbon per unit of power is low.",
            "nuclear_now",
            "steady_neutron",
            datetime(2023, 2, 3, 12, 0, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:6",
            "Wind and sun take two years to build, a reactor ten. Reactors come too late to matter.",
            "renewables_first",
            "gusty_gwen",
            datetime(2023, 2, 4, 12, 0, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:7",
            "生态环境部昨天说，大熊猫的受威胁等级从“濒危”降为“易危”，野外种群数量达到1800多只。好消息，但不等于可以松口气。",
            "熊猫",
            "竹子不够吃",
            datetime(2021, 7, 8, 3, 0, tzinfo=UTC),
            "zh",
        ),
        Post(
            "demo:8",
            "Gente, sarampo não é “doencinha”. Vacina em duas doses protege 97% das pessoas.",
            "saude",
            "enfermeira_ficticia",
            datetime(2019, 8, 20, 15, 0, tzinfo=UTC),
            "pt",
        ),
    )
}


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


@dataclass(frozen=True)
class Hit:
    post: Post
    score: float
    copies: int

    def why(self, looked_for: str) -> dict[str, Any]:
        words = [word for word in looked_for.split() if word.lower() in self.post.text.lower()]
        return {"words": words, "text_score": 1.5, "text_rank": 1, "vector_score": 0.5, "vector_rank": None}


class ScriptedSearcher:
    """Every post that holds one of the query's words, filtered as asked."""

    def ranking(self) -> str:
        return ""

    def page(
        self,
        query: str,
        limit: int,
        filters: Filters,
        *,
        offset: int = 0,
        version: int | None = None,
        latest: bool = False,
    ) -> Page:
        if query == "fails":
            raise MissingError("the corpus cannot be read; import it again")
        if query == "endless":
            if offset == 40 and version == 7:
                raise MissingError("version 7 is gone")
            post = POSTS["demo:1"]
            hits = [Hit(post._replace(text=f"Endless {n} of {version}"), 1.0, 1) for n in range(limit)]
            return Page(hits, query, 7 if version is None else version, True)  # type: ignore[arg-type]
        found = self._found(query, filters)
        words = looked_for(parse(query)).text
        return Page(found[offset : offset + limit], words, 7, len(found) > offset + limit)  # type: ignore[arg-type]

    def trends(self, query: str, filters: Filters, *, interval: Interval | None = None) -> Trends:
        posts = [hit.post for hit in self._found(query, filters)]
        years = [post.created_at.year for post in posts if post.created_at]
        periods = [
            Period(datetime(year, 1, 1, tzinfo=UTC), years.count(year), 1)
            for year in range(min(years, default=0), max(years, default=-1) + 1)
        ]
        names = sorted({post.community for post in posts})
        return Trends(
            len(posts),
            1,
            len(posts) - len(years),
            "year",
            periods,
            [Community(name, sum(post.community == name for post in posts), 1, 40) for name in names],
            [Rising("Kepler", 9, 1, 3.5)] if query and posts else [],
            datetime(2025, 9, 17, tzinfo=UTC),
        )

    def _found(self, query: str, filters: Filters) -> list[Hit]:
        words = looked_for(parse(query)).text.casefold().split()
        since, until = filters.since, filters.until
        return [
            Hit(post, 1.0, 15 if post.id == "demo:2" else 1)
            for post in POSTS.values()
            if (not query or any(word in post.text.casefold() for word in words))
            and filters.community in (None, post.community)
            and filters.author in (None, post.author)
            and filters.language in (None, post.language)
            and (since is None or (post.created_at is not None and post.created_at >= since))
            and (until is None or (post.created_at is not None and post.created_at < until))
        ]


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
