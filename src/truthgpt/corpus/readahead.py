"""An iterator in, batches of its rows out, read by a thread of their own while the batch before is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

from truthgpt.corpus.post import Post

Row = TypeVar("Row")

_BATCHES = 2
"""Batches that wait at most, so that memory stays bounded."""
_LOOK = 0.1


class _End:
    """The last thing in the queue: the reader's error, if it had one."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def read_ahead(rows: Iterable[Row], size: int, characters: int) -> Generator[list[Row], None, None]:
    """Batches of at most `size` rows, cut short after `characters` of posts' texts.

    An error of `rows` is raised after the rows before it. Closing the iterator stops the thread.
    """
    waiting: queue.Queue[list[Row] | _End] = queue.Queue(_BATCHES)
    stopped = threading.Event()

    def put(item: list[Row] | _End) -> None:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=_LOOK)
                return
            except queue.Full:
                continue

    def work() -> None:
        batch: list[Row] = []
        length = 0
        error: BaseException | None = None
        try:
            for row in rows:
                batch.append(row)
                if isinstance(row, Post):
                    length += len(row.text)
                if len(batch) >= size or length >= characters:
                    put(batch)
                    if stopped.is_set():
                        return
                    batch, length = [], 0
        except BaseException as raised:  # handed over: raised again where the batches are read
            error = raised
        if batch:
            put(batch)
        put(_End(error))

    thread = threading.Thread(target=work, name="truthgpt-read", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
        thread.join()
