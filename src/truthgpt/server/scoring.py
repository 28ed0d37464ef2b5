"""The notes scored anew while the server runs, soon after ratings came.

A thread asks every few seconds whether there is something new, which costs one look into the database, so that ratings that
came through another process count too. What a run raises is logged, and the next one comes. The server stops without waiting
for the end of a run, which keeps nothing until it is whole.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from truthgpt.errors import TruthGPTError
from truthgpt.notes.cancelling import CancelledError, until
from truthgpt.server.metrics import Metrics

EVERY = 3.0
"""Seconds between the end of a scoring and the next, at least; after a long one as many as it took."""
_MOST_DOUBLINGS = 6
"""How often that is doubled, once for each scoring in a row that failed."""

log = logging.getLogger(__name__)


class Scoring:
    """`score` scores the notes where there is something new, and says whether it did; it is called in one thread at a time."""

    def __init__(self, score: Callable[[], bool], metrics: Metrics, every: float = EVERY) -> None:
        self._score = score
        self._metrics = metrics
        self._every = every
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to score."""
        self._stopped = threading.Event()
        # A daemon: a call that does not come back must not keep a stopped server alive.
        self._thread = threading.Thread(
            target=self._work, args=(self._stopped,), name="truthgpt-scoring", daemon=True
        )
        self._thread.start()

    def stop(self, timeout: float = 0.5) -> None:
        """Begins no more scorings, and ends one that runs at its next step; waits up to `timeout` seconds for that."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _work(self, stopped: threading.Event) -> None:
        rest, failures = 0.0, 0
        with suppress(CancelledError), until(stopped):
            while not stopped.wait(rest):
                started = time.perf_counter()
                scored = self._run()
                seconds = time.perf_counter() - started
                failures = min(failures + 1, _MOST_DOUBLINGS) if scored is None else 0
                if scored is not False:
                    self._metrics.scoring_runs.labels("failed" if scored is None else "scored").inc()
                    self._metrics.scoring_seconds.observe(seconds)
                rest = max(self._every * 2**failures, seconds)

    def _run(self) -> bool | None:
        """Whether notes were scored; None where that failed."""
        try:
            return self._score()
        except CancelledError:
            raise
        except TruthGPTError as error:
            log.warning("the notes could not be scored: %s", error)
        except Exception:
            log.exception("the notes could not be scored")
        return None
