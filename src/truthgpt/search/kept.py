"""What is reckoned of all posts of one version, kept in memory for the searches of it.

It is read once for each version that stands for a while, where there are many posts beside the searches, which until then do
without.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from truthgpt.corpus.view import View

T = TypeVar("T")

_STOOD = 1.0
"""Seconds for which a version has stood before it is read: where posts come in all the time no version lasts."""
_FEW = 250_000
"""Posts up to which they are read by the search that wants them, in some milliseconds."""
_MOST = 20_000_000
"""Posts from which nothing is kept: to read so many takes gigabytes for a moment."""
_SHARE = 20
"""Of all seconds, one in so many is spent on reading of many posts, at most."""


class Kept(Generic[T]):
    """What `read` gives of a version, under a `name` for its thread. Threads may share it."""

    def __init__(self, read: Callable[[View], T], name: str) -> None:
        self._work = read
        self._first_seen: WeakKeyDictionary[View, float] = WeakKeyDictionary()
        self._read: WeakKeyDictionary[View, T] = WeakKeyDictionary()
        self._pool = ThreadPoolExecutor(1, f"truthgpt-{name}")
        self._last: Future[None] | None = None
        self._again = 0.0

    def of(self, view: View) -> T | None:
        """What is kept of `view`; None where it is not read yet."""
        now = time.monotonic()
        if (found := self._read.get(view)) is None and now - self._first_seen.setdefault(view, now) > _STOOD:
            if view.posts <= _FEW:
                found = self._read[view] = self._work(view)
            elif view.posts <= _MOST:
                self._begin(view)
        return found

    def _begin(self, view: View) -> None:
        """Reads in a thread of its own, unless it is at work, or was just now."""
        if (self._last is None or self._last.done()) and time.monotonic() > self._again:
            self._last = self._pool.submit(self._reading, view)

    def _reading(self, view: View) -> None:
        began = time.monotonic()
        try:
            self._read[view] = self._work(view)
        finally:
            now = time.monotonic()
            self._again = now + _SHARE * (now - began)
