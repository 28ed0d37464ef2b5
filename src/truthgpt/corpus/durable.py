"""Small files that must outlast a crash: written whole or not at all, or grown line by line.

`write` puts a file beside, syncs it and renames it. `append` adds lines of JSON and syncs them; a line that a crash
or a full disk cut short is no line, and the next `append` takes it away.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from truthgpt.errors import BadInputError, MissingError

_OWNER = 0o600
_LOOK = 1 << 16


def write(path: Path, content: bytes | Iterable[bytes], mode: int = 0o644) -> None:
    """Make `path` hold `content`, or its pieces in a row; at any moment it holds this or what it held before.

    Raises `MissingError` where the disk is full or the folder may not be written to.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # on a full disk it would stand in the way of the next
            beside.unlink(missing_ok=True)
        raise missing(path, error) from error


def append(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Add one line of JSON a row, all of them or none; only the owner may read the file.

    Not for two writers at once: callers hold the corpus's write lock. Raises `MissingError` where the disk is full
    or the folder may not be written to.
    """
    lines = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    if not lines:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = not path.exists()
        file = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER)
        try:
            end = _whole(file)
            os.ftruncate(file, end)
            try:
                _write_all(file, lines, end)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, end)
                raise
        finally:
            os.close(file)
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise missing(path, error) from error


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows that `append` wrote, none where the file is absent. Raises `BadInputError` on a damaged line."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise missing(path, error) from error
    with file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return  # cut short by a crash: it was never promised
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = None
            if not isinstance(row, dict):
                raise BadInputError(f"{path}, line {number}: damaged; restore the file from a backup")
            yield row


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` outlast a crash."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _whole(file: int) -> int:
    """The bytes up to the end of the last whole line."""
    end = os.fstat(file).st_size
    while end:
        start = max(0, end - _LOOK)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _write_all(file: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, offset)
        offset += written
        view = view[written:]


def missing(path: Path, error: OSError) -> MissingError:
    """What to raise where the system would not write or read `path`."""
    # Arrow's errors say more than the system's, in several sentences.
    reason = os.strerror(error.errno) if error.errno else error
    return MissingError(f"{path} cannot be written or read ({reason}): free some space or mend its folder")
