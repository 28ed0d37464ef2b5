"""Bars for long work on standard error: rate, time so far and time left; nothing where that is no terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from truthgpt.cli.output import console
from truthgpt.corpus.progress import Report


class _Rate(ProgressColumn):
    """Of posts, how many there are and how many a second; of other things, how many of how many."""

    def render(self, task: Task) -> Text:
        done, unit = int(task.completed), task.fields["unit"]
        if unit != "posts":
            return Text(f"{done:,} of {int(task.total or 0):,} {unit}")
        rate = done / task.elapsed if task.elapsed else 0.0
        return Text(f"{done:,} posts, {rate:,.0f}/s")


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Report]:
    """A report that draws a bar a stage while the context lasts."""
    err = console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    lock = threading.Lock()
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as shown:

        def report(stage: str, done: int, total: int, unit: str = "posts") -> None:
            with lock:
                if stage not in tasks:
                    tasks[stage] = shown.add_task(stage, total=None, unit=unit)
            shown.update(tasks[stage], completed=done, total=total or None)

        yield report
