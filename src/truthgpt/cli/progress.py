"""Bars for long work on standard error: rate, time so far and time left; nothing where that is no terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.text import Text

from truthgpt.cli.output import console
from truthgpt.corpus.progress import Report


class _Pace(ProgressColumn):
    """How much is done, how fast, since when, and how long the rest takes at that pace.

    Rich's own columns begin anew whenever the estimate of the whole changes, which here is often.
    """

    def render(self, task: Task) -> Text:
        done, total, unit = int(task.completed), int(task.total or 0), task.fields["unit"]
        elapsed = task.finished_time or task.elapsed or 0.0
        said = [f"{done:,} of {total:,} {unit}" if unit != "posts" else f"{done:,} posts"]
        if done and unit == "posts" and elapsed:
            said.append(f"{done / elapsed:,.0f}/s")
        said.append(_clock(elapsed))
        if done < total and done:
            said.append(f"{_clock(elapsed / done * (total - done))} left")
        return Text(", ".join(said))


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Report]:
    """A report that draws a bar a stage while the context lasts."""
    err = console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TaskProgressColumn(),
        _Pace(),
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
