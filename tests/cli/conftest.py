"""A command line, run in the test's process."""

from __future__ import annotations

import io
import sys

import pytest
from command_line import Result, Run, called


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in this process: arguments, standard input."""
    for name in ("TRUTHGPT_DATA", "TRUTHGPT_MODEL", "TRUTHGPT_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object, stdin: str | bytes = b"") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        return called([str(argument) for argument in arguments], capfd)

    return call
