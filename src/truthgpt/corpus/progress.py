"""How far long work has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import pyarrow as pa


class Report(Protocol):
    """Called now and then, by any thread, with what is being done and how much of it is."""

    def __call__(self, stage: str, done: int, total: int, unit: str = "posts") -> None:
        """`done` of `total`, which may be an estimate that changes, and is 0 where nothing is known."""
        ...


def unheard(stage: str, done: int, total: int, unit: str = "posts") -> None:
    """The report of work that nobody watches."""


def counted(
    batches: Iterable[pa.RecordBatch], stage: str, total: int, report: Report
) -> Iterator[pa.RecordBatch]:
    """`batches`, each reported when the next is asked for."""
    done = 0
    for batch in batches:
        yield batch
        done += batch.num_rows
        report(stage, done, total)
