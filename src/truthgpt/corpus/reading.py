"""Two locks that meet: held by those who read one version for long, and by who takes old versions away.

A search reads a version for milliseconds and needs no lock: whoever forgets waits a moment before the old files go.
An export or a training run reads for minutes; it holds `LongRead`, and forgetting waits for it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truthgpt.errors import BusyError, MissingError

FILE = "read.lock"
_PAUSE = 0.05


@contextmanager
def long_read(folder: Path, timeout: float = 10.0) -> Iterator[None]:
    """Old versions of the corpus in `folder` stay while this is held; any number may hold it.

    Raises `BusyError` when posts are being erased for longer than `timeout` seconds.
    """
    with _locked(folder, fcntl.LOCK_SH, timeout, "posts are being forgotten"):
        yield


@contextmanager
def no_long_read(folder: Path, timeout: float = 10.0) -> Iterator[None]:
    """Nobody reads an old version for long while this is held. Raises `BusyError` when somebody goes on to."""
    with _locked(
        folder, fcntl.LOCK_EX, timeout, "an export, a trace or a training run reads an older version"
    ):
        yield


@contextmanager
def _locked(folder: Path, kind: int, timeout: float, why: str) -> Iterator[None]:
    try:
        file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MissingError(f"cannot write to {folder}: {error.strerror}; mend its permissions") from error
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise BusyError(f"{why} of {folder}; run this again when it has ended") from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(file)
