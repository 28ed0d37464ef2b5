"""Bars for long work: rate and time on a terminal, nothing anywhere else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from truthgpt.cli import progress


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, quiet: bool = False) -> str:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=120)
    monkeypatch.setattr(progress, "console", lambda **_: console)
    with progress.bars(quiet=quiet) as report:
        report("reading", 1_500, 3_000)
        report("reading", 3_000, 3_000)
        report("making indexes", 2, 5, "indexes")
        report("exporting", 10, 0)
    return written.getvalue()


def test_a_terminal_is_shown_how_far_each_stage_is_and_how_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True)
    assert "reading" in text
    assert "3,000 posts" in text
    assert "/s" in text
    assert "100%" in text
    assert "2 of 5 indexes" in text
    assert "0:00:00 left" in text
    assert "10 posts" in text  # of what nobody knows the end of


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_nothing_is_shown_to_a_file_or_with_json(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool
) -> None:
    assert not shown(monkeypatch, terminal=terminal, quiet=quiet)
