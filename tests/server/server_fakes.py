"""Services that answer as scripted, and the app over them, in memory or on a real port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from note_fakes import FakeShelf
from starlette.applications import Starlette

from truthgpt.answer.schema import (
    Answer,
    AnswerEvent,
    Decision,
    DecisionEvent,
    Event,
    Evidence,
    EvidenceEvent,
    Sentence,
    SentenceEvent,
    VerdictEvent,
)
from truthgpt.corpus.post import Post
from truthgpt.errors import MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.oversight.pause import Halt, Pause
from truthgpt.search import Filters, Page
from truthgpt.search.clicks import ClickLog
from truthgpt.search.syntax import looked_for, parse
from truthgpt.search.trends import Community, Interval, Period, Rising, Trends
from truthgpt.server.app import create_app
from truthgpt.server.serve import listen
from truthgpt.server.services import NoteShelf, Services, Status, running

MARCH = datetime(2022, 3, 21, 18, tzinfo=UTC)
POSTS = {
    post.id: post
    for post in (
        Post(
            "demo:1", "Voyager 1 left in 1977.", "space", "ann", datetime(2022, 3, 21, 18, tzinfo=UTC), "en"
        ),
        Post("a/b:2?c", "旅行者一号在1977年发射。", "宇宙", "bo", None, "zh", "https://example.org/2"),
    )
}
SHOWN = Sentence(text="Voyager 1 left in 1977.", citations=["demo:1"], verdict="supported", confidence=0.9)
STRUCK = Sentence(text="It costs nothing.", citations=[], verdict="not enough evidence", confidence=0.8)
FILLED = Sentence(
    text="It still sends.", citations=["a/b:2?c", "demo:1"], verdict="supported", confidence=0.7, quoted=True
)


def evidence(post: Post) -> Evidence:
    return Evidence(
        id=post.id,
        text=post.text,
        community=post.community,
        author=post.author,
        created_at=post.created_at,
        stance="supports",
        relevance=0.5,
        copies=1,
        url=post.url,
    )


def answer_to(question: str, **changes: Any) -> Answer:
    whole: dict[str, Any] = {
        "question": question,
        "language": "en",
        "decision": Decision(answer=True),
        "sentences": [SHOWN, FILLED],
        "struck": [STRUCK],
        "perspectives": [],
        "evidence": [evidence(post) for post in POSTS.values()],
        "notes": [],
        "model": "fake-1",
        "corpus_version": 7,
        "seconds": 0.1,
    }
    return Answer(**{**whole, **changes})


def scripted(question: str) -> Iterator[Event]:
    """An answer in which one sentence is shown, one struck, and one more filled in at the end."""
    answer = answer_to(question)
    yield DecisionEvent(language="en", decision=answer.decision)
    yield EvidenceEvent(evidence=answer.evidence)
    for index, sentence in enumerate((SHOWN, STRUCK)):
        yield SentenceEvent(index=index, text=sentence.text, citations=sentence.citations)
        yield VerdictEvent(index=index, shown=sentence is SHOWN, sentence=sentence)
    yield AnswerEvent(answer=answer)


@dataclass
class FakeAnswerer:
    """`script` makes the events; `closed` counts answers that ended, however they did."""

    script: Callable[[str], Iterator[Event]] = scripted
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        self.asked.append((question, jurisdiction))
        try:
            yield from self.script(question)
        finally:
            self.closed.release()


@dataclass(frozen=True)
class FakeHit:
    post: Post
    score: float
    copies: int

    def why(self, looked_for: str) -> dict[str, Any]:
        return {
            "words": looked_for.split(),
            "text_score": 1.5,
            "text_rank": 1,
            "vector_score": 0.5,
            "vector_rank": None,
        }


TRENDS = Trends(
    posts=3,
    authors=2,
    untimed=1,
    interval="day",
    periods=[Period(MARCH, 2, 1)],
    communities=[Community("space", 2, 1, 40)],
    rising=[Rising("Voyager", 7, 1, 3.25)],
    rising_since=MARCH,
)


@dataclass
class FakeSearcher:
    """Version 3 is gone."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=lambda: list(POSTS.values()))

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
        **how: Any,
    ) -> Page:
        words = looked_for(parse(query)).text  # what cannot be read is no call
        self.calls.append({"text": query, "limit": limit, **asdict(filters), **how})
        if version == 3:
            raise MissingError("version 3 is gone")
        hits = [FakeHit(post, 0.5, 3) for post in self.posts]
        return Page(hits[offset : offset + limit], words, version or 7, len(hits) > offset + limit)  # type: ignore[arg-type]

    def trends(self, query: str, filters: Filters, *, interval: Interval | None = None) -> Trends:
        self.calls.append({"text": query, **asdict(filters), "interval": interval})
        return TRENDS


class FakePosts:
    def get(self, ids: Sequence[str]) -> list[Post]:
        return [POSTS[each] for each in ids if each in POSTS]


class FakeEmbedding:
    dimensions = 4

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.array([[len(text), 0.25, -0.5, 0] for text in texts], dtype=np.float32)


@dataclass
class FakeEngine:
    name: str = "org/fake-1"
    context: int = 100
    calls: list[tuple[list[Message], Sampling]] = field(default_factory=list)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.calls.append((list(messages), sampling))
        try:
            for word in range(min(sampling.max_tokens, 20)):
                yield f"w{word} "
        finally:
            self.closed.release()

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@dataclass
class Fakes:
    answerer: FakeAnswerer = field(default_factory=FakeAnswerer)
    searcher: FakeSearcher = field(default_factory=FakeSearcher)
    engine: FakeEngine | None = field(default_factory=FakeEngine)
    notes: NoteShelf | None = field(default_factory=FakeShelf)
    score: Callable[[], bool] | None = None
    halt: Halt = running
    pause: Pause | None = None
    clicks: ClickLog | None = None

    def status(self) -> Status:
        return Status(
            version="0.1.0",
            model="fake-1",
            quotes_only=self.engine is None,
            posts=len(POSTS),
            demo=True,
            corpus_version=7,
            jurisdictions=("open", "de"),
        )

    def services(self) -> Services:
        return Services(
            answerer=self.answerer,
            searcher=self.searcher,
            posts=FakePosts(),
            embedding=FakeEmbedding(),
            engine=self.engine,
            status=self.status,
            notes=self.notes,
            score=self.score,
            halt=self.halt,
            pause=self.pause,
            clicks=self.clicks,
        )

    def app(self, **options: Any) -> FastAPI:
        return create_app(self.services(), **options)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The app on a real port, for what only a real connection shows."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for a condition, and fails when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def server_sent(text: str) -> list[tuple[str, str]]:
    """Server-sent events as (name, data)."""
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
        if "data" in fields:
            events.append((fields.get("event", ""), fields["data"]))
    return events
