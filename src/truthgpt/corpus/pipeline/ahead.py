"""An iterator in, the same iterator out, worked by a thread of its own while the item before is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import TypeVar

Item = TypeVar("Item")

_WAITING = 2
"""Items made ahead at most, so that memory stays bounded."""
_LOOK = 0.1


class _End:
    """The last thing in the queue: the error that ended the items, if there was one."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """`items`, made ahead. Their error is raised after the items before it; closing this closes them."""
    waiting: queue.Queue[Item | _End] = queue.Queue(_WAITING)
    stopped = threading.Event()

    def put(item: Item | _End) -> None:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=_LOOK)
                return
            except queue.Full:
                continue

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    break
        except BaseException as raised:  # handed over: raised again where the items are used
            error = raised
        finally:
            items.close()
        put(_End(error))

    thread = threading.Thread(target=work, name="truthgpt-ahead", daemon=True)
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
