"""A text in pieces is the same text however it is cut, and a reader may leave at any moment."""

from __future__ import annotations

import gc
import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import MissingError
from truthgpt.language.stream import Call, StopFilter, TextStream, Turnstile

WAIT = 5.0
texts = st.text(alphabet="abc", max_size=12)
stops = st.lists(st.text(alphabet="abc", max_size=4), max_size=3)


def shown(pieces: list[str], stop: list[str]) -> str:
    kept = StopFilter(stop)
    return "".join(kept.feed(piece) for piece in pieces) + kept.finish()


@pytest.mark.parametrize(
    "text", ["one\n\ntwo", "the end<|im_end|> and more", "no stop at all", "<|im_<|im_end|>"]
)
def test_a_stop_string_is_never_shown_wherever_the_text_is_cut(text: str) -> None:
    stop = ["\n\n", "<|im_end|>"]
    want = text.split("\n\n")[0].split("<|im_end|>")[0]
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            assert shown([text[:first], text[first:second], text[second:]], stop) == want
    assert shown(list(text), stop) == want


@given(text=texts, stop=stops, cuts=st.lists(st.integers(0, 12), max_size=5))
def test_the_cut_changes_nothing(text: str, stop: list[str], cuts: list[int]) -> None:
    edges = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    assert shown(pieces, stop) == shown([text], stop) == shown(list(text), stop)


@given(text=texts, stop=stops)
def test_what_is_shown_is_a_beginning_without_stop_strings(text: str, stop: list[str]) -> None:
    result = shown([text], stop)
    assert text.startswith(result)
    assert not any(s and s in result for s in stop)
    if not any(s and s in text for s in stop):
        assert result == text


def test_nothing_is_held_back_longer_than_needed() -> None:
    kept = StopFilter(["\n\n"])
    assert kept.feed("a\n") == "a"
    assert kept.feed("b") == "\nb"


def count(call: Call) -> None:
    number = 0
    while call.put(f"{number} "):
        number += 1
        time.sleep(0.001)


def ended(stream: TextStream) -> bool:
    stream._thread.join(WAIT)
    return not stream._thread.is_alive()


def test_a_stop_string_stops_the_producer() -> None:
    stream = TextStream(count, ["7"])
    assert "".join(stream) == "0 1 2 3 4 5 6 "
    assert ended(stream)


def test_closing_stops_the_producer_and_ends_the_text() -> None:
    with TextStream(count) as stream:
        assert next(stream) == "0 "
    assert ended(stream)
    assert list(stream) == []


def test_dropping_stops_the_producer() -> None:
    stream = TextStream(count)
    next(stream)
    thread = stream._thread
    del stream
    gc.collect()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_closing_from_another_thread_frees_a_reader_that_waits() -> None:
    freed = threading.Event()
    stream = TextStream(lambda call: (call.on_cancel(freed.set), freed.wait(WAIT), None)[-1])
    threading.Timer(0.05, stream.close).start()
    assert list(stream) == []
    assert freed.is_set(), "the reader waited for the producer, not for the close"
    assert ended(stream)


def test_a_stream_that_nobody_reads_starts_nothing() -> None:
    before = threading.active_count()
    TextStream(count).close()
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [MissingError("gone"), ZeroDivisionError("a fault of ours")])
def test_what_the_producer_raises_reaches_the_reader_after_the_text(error: Exception) -> None:
    def fail(call: Call) -> None:
        call.put("so far")
        raise error

    stream = TextStream(fail)
    assert next(stream) == "so far"
    with pytest.raises(type(error), match=str(error)):
        next(stream)
    assert list(stream) == []


def test_calls_pass_one_after_the_other_and_a_waiting_one_can_leave() -> None:
    turnstile, inside, most = Turnstile(), 0, 0

    def produce(call: Call) -> None:
        nonlocal inside, most
        if not turnstile.enter(call):
            return
        try:
            inside += 1
            most = max(most, inside)
            count(call)
        finally:
            inside -= 1
            turnstile.leave()

    first, second, third = (TextStream(produce, stop=["20"]) for _ in range(3))
    assert next(first) == "0 "
    reader = threading.Thread(target=lambda: list(second))
    reader.start()
    time.sleep(0.02)
    second.close()
    reader.join(WAIT)
    assert not reader.is_alive()
    assert ended(second)
    assert "".join(first).endswith("19 ")
    assert "".join(third).endswith("19 ")
    assert most == 1
