"""Rows as they arrive, in as large a list as is there: what is judged together is judged faster, and nobody waits for more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")

TOGETHER = 64
"""Rows of one list at the most."""


def arriving(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Lists of the rows that have arrived, in order, none empty; rows before a bad one come out before its error is raised.

    A thread reads ahead, so that a program which waits for each answer before it writes the next line gets each at once.
    """
    waiting: queue.Queue[Row | Exception | None] = queue.Queue(maxsize=2 * TOGETHER)

    def read() -> None:
        try:
            for row in rows:
                waiting.put(row)
            waiting.put(None)
        except Exception as error:
            waiting.put(error)

    threading.Thread(target=read, daemon=True, name="rows").start()
    while True:
        held: list[Row] = []
        one = waiting.get()
        while one is not None and not isinstance(one, Exception):
            held.append(one)
            if len(held) == TOGETHER or waiting.empty():
                break
            one = waiting.get()
        if held:
            yield held
        if isinstance(one, Exception):
            raise one
        if one is None:
            return
