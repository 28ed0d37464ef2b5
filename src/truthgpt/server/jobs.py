"""The line before the model: jobs wait in order, run in threads, and stream what they make to the event loop.

The model is one, so fifty questions at once are fifty jobs, of which `workers` run and the rest wait. A job
that nobody listens to any more leaves the line at once or, when it runs, is closed at the next item it makes. Where
answers are halted, none begins, and what was made and not yet read is not given out.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

from truthgpt.errors import BusyError, MissingError, TruthGPTError

T = TypeVar("T")

Halted = Callable[[], Exception | None]
"""The error with which everything ends now; None while answers are made. Asked before every item."""

log = logging.getLogger(__name__)


def close(iterator: Iterator[object]) -> None:
    """Closes a generator; other iterators have nothing to close."""
    closer = getattr(iterator, "close", None)
    if closer is not None:
        closer()


def going() -> None:
    """Nothing is halted."""


class Job(Generic[T]):
    """One iterator run by a worker; `async for` over the job gives its items, then raises what it raised."""

    def __init__(
        self, make: Callable[[], Iterator[T]], forget: Callable[[Job[Any]], None], halted: Halted = going
    ) -> None:
        self._make = make
        self._forget = forget
        self._halted = halted
        self._error: Exception | None = None
        self._loop = asyncio.get_running_loop()
        # Unbounded on purpose: an answer is small, and a slow reader must not hold the model.
        self._items: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
        self._cancelled = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether nobody waits for anything of it any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Says that nobody listens any more. Harmless when the job has ended."""
        self._cancelled.set()
        self._forget(self)

    def fail(self, error: Exception) -> None:
        """Ends the job for its listener with `error`, from any thread; what waits to be read is not given out."""
        self._error = self._error or error
        self._cancelled.set()
        self._put(error)

    def run(self) -> None:
        """Runs the job to its end in the calling thread."""
        try:
            if not self._cancelled.is_set():
                self._drain()
        except TruthGPTError as error:
            self._put(error)
        except Exception as error:
            log.exception("an answer failed")
            self._put(error)
        else:
            self._put(None)

    def _drain(self) -> None:
        iterator = self._make()
        try:
            for item in iterator:
                if self._cancelled.is_set():
                    return
                if (error := self._halted()) is not None:
                    raise error
                self._put((item,))
        finally:
            close(iterator)

    def _put(self, item: tuple[T] | BaseException | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
        except RuntimeError:  # the loop is closed: the server has stopped, nobody listens
            self._cancelled.set()

    async def __aiter__(self) -> AsyncIterator[T]:
        while (item := await self._items.get()) is not None:
            if (error := self._error or self._halted()) is not None:
                raise error
            if isinstance(item, BaseException):
                raise item
            yield item[0]
            # Where items wait already nothing above gives way: then nobody would hear that the reader has gone.
            await asyncio.sleep(0)


class Jobs:
    """Workers and the line before them: at most `workers` jobs run and `waiting` wait."""

    def __init__(self, *, workers: int = 1, waiting: int = 64, halted: Halted = going) -> None:
        self._workers = workers
        self._waiting = waiting
        self._halted = halted
        self._line: deque[Job[Any]] = deque()
        self._running: set[Job[Any]] = set()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._stopped = False

    @property
    def waiting(self) -> int:
        return len(self._line)

    @property
    def running(self) -> int:
        return len(self._running)

    def submit(self, make: Callable[[], Iterator[T]]) -> Job[T]:
        """Puts the iterator that `make` opens into the line. Raises `BusyError` when the line is full, and what halts answers.

        Must be called on the event loop that will listen.
        """
        if (error := self._halted()) is not None:
            raise error
        job: Job[T] = Job(make, self._forget, self._halted)
        with self._changed:
            if self._stopped:
                raise MissingError("the server is stopping; ask again when it is back")
            if len(self._running) + len(self._line) >= self._workers + self._waiting:
                raise BusyError(
                    f"{len(self._line)} questions are waiting already; ask again in a few seconds"
                )
            self._line.append(job)
            if len(self._threads) < self._workers:
                # Daemons: a model that does not come back must not keep a stopped server alive.
                thread = threading.Thread(target=self._work, name="truthgpt-job", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return job

    def start(self) -> None:
        """Takes jobs again after `stop`; a new line takes them by itself."""
        with self._changed:
            self._stopped = False

    def stop(self, timeout: float = 0.5) -> None:
        """Ends every job with an error for its listener; waits up to `timeout` seconds for the workers."""
        with self._changed:
            self._stopped = True
            ended = [*self._running, *self._line]
            self._line.clear()
            threads = list(self._threads)
            self._changed.notify_all()
        for job in ended:
            job.fail(MissingError("the server is stopping; ask again when it is back"))
        deadline = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def halt(self, error: Exception) -> int:
        """Ends every job with `error` for its listener, also one whose model is silent; how many these were. New ones are taken."""
        with self._changed:
            ended = [job for job in (*self._running, *self._line) if not job.ended]
            self._line.clear()
        for job in ended:
            job.fail(error)
        return len(ended)

    def _forget(self, job: Job[Any]) -> None:
        with self._changed:
            if job in self._line:
                self._line.remove(job)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._line and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    self._threads.remove(threading.current_thread())
                    return
                job = self._line.popleft()
                self._running.add(job)
            try:
                job.run()
            finally:
                with self._changed:
                    self._running.discard(job)
