"""Rejected rows in, one JSONL file of them out, which is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.errors import MissingError


class Quarantine:
    """Keeps the rejected rows of one import: a line `{"file","line","reason","row"}` each.

    The file is made with the first row, under a name that ends in `.part`, and gets its own name when the
    context ends, also when it ends with an error: what was rejected until then stands. Raises `MissingError`
    when `folder` cannot be written to.

    >>> with Quarantine(settings.quarantine) as quarantine:
    ...     quarantine.add(Rejected("posts.csv", 7, "empty text", "7,"))
    >>> quarantine.count
    1
    """

    def __init__(self, folder: Path) -> None:
        self.count = 0
        now = datetime.now(UTC)
        # The random end keeps two imports of one second apart.
        self._target = folder / f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}.jsonl"
        self._part = self._target.with_suffix(".jsonl.part")
        self._file: BinaryIO | None = None

    @property
    def path(self) -> Path | None:
        """Where the rows are once the context has ended, `None` while there is none."""
        return self._target if self.count else None

    def add(self, rejected: Rejected) -> None:
        """Writes one row."""
        try:
            if self._file is None:
                self._part.parent.mkdir(parents=True, exist_ok=True)
                # Only for the owner: a rejected row may hold what its author deleted.
                self._file = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.write(_line(rejected))
        except OSError as error:
            raise self._missing(error) from None
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            self._part.replace(self._target)
        except OSError as failure:
            raise self._missing(failure) from error
        finally:
            self._file = None

    def _missing(self, error: OSError) -> MissingError:
        where = f"{self._target} ({error.strerror})"
        return MissingError(f"rejected rows cannot be written to {where}: free some space or mend its folder")


def _line(rejected: Rejected) -> bytes:
    row = {
        "file": rejected.file.encode(errors="replace").decode(),  # a name of bytes that are no UTF-8
        "line": rejected.line,
        "reason": rejected.reason,
        "row": rejected.row,
    }
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
