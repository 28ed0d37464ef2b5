"""A Python process of our own to speak with, message by message, over a pair of sockets.

When this process ends, however it does, the pair breaks, and the child ends at its next message.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from truthgpt.errors import MissingError


class Child:
    """A process that runs `main` of the module of that name, which speaks through `parent` and finds `arguments` behind
    `sys.argv[1]`. Used as a context, which kills it.

    Messages are pickled: what is received is trusted, since it is our own code that sends it.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._pipe, there = Pipe()
        # -P: the folder that the user stands in is not searched for modules.
        code = f"from {module} import main; main()"
        command = [sys.executable, "-P", "-c", code, str(there.fileno()), *arguments]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(there.fileno(),))
        except BaseException:
            self._pipe.close()
            raise
        finally:
            there.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def send(self, message: object) -> None:
        """Give the child a message. One that ended says so when it is next heard."""
        with suppress(ConnectionError):
            self._pipe.send(message)

    def receive(self) -> Any:
        """The child's next message. Raises `MissingError` when it was killed or failed."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError):  # of the latter, a message that broke off
            code = self._process.wait()
            raise MissingError(
                f"a process that prepares the posts ended early ({_reason(code)}); import again to go on"
            ) from None


class _Pipe(Connection):
    """To whom a message that broke off is the end, as none is."""

    def recv(self) -> Any:
        try:
            return super().recv()
        except OSError:
            raise EOFError from None


class _Absent:
    """Hides what is loaded wherever it is installed, for a quarter of a second each, and what nothing here uses: SciPy with
    Numba's first kernel, pandas with Arrow's first array. None in `sys.modules` would do for the first alone: Arrow takes it
    for pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in ("scipy", "pandas"):
            raise ModuleNotFoundError(f"{name} is left out of processes that prepare posts", name=name)


@contextmanager
def parent() -> Iterator[Connection]:
    """The other end, in the child. Leaves quietly when the parent is gone."""
    # Ctrl-C is for the importing process, which then closes the pair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Posts come and go by the thousand and none is part of a cycle: looking for cycles each 700 objects is waste.
    gc.set_threshold(100_000)
    sys.meta_path.insert(0, _Absent())
    with suppress(EOFError, ConnectionError), _Pipe(int(sys.argv[1])) as pipe:
        yield pipe


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
