"""A guarded stream ends between two items, and while the next is not made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.oversight.pause import FRESH_SECONDS, Paused, PausedError, guarded

HELD = Paused("a leak", "Ana", datetime(2026, 11, 29, tzinfo=UTC))


def never() -> None:
    """Not paused."""


@settings(max_examples=25)
@given(st.lists(st.none() | st.integers() | st.just(()), max_size=6))
def test_a_stream_that_nobody_pauses_is_as_it_was(items: list[object]) -> None:
    assert list(guarded(iter(items), never)) == items


def test_what_the_stream_raises_is_raised() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    stream = guarded(broken(), never)
    assert next(stream) == 1
    with pytest.raises(ZeroDivisionError):
        next(stream)


@pytest.mark.parametrize("after", range(4))
def test_nothing_comes_after_the_pause(after: int) -> None:
    closed = threading.Event()
    paused: list[Paused] = []

    def numbers() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    stream = guarded(numbers(), lambda: paused[0] if paused else None)
    assert [next(stream) for _ in range(after)] == list(range(after))
    paused.append(HELD)
    with pytest.raises(PausedError, match="2026-11-29 00:00:00 UTC: a leak"):
        next(stream)
    assert after == 0 or closed.wait(60), "the model is told to stop"
    with pytest.raises(StopIteration):
        next(stream)


def test_a_silent_model_does_not_hold_its_reader() -> None:
    """What it makes at last is not given out, and the stream is closed then."""
    go, closed = threading.Event(), threading.Event()
    paused: list[Paused] = []

    def silent() -> Iterator[int]:
        try:
            go.wait(60)
            yield 1
            yield 2
        finally:
            closed.set()

    stream = guarded(silent(), lambda: paused[0] if paused else None)
    threading.Timer(0.05, paused.append, [HELD]).start()
    with pytest.raises(PausedError):
        next(stream)
    assert not closed.is_set()
    go.set()
    assert closed.wait(60)


def test_closing_it_closes_the_stream_at_once() -> None:
    closed = threading.Event()

    def numbers() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    stream = guarded(numbers(), never)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert closed.is_set()


def test_the_bound_leaves_room() -> None:
    """Twice the freshness of an answer is what a silent stream may take; the promise is one second."""
    assert 2 * FRESH_SECONDS <= 0.5
