"""The drill: a pause that is ended again, and how soon every running server had stopped.

A server is present by a file of its own that it holds locked, `oversight/pause/servers/HOST-PID.json`; in it, it writes
which pause it obeyed and how many answers that ended. The system frees the lock however the server ends.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.oversight.pause.state import Paused
from truthgpt.oversight.pause.switch import Pause

BOUND: Final = 1.0
"""Seconds in which every server has to stop."""
PATIENCE: Final = 5.0
"""Seconds after which a server that has not stopped is not waited for any more."""
_LOOK: Final = 0.005


@dataclass(frozen=True, slots=True)
class Stopped:
    """One server: seconds from the beginning of the pause until it said that it had stopped, None where it did not; answers that
    this ended."""

    server: str
    seconds: float | None
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Drill:
    """`stopped` of every server that ran, and the seconds that it took to write the pause; `resumed` is false where somebody paused
    meanwhile."""

    stopped: tuple[Stopped, ...]
    written: float
    resumed: bool

    @property
    def passed(self) -> bool:
        return all(one.seconds is not None and one.seconds <= BOUND for one in self.stopped)


class Presence:
    """A server's file while it runs: enter it, and tell it of each pause that was obeyed."""

    def __init__(self, pause: Pause) -> None:
        self._folder = pause.folder / "servers"
        self._path = self._folder / f"{socket.gethostname()}-{os.getpid()}.json"
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise durable.missing(self._path, error) from error
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file
        return self

    def obeyed(self, paused: Paused, ended: int) -> None:
        """Say that nothing more is said since `paused`, which ended so many answers. A full disk makes the drill fail, nothing else."""
        told = orjson.dumps({"since": paused.since.isoformat(), "ended": ended})
        try:
            os.pwrite(self._file, told.ljust(128), 0)
        except OSError:
            return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1


def drill(pause: Pause, by: str) -> Drill:
    """Pause, see every server stop, resume. Answers that run are ended, as by any pause.

    Raises `BadInputError` where answers are paused already.
    """
    servers = _present(pause.folder / "servers")
    began = time.monotonic()
    # Recorded afterwards: what a log takes is no part of what is measured.
    held, mine = pause.hold(f"a drill by {by}", by, drill=True)
    written = time.monotonic() - began
    if not mine:
        raise BadInputError(f"{held}; resume first, then drill")
    try:
        stopped = _watched(servers, held, began)
        pause.tell(held)
    finally:
        resumed = True
        try:
            pause.resume(by, "the drill is over", drill=True)
        except BadInputError:
            resumed = False
    return Drill(stopped, written, resumed)


def _watched(servers: list[Path], held: Paused, began: float) -> tuple[Stopped, ...]:
    waiting = set(servers)
    stopped = []
    while waiting and time.monotonic() - began < PATIENCE:
        for path in sorted(waiting):
            ended = _obeyed(path, held)
            if ended is not None:
                stopped.append(Stopped(path.stem, round(time.monotonic() - began, 3), ended))
                waiting.remove(path)
        time.sleep(_LOOK)
    return (*stopped, *(Stopped(path.stem, None) for path in sorted(waiting)))


def _obeyed(path: Path, held: Paused) -> int | None:
    """Answers that the server ended for this very pause; None where it has not yet."""
    try:
        told = orjson.loads(path.read_bytes())
        return int(told["ended"]) if told["since"] == held.since.isoformat() else None
    except FileNotFoundError:
        return 0  # it stopped altogether
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing written yet, or being written


def _present(folder: Path) -> list[Path]:
    """The files of servers that run; those that were killed left theirs, which go."""
    alive = []
    for path in sorted(folder.glob("*.json")):
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            alive.append(path)
        finally:
            os.close(file)
    return alive
