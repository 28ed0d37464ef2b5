"""Rows in, table by table, one commit out: they are written while more of them are made.

The rows of a commit lie in one file, and what a search reads of a post costs by the file as much as by the post. To
gather as many rows before they are written would take the memory of all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

import pyarrow as pa
from lancedb.background_loop import LOOP

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_WAITING = 2
"""Tables that wait for the disk, at most."""
_LOOK = 0.1
"""Seconds after which one end, while it waits, looks whether the other is still there."""


class _AbandonedError(Exception):
    """What the library finds in the place of the next rows, so that it commits none."""


class Stream:
    """One commit of rows to `table`, for one thread, which has to end it. Errors of the library come as they are, from a
    later call than the one that caused them."""

    def __init__(self, table: AsyncTable, schema: pa.Schema) -> None:
        self.rows = self.bytes = 0
        self._waiting: Queue[pa.Table | None] = Queue(_WAITING)
        self._abandoned = False
        reader = pa.RecordBatchReader.from_batches(schema, self._batches())
        # One writer, so that it is one file.
        written = table.add(reader, write_parallelism=1)
        self._written: Future[object] = asyncio.run_coroutine_threadsafe(written, LOOP.loop)

    def write(self, rows: pa.Table) -> None:
        """Add `rows`."""
        self._put(rows)
        self.rows += rows.num_rows
        self.bytes += rows.nbytes

    def commit(self) -> None:
        """Return when the table has all rows, and the disk too. Interrupted, it may be called again, and `end` has to be."""
        self._put(None)
        self._written.result()

    def end(self) -> None:
        """Commit if that can be done, and return when nothing is written any more; interrupted, it commits only what
        cannot be stopped. For the end by an error, which is told already."""
        try:
            with suppress(Exception):
                self.commit()
        finally:
            self._abandoned = True
            # Whoever holds the lock next must find the table at rest.
            while not self._written.done():
                with suppress(KeyboardInterrupt):
                    wait([self._written])

    def _put(self, rows: pa.Table | None) -> None:
        while True:
            if self._written.done():  # before its last rows only a failure ends it
                self._written.result()
                return
            with suppress(Full):
                self._waiting.put(rows, timeout=_LOOK)
                return

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """What the library reads, in a thread of its own."""
        while True:
            if self._abandoned:
                raise _AbandonedError
            with suppress(Empty):
                rows = self._waiting.get(timeout=_LOOK)
                if rows is None:
                    return
                yield from rows.to_batches()
