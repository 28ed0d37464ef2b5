"""A stream that ends when answers are paused, also while what makes it is silent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from truthgpt.oversight.pause.state import Paused, PausedError
from truthgpt.oversight.pause.switch import FRESH_SECONDS

T = TypeVar("T")

Halt = Callable[[], Paused | None]
"""Says whether answers are paused, and why; cheap enough to be asked before every token."""


def guarded(stream: Iterator[T], paused: Halt) -> Iterator[T]:
    """The items of `stream`; raises `PausedError` once `paused` says so, within twice `FRESH_SECONDS`, though the next never comes.

    `stream` is drawn one item at a time by a thread of its own, which is what lets the reader go while it waits. That thread closes the
    stream when the next item comes: nothing can stop a generator from outside, and nothing that it makes then is given out.
    """
    drawn = _Drawn(stream)
    try:
        while True:
            drawn.want()
            item = None
            while item is None:
                if (found := paused()) is not None:
                    raise PausedError(found)
                item = drawn.wait(FRESH_SECONDS)
            if isinstance(item, BaseException):
                raise item
            if not item:
                return
            # Asked again: the item may have come just after the pause.
            if (found := paused()) is not None:
                raise PausedError(found)
            yield item[0]
    finally:
        drawn.close()


class _Drawn(Generic[T]):
    """Items of a stream, each drawn when it is wanted: a tuple of one, an empty one at the end, or what the stream raised."""

    def __init__(self, stream: Iterator[T]) -> None:
        self._stream = stream
        self._items: SimpleQueue[tuple[T] | tuple[()] | BaseException] = SimpleQueue()
        self._wanted = threading.Semaphore(0)
        self._waiting = False
        self._closed = False
        # A daemon: a program that ends must not wait for a model that does not come back.
        self._thread = threading.Thread(target=self._draw, name="truthgpt-guarded", daemon=True)

    def want(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._waiting = True
        self._wanted.release()

    def wait(self, seconds: float) -> tuple[T] | tuple[()] | BaseException | None:
        """What came; None where nothing came for `seconds`."""
        try:
            item = self._items.get(timeout=seconds)
        except Empty:
            return None
        self._waiting = False
        return item

    def close(self) -> None:
        """Has the stream closed: at once, or when its next item comes where one is being made."""
        self._closed = True
        self._wanted.release()
        if not self._waiting:
            self._thread.join()

    def _draw(self) -> None:
        try:
            while self._wanted.acquire() and not self._closed:
                try:
                    self._items.put((next(self._stream),))
                except StopIteration:
                    self._items.put(())
                    return
        except BaseException as error:  # the reader raises it, in its own thread
            self._items.put(error)
        finally:
            close = getattr(self._stream, "close", None)
            if close is not None:
                close()
