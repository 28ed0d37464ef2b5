"""Command lines run in this process: arguments in; exit code, output and errors out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from truthgpt.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object printed."""
        (value,) = self.rows
        assert isinstance(value, dict)
        return value

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Result]


def called(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> Result:
    capfd.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capfd.readouterr()
    return Result(stop.value.code if isinstance(stop.value.code, int) else 0, out, err)


def one_line(result: Result, code: int) -> str:
    """The error's one line; fails on a traceback, on more lines, or on another exit code."""
    assert result.code == code, result
    (line,) = result.err.splitlines()
    assert line.startswith("truthgpt: ")
    return line
