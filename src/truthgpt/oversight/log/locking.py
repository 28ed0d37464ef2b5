"""One writer of a log at a time, among the processes of one data folder, each of which holds it for one commit.

Two locks, so that a busy server cannot keep a command line out: whoever wants to write first takes the turn, and keeps
it until it has the write lock. A writer that comes back finds the turn taken by the one who waits, and waits in its
turn. The system frees both however their holder ends. The write lock's file is empty whenever nobody writes: a byte in
it says that its last holder died in the middle.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truthgpt.corpus.durable import missing
from truthgpt.errors import BusyError

WRITE = ".write"
TURN = ".turn"
_PAUSE = 0.0005
_TIMEOUT = 30.0


class Held:
    """The write lock, held. `broken` says that the one before died writing, or failed and could not clean up."""

    def __init__(self, file: int) -> None:
        self._file = file
        self.broken = os.fstat(file).st_size > 0

    def writing(self) -> None:
        """From here on the files may be in the middle of a change."""
        os.pwrite(self._file, b"w", 0)

    def whole(self) -> None:
        """The files are as the checkpoint says."""
        os.ftruncate(self._file, 0)
        self.broken = False


@contextmanager
def held(folder: Path, timeout: float = _TIMEOUT) -> Iterator[Held]:
    """The write lock of the log in `folder`.

    Raises `BusyError` where another process held it for `timeout` seconds, `MissingError` where the folder cannot be
    written to.
    """
    deadline = time.monotonic() + timeout
    turn = _opened(folder / TURN)
    try:
        _take(turn, folder, deadline)
        write = _opened(folder / WRITE)
        try:
            _take(write, folder, deadline)
            os.close(turn)
            turn = -1
            yield Held(write)
        finally:
            os.close(write)
    finally:
        if turn >= 0:
            os.close(turn)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise missing(path, error) from error


def _take(file: int, folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"another process keeps writing to the log in {folder}; stop it and try again"
                ) from None
            time.sleep(_PAUSE)
