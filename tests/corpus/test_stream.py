"""Rows written while others are made: one commit, one file, and nothing of it where it fails."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.lance import wait
from truthgpt.corpus.pipeline.prepare import prepare
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.stream import Stream
from truthgpt.corpus.table import finished

DIMENSIONS = 8
NOTHING = np.empty((0, 2), np.int64)


def rows(first: int, last: int) -> pa.Table:
    posts = (Post(str(i), f"the post number {i}", language="en") for i in range(first, last))
    (batch,) = prepare(posts, NOTHING, OptOuts())
    return finished(batch.new, 1, np.zeros((last - first, DIMENSIONS), np.float32))


def files(store: Store) -> int:
    return len(list((store.path / "posts.lance" / "data").glob("*.lance")))


def test_many_tables_are_one_commit_and_one_file(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "db", DIMENSIONS)
    before = store.version
    with store.alone() as table:
        stream = Stream(table, rows(0, 1).schema)
        for first in range(0, 50, 10):
            stream.write(rows(first, first + 10))
            assert store.count() == 0
        stream.commit()
    assert (store.count(), files(store), store.version) == (50, 1, before + 1)
    assert stream.rows == 50


def test_rows_that_the_table_cannot_hold_are_an_error_and_no_commit(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "db", DIMENSIONS)
    threads = threading.active_count()
    with store.alone() as table:
        stream = Stream(table, rows(0, 1).schema)
        stream.write(rows(0, 5))
        bad = rows(0, 5).drop_columns(["text"])
        with pytest.raises((ValueError, RuntimeError)):
            deque(map(stream.write, [bad] * 100))
        with pytest.raises((ValueError, RuntimeError)):
            stream.commit()
        assert wait(table.count_rows()) == 0
    assert store.count() == 0
    assert threading.active_count() <= threads


def test_a_commit_that_is_interrupted_is_over_before_the_lock_is_free(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "db", DIMENSIONS)
    streams: list[Stream] = []

    def interrupted(times: int) -> None:
        with store.writing() as writer:
            writer.add(rows(0, 7))
            stream = writer._added
            assert stream is not None
            streams.append(stream)
            result, left = stream._written.result, [KeyboardInterrupt()] * times

            def fail_first() -> object:
                if left:
                    raise left.pop()
                return result()

            stream._written.result = fail_first  # type: ignore[method-assign, assignment]
            writer.flush()

    with pytest.raises(KeyboardInterrupt):
        interrupted(1)
    assert streams[0]._written.done()
    assert store.count() == 7
    # Twice: nothing more is waited for than what cannot be stopped.
    with pytest.raises(KeyboardInterrupt):
        interrupted(2)
    assert streams[1]._written.done()


def test_what_an_error_ends_keeps_what_was_added_before_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "db", DIMENSIONS)

    def interrupted() -> None:
        with store.writing() as writer:
            writer.add(rows(0, 7))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.count() == 7
