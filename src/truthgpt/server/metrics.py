"""What the service measures of itself, in Prometheus' form, in a registry of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truthgpt.answer.schema import AnswerEvent, Event, VerdictEvent
from truthgpt.server.jobs import close

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 10.0, 20.0, 60.0)
_SCORING_SECONDS = (0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0, 300.0, 1200.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_GONE = 499


class Metrics:
    """Counters of one app. Labels are bounded: routes are templates, never paths that a caller chose."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "truthgpt_requests", "Requests answered", ["route", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "truthgpt_request_seconds",
            "Seconds from a request to the end of its response",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.first_sentence = Histogram(
            "truthgpt_first_sentence_seconds",
            "Seconds from a question to its first shown sentence, waiting included",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sentences = Counter(
            "truthgpt_sentences", "Sentences of finished answers", ["outcome"], registry=self.registry
        )
        self.questions_waiting = Gauge(
            "truthgpt_questions_waiting", "Questions waiting for the model", registry=self.registry
        )
        self.notes_written = Counter("truthgpt_notes_written", "Notes written", registry=self.registry)
        self.ratings = Counter("truthgpt_ratings", "Ratings given", ["level"], registry=self.registry)
        self.scoring_runs = Counter(
            "truthgpt_scoring_runs", "Scorings of the notes", ["outcome"], registry=self.registry
        )
        self.scoring_seconds = Histogram(
            "truthgpt_scoring_seconds",
            "Seconds that a scoring of the notes took",
            buckets=_SCORING_SECONDS,
            registry=self.registry,
        )
        for outcome in ("scored", "failed"):
            self.scoring_runs.labels(outcome)
        for outcome in ("shown", "struck"):
            self.sentences.labels(outcome)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)

    def watch_waiting(self, waiting: Callable[[], float]) -> None:
        """Reads the number of waiting questions whenever the metrics are read."""
        self.questions_waiting.set_function(waiting)

    def observe(self, events: Iterator[Event], started: float) -> Iterator[Event]:
        """Passes an answer's events on and counts them; `started` is the question's `time.perf_counter()`."""
        first = False
        try:
            for event in events:
                shown = isinstance(event, VerdictEvent) and event.shown
                if not first and (shown or (isinstance(event, AnswerEvent) and event.answer.sentences)):
                    first = True
                    self.first_sentence.observe(time.perf_counter() - started)
                if isinstance(event, AnswerEvent):
                    self.sentences.labels("shown").inc(len(event.answer.sentences))
                    self.sentences.labels("struck").inc(len(event.answer.struck))
                yield event
        finally:
            close(events)


class Measure:
    """ASGI middleware: counts and times every request."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = _CLIENT_GONE

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", None) or "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(route, method, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
