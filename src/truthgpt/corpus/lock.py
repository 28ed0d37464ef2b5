"""One writer at a time: a lock on a file in the corpus's folder, which the system frees however its holder ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from truthgpt.errors import BusyError, MissingError

FILE = "write.lock"
_PAUSE = 0.05


class WriteLock:
    """Held while a process writes to the corpus in `folder`; readers need none.

    Entering waits up to `timeout` seconds, then raises `BusyError`; a second lock in the same process waits as
    well. The file stays: deleting it would let two writers hold two files of one name.
    """

    def __init__(self, folder: Path, timeout: float = 10.0, work: str = "import") -> None:
        """`work` is what its holder does, as those are told who wait."""
        self._folder = folder
        self._work = work
        self._timeout = timeout
        self._file = -1

    def __enter__(self) -> Self:
        path = self._folder / FILE
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MissingError(
                f"cannot write to {self._folder}: {error.strerror}; mend its permissions or give another --data"
            ) from error
        try:
            self._take(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        self._file = -1

    def _take(self, file: int) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(file, 32, 0).decode("ascii", "replace").strip()
                    who = f"process {holder}" if holder.isdigit() else "another process"
                    raise BusyError(
                        f"{who} is writing to {self._folder}; wait until its {self._work} has ended, or stop it"
                    ) from None
                time.sleep(_PAUSE)
        # Only told to those who wait; on a full disk the lock holds without it.
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)
        except OSError:
            return
