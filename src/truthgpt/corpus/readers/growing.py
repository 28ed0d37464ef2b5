"""A file that grows, or a pipe, in; the posts that are written to it out, as they come. Read are JSON Lines alone: of other
formats the beginning or the end says how the rest is read.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from select import select
from threading import Event

from truthgpt.corpus.readers import formats, read_source
from truthgpt.corpus.readers.open import CHUNK
from truthgpt.corpus.readers.reader import Row
from truthgpt.corpus.readers.rejected import MAX_ROW
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError

STDIN = Path("-")
"""The name of the standard input."""
_LOOK = 0.1
"""Seconds after which a file is looked at again."""


def follow(
    path: Path,
    stopped: Event,
    read: Callable[[bytes], None],
    *,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
) -> Iterator[Row]:
    """The rows of `path` from its beginning on, and those that are written to it until `stopped` is set; a file that was cut
    or replaced is read from its beginning. The standard input ends where its writer ends it. See `readers.read` for the
    rest. `read` is told each piece of the file once its rows were given.

    Of a file a last line without an end is not taken: it may be half written. Raises `BadInputError` for what is no JSON
    Lines.
    """
    lines = _lines(path, stopped)
    first = next(lines, b"")
    if not first.strip():
        return
    name = "stdin" if path == STDIN else formats.stem(path)

    def chunks() -> Iterator[bytes]:
        yield first
        read(first)
        for piece in lines:
            yield piece
            read(piece)

    source = Source(path, name, first, chunks)
    if not source.text.startswith("{"):
        raise BadInputError(f"{path} cannot be followed: only JSON Lines can; import it without --follow")
    yield from read_source(source, format=format, mapping=mapping, community=community)


def _lines(path: Path, stopped: Event) -> Iterator[bytes]:
    """What is written to `path`, in pieces that end where a line does, or that are longer than any line may be."""
    rest = b""
    file = _opened(path)
    try:
        while True:
            data = _read(path, file)
            if data:
                rest += data
                end = rest.rfind(b"\n") + 1 or (len(rest) if len(rest) > MAX_ROW else 0)
                if end:
                    yield rest[:end]
                    rest = rest[end:]
            elif data is not None and path == STDIN:
                break
            elif _is_another(path, file):
                if rest:
                    yield rest + b"\n"  # nobody will end this line: it is rejected for what it is
                    rest = b""
                os.close(file)
                file = _opened(path)
            elif stopped.wait(_LOOK):
                return
        if rest:
            yield rest
    finally:
        if path != STDIN:
            os.close(file)


def _opened(path: Path) -> int:
    if path == STDIN:
        return sys.stdin.fileno()
    try:
        # A pipe that nobody writes to would be waited for, and could not be left.
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error.strerror}") from None


def _read(path: Path, file: int) -> bytes | None:
    """What there is to read, at most a chunk: nothing at the end, None where something may come at any time."""
    try:
        return os.read(file, CHUNK) if select([file], [], [], 0)[0] else None
    except BlockingIOError:
        return None
    except OSError as error:
        raise BadInputError(f"{path} cannot be read any further ({error.strerror})") from None


def _is_another(path: Path, file: int) -> bool:
    """Whether `path` names another file by now, or the same one, cut."""
    held = os.fstat(file)
    if path == STDIN or not stat.S_ISREG(held.st_mode):
        return False
    try:
        named = path.stat()
    except OSError:
        return False  # between two files
    return (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino) or held.st_size < os.lseek(
        file, 0, os.SEEK_CUR
    )
