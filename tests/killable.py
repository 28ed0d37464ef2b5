"""Processes that tests start, hear from and kill, forked from one that has imported what they need."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["alembic.command", "truthgpt.notes.job"])


class Child:
    """A process that does `work(pipe, *arguments)`; whatever it sends is heard."""

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=work, args=(theirs, *arguments), daemon=True)
        self._process.start()
        theirs.close()

    def hear(self, number: int) -> list[Any]:
        """The next `number` things that it sends."""
        return [self.pipe.recv() for _ in range(number)]

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def rest(self) -> list[Any]:
        """What else it sent until it ended."""
        heard = []
        try:
            while True:
                heard.append(self.pipe.recv())
        except (EOFError, OSError):  # what it was sending when it died was not sent
            self.pipe.close()
        self._process.join()
        return heard

    @property
    def code(self) -> int | None:
        """Its exit code, or minus the signal that it ended by."""
        return self._process.exitcode
