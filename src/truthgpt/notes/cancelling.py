"""Long work that ends early when it is no longer wanted: whoever stops sets an event, and the work looks at it between its steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_unwanted: ContextVar[threading.Event | None] = ContextVar("unwanted", default=None)


class CancelledError(Exception):
    """The work was given up; it kept nothing."""


@contextmanager
def until(unwanted: threading.Event) -> Iterator[None]:
    """Within it, in this thread, `check` raises once `unwanted` is set."""
    token = _unwanted.set(unwanted)
    try:
        yield
    finally:
        _unwanted.reset(token)


def check() -> None:
    """Raises `CancelledError` where the work is no longer wanted; called between steps that take moments."""
    event = _unwanted.get()
    if event is not None and event.is_set():
        raise CancelledError
