"""The notes scored while the server runs: soon after ratings, whatever goes wrong, and no longer than the server."""

from __future__ import annotations

import logging
import threading
import time
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes, until

from truthgpt.errors import BusyError
from truthgpt.notes.cancelling import check
from truthgpt.server.metrics import Metrics
from truthgpt.server.scoring import Scoring


class Script:
    """Says and raises what it was given, one thing a call, and then that there was nothing new."""

    def __init__(self, *outcomes: bool | Exception) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0
        self.threads: set[str] = set()

    def __call__(self) -> bool:
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        outcome = self.outcomes.pop(0) if self.outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def runs(metrics: Metrics, outcome: str) -> float:
    return metrics.registry.get_sample_value("truthgpt_scoring_runs_total", {"outcome": outcome}) or 0


def test_it_scores_again_and_again_and_counts_the_runs_that_did() -> None:
    metrics, script = Metrics(), Script(True, False, True)
    scoring = Scoring(script, metrics, every=0.001)
    scoring.start()
    until(lambda: script.calls > 5)
    scoring.stop()
    assert runs(metrics, "scored") == 2
    assert metrics.registry.get_sample_value("truthgpt_scoring_seconds_count") == 2
    assert script.threads == {"truthgpt-scoring"}


def test_what_goes_wrong_is_logged_and_the_next_run_comes(caplog: pytest.LogCaptureFixture) -> None:
    metrics, script = Metrics(), Script(BusyError("the database is busy"), ZeroDivisionError("oh"), True)
    scoring = Scoring(script, metrics, every=0.001)
    with caplog.at_level(logging.WARNING, "truthgpt.server.scoring"):
        scoring.start()
        until(lambda: script.calls > 3)
        scoring.stop()
    assert (runs(metrics, "failed"), runs(metrics, "scored")) == (2, 1)
    foreseen, unforeseen = caplog.records
    assert foreseen.getMessage() == "the notes could not be scored: the database is busy"
    assert foreseen.exc_info is None
    assert unforeseen.exc_info is not None


def test_what_fails_on_and_on_is_tried_less_and_less_often() -> None:
    def broken() -> bool:
        times.append(time.monotonic())
        raise BusyError("the database is busy")

    times: list[float] = []
    scoring = Scoring(broken, Metrics(), every=0.01)
    scoring.start()
    until(lambda: len(times) == 4)
    scoring.stop()
    assert all(
        after - before >= 0.01 * 2**number for number, (before, after) in enumerate(pairwise(times), 1)
    )


def test_a_long_run_is_followed_by_as_long_a_rest() -> None:
    def slow() -> bool:
        times.append(time.monotonic())
        time.sleep(0.05)
        return True

    times: list[float] = []
    scoring = Scoring(slow, Metrics(), every=0.001)
    scoring.start()
    until(lambda: len(times) == 2)
    scoring.stop()
    assert times[1] - times[0] >= 0.1


def test_stopping_does_not_wait_for_a_run_that_does_not_come_back() -> None:
    begun, let_go, came_back = threading.Event(), threading.Event(), threading.Event()

    def stuck() -> bool:
        begun.set()
        let_go.wait()
        came_back.set()
        return True

    scoring = Scoring(stuck, Metrics(), every=0.001)
    scoring.start()
    assert begun.wait(30)
    scoring.stop(timeout=0.05)
    assert not came_back.is_set()
    let_go.set()
    until(lambda: "truthgpt-scoring" not in {thread.name for thread in threading.enumerate()})


def test_stopping_ends_a_run_at_its_next_step_and_lets_it_tidy_up() -> None:
    begun, tidied = threading.Event(), threading.Event()

    def long() -> bool:
        try:
            while True:
                check()
                begun.set()
                time.sleep(0.001)
        finally:
            tidied.set()

    metrics = Metrics()
    scoring = Scoring(long, metrics, every=0.001)
    scoring.start()
    assert begun.wait(60)
    scoring.stop(timeout=60)
    assert tidied.is_set()
    assert runs(metrics, "failed") == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "truthgpt-scoring"]


def test_the_server_scores_from_its_start_to_its_end() -> None:
    script = Script(True)
    app = Fakes(score=script).app()
    assert script.calls == 0
    for served in (1, 2):
        with TestClient(app, base_url="http://localhost") as client:
            until(lambda number=served: script.calls == number)  # type: ignore[misc]
            assert "truthgpt_scoring_runs_total" in client.get("/metrics").text
        assert not [thread for thread in threading.enumerate() if thread.name == "truthgpt-scoring"]
