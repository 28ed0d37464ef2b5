"""A file in, its bytes out: unpacked from gzip or zstd, in chunks of bounded size.

What a file is packed with is told by its first bytes, not by its name. Several members or frames one after
the other are one stream, as `cat a.gz b.gz` makes them. A file of a few kilobytes may unpack to terabytes:
nothing here holds more than one chunk of it (twice 16 MiB at worst for zstd, whose library cannot be asked for less
output).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

import zstandard
from isal import igzip_lib, isal_zlib

from truthgpt.errors import BadInputError

CHUNK = 1 << 18
"""Bytes in a chunk at most."""

_GZIP = b"\x1f\x8b"
_DAMAGED = "the gzip data is damaged from here on"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_FEED = 1 << 9
"""Packed bytes given to zstd at once: 4 of them may unpack to 128 KiB."""
_ZSTD_WINDOW = 1 << 31
"""The dumps of Pushshift are packed with `--long=31`."""


Read: TypeAlias = Callable[[], bytes]
"""Gives the next packed bytes of a file, a chunk at most; `b""` at its end."""


class DamagedError(Exception):
    """The bytes stop making sense: a truncated or corrupt member. What came before stands.

    `reason` says why, `rest` is the beginning of the line that was cut off, if any.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rest = ""


def chunks(path: Path) -> Iterator[bytes]:
    """The file's content, unpacked, in chunks of at most 256 KiB.

    Raises `BadInputError` if it cannot be opened, `DamagedError` where it breaks off.
    """
    with _open(path) as file:
        yield from unpack(partial(_read, file))


def unpack(read: Read) -> Iterator[bytes]:
    """What `read` gives, unpacked. Raises `DamagedError` where it breaks off."""
    head = b""
    while len(head) < 4 and (more := read()):
        head += more
    if head.startswith(_GZIP):
        yield from _gunzip(read, head)
    elif _is_zstd(head):
        yield from _unzstd(read, head)
    else:
        while head:
            yield head
            head = read()


def is_packed(path: Path) -> bool:
    """Whether the file's first bytes are those of gzip or zstd."""
    with _open(path) as file:
        head = file.read(4)
    return head.startswith(_GZIP) or _is_zstd(head)


def _open(path: Path) -> BinaryIO:
    try:
        # Looked at before opening: opening a pipe waits for somebody to write to it.
        if path.is_dir():
            raise BadInputError(f"{path} is a folder: name the files in it, for example {path}/*.csv")
        if path.exists() and not path.is_file():
            raise BadInputError(f"{path} is not a regular file: save its content to a file and import that")
        return path.open("rb")
    except FileNotFoundError:
        raise BadInputError(f"{path} does not exist: check the path") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInputError(f"{path} cannot be opened ({why}): check its name and permissions") from None


class Meter:
    """Counts the bytes that this process reads of files, before they are unpacked, for whoever shows how far it is."""

    read = 0


def _read(file: BinaryIO) -> bytes:
    try:
        data = file.read(CHUNK)
        Meter.read += len(data)
        return data
    except OSError as error:
        raise DamagedError(f"the file cannot be read any further ({error.strerror})") from None


def _is_zstd(head: bytes) -> bool:
    # A skippable frame (0x184D2A50 to 0x184D2A5F, little-endian) may come first: pzstd writes one.
    return head.startswith(_ZSTD) or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50)


def _gunzip(read: Read, packed: bytes) -> Iterator[bytes]:
    member = isal_zlib.decompressobj(wbits=31)
    while packed:
        try:
            data = member.decompress(packed, CHUNK)
        except igzip_lib.IsalError:  # type: ignore[misc]  # its stub names an instance
            raise DamagedError(_DAMAGED) from None
        if data:
            yield data
        packed = member.unconsumed_tail
        if member.eof:
            # Zeros after a member pad it to a block of a tape or a disk.
            packed = member.unused_data.lstrip(b"\0")
            while not packed and (packed := read()):
                packed = packed.lstrip(b"\0")
            if packed:
                if not _GZIP.startswith(packed[:2]):
                    raise DamagedError(_DAMAGED)
                member = isal_zlib.decompressobj(wbits=31)
        elif not packed:
            packed = read()
            # With no packed byte left there may still be output that did not fit into the last chunk.
            while not packed and not member.eof:
                data = member.decompress(b"", CHUNK)
                if not data:
                    break
                yield data
    if not member.eof:
        raise DamagedError("the file ends early: its gzip data is cut off")


def _unzstd(read: Read, packed: bytes) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = unpacker.decompressobj()
    started = False
    while packed:
        for start in range(0, len(packed), _ZSTD_FEED):
            piece = packed[start : start + _ZSTD_FEED]
            while piece:
                try:
                    data = frame.decompress(piece)
                except (zstandard.ZstdError, MemoryError):
                    raise DamagedError("the zstd data is damaged from here on") from None
                for cut in range(0, len(data), CHUNK):
                    yield data[cut : cut + CHUNK]
                started, piece = not frame.eof, frame.unused_data
                if frame.eof:
                    frame = unpacker.decompressobj()
        packed = read()
    if started:
        raise DamagedError("the file ends early: its zstd data is cut off")
