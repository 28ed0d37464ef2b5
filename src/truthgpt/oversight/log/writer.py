"""Events to the log in the background: whoever has one to tell never waits for the disk.

One thread writes, in order, all that waits at a time in one commit. What cannot be written stays in line and is tried again
each second; until then `failure` says why, and who answers is to stop (`full` says so too, where the disk is too slow). What waits
when the process is killed is not logged: some milliseconds of events while all is well. An event may be logged twice where
the disk failed between making it durable and saying so.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from truthgpt.errors import BadInputError, BusyError, TruthGPTError
from truthgpt.oversight.log.events import Event, record_each
from truthgpt.oversight.log.reading import View
from truthgpt.oversight.log.store import Log
from truthgpt.oversight.log.texts import FILE, Texts

log = logging.getLogger(__name__)

BOUND: Final = 1_024
"""Events that may wait before nothing more should be answered; also those of one commit."""
_AGAIN = 1.0

Make = Callable[[], Event]
"""Makes an event, in the writer's thread."""
First = Callable[[View], Sequence[Event]]
"""What is to be logged before all else, in view of the log as it is; in the writer's thread."""


def nothing(_: View) -> Sequence[Event]:
    """Nothing comes first."""
    return ()


class Writer:
    """Writes to the log and the texts of the folder `oversight`; may be told of events from any thread."""

    def __init__(self, oversight: Path, first: First = nothing) -> None:
        self._folder = oversight / "log"
        self._texts = Texts(oversight / FILE)
        self._first: First | None = first
        self._log: Log | None = None
        self._line: deque[tuple[datetime, Make]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._failure = ""

    @property
    def failure(self) -> str:
        """Why nothing can be logged now, without a path of this machine; empty while it can."""
        return self._failure

    @property
    def full(self) -> bool:
        """Whether as many events wait as may."""
        return len(self._line) >= BOUND

    def put(self, make: Make) -> None:
        """Log, soon, that what `make` makes has happened now."""
        with self._changed:
            self._line.append((datetime.now(UTC), make))
            self._changed.notify()
        self.start()

    def start(self) -> None:
        """Open the log and log what comes first; `put` does it too."""
        with self._changed:
            self._stopped = False
            if self._thread is None:
                # A daemon: a disk that hangs must not keep a stopped server alive.
                self._thread = threading.Thread(target=self._run, name="truthgpt-log", daemon=True)
                self._thread.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Write what waits, for at most `timeout` seconds; whether nothing is left. What is left is not logged, and said to be so."""
        with self._changed:
            thread, self._stopped = self._thread, True
            self._changed.notify()
        if thread is not None:
            thread.join(timeout)
        if self._line:
            log.error(
                "%d events could not be logged: %s", len(self._line), self._failure or "no time was left"
            )
        return not self._line

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._line and self._first is None and not self._stopped:
                    self._changed.wait()
                if self._stopped and not self._line and self._first is None:
                    self._thread = None
                    return
            try:
                self._write()
            except Exception as error:
                self._fail(error)
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopped, _AGAIN):
                        self._thread = None
                        return
            else:
                if self._failure:
                    log.warning("the log is written to again")
                self._failure = ""

    def _write(self) -> None:
        if self._log is None:
            self._log = Log.open(self._folder)
        if self._first is not None:
            now = datetime.now(UTC)
            record_each(self._log, self._texts, [(now, event) for event in self._first(self._log.view())])
            self._first = None
        batch = [self._line[index] for index in range(min(len(self._line), BOUND))]
        if batch:
            record_each(self._log, self._texts, [(when, make()) for when, make in batch])
        for _ in batch:
            self._line.popleft()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, TruthGPTError):
            log.exception("an event could not be logged")
        elif not self._failure:
            log.error("the log cannot be written to: %s", error)
        self._log = None
        self._failure = _why(error)


def _why(error: Exception) -> str:
    if isinstance(error, BusyError):
        return "another process keeps it"
    if isinstance(error, BadInputError):
        return "it is damaged, as the server's own log says"
    if isinstance(error, TruthGPTError):
        return "its folder cannot be written to, or its disk is full"
    return "an error inside the server, as its own log says"
