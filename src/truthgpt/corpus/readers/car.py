"""A CAR file in, its blocks out, one by one.

CAR, version 1: a header of DAG-CBOR, then blocks, each with its length before it and a CID, the hash of its bytes, at its
head. `libipld` reads CBOR and whole CAR files; here the frames are walked so that a repository of any size streams and
a damaged block costs itself alone. AT Protocol allows one kind of CID: version 1, DAG-CBOR or raw, SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libipld

from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError

MAX_BLOCK = 4 << 20
"""Bytes; a record has at most 1 MiB."""

_CID = 36
_KINDS = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
_MAX_HEADER = 1 << 16
_CUT = "the file ends early: a block is cut off"


@dataclass(slots=True)
class Block:
    """The `number` of a block in its file, from 1, its CID and its bytes; `fault` says why it cannot be read."""

    number: int
    cid: bytes
    data: bytes
    fault: str = ""

    def value(self) -> dict[str, Any] | None:
        """The map that is written here, `None` if there is none or its bytes are not those that its CID names."""
        if self.fault or hashlib.sha256(self.data).digest() != self.cid[4:]:
            return None
        return decoded(self.data)


def decoded(data: bytes) -> dict[str, Any] | None:
    """The map that DAG-CBOR holds, `None` if it holds none. A CID in it is bytes."""
    try:
        value = libipld.decode_dag_cbor(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_car(head: bytes) -> bool:
    """Whether a file begins with the header of a CAR."""
    return b"\x65roots" in head[:64] and b"\x67version" in head[:_MAX_HEADER]


def roots(source: Source) -> list[bytes]:
    """The CIDs that the header names. `BadInputError` if there is no header."""
    frames = _Frames(source.chunks())
    try:
        return _header(frames, source.path)
    except DamagedError as error:
        raise BadInputError(f"{source.path}: {error.reason}; get the file anew") from None


def blocks(source: Source) -> Iterator[Block]:
    """The blocks in the order of the file. Raises `DamagedError` where it breaks off."""
    frames = _Frames(source.chunks())
    frames.skip(frames.length())
    number = 0
    while (size := frames.length()) is not None:
        number += 1
        if size > MAX_BLOCK:
            cid = frames.take(_CID)
            frames.skip(size - _CID)
            yield Block(number, cid, b"", f"a block over {MAX_BLOCK >> 20} MiB")
            continue
        frame = frames.take(size)
        fault = "" if frame.startswith(_KINDS) and size >= _CID else "a block with an unknown kind of CID"
        yield Block(number, frame[:_CID], frame[_CID:], fault)


def _header(frames: _Frames, path: Path) -> list[bytes]:
    size = frames.length()
    header = decoded(frames.take(size)) if size is not None and size <= _MAX_HEADER else None
    found = header.get("roots") if header else None
    if not header or header.get("version") != 1 or not isinstance(found, list):
        raise BadInputError(f"{path} is no CAR file of version 1: get the export anew")
    return [cid for cid in found if isinstance(cid, bytes)]


class _Frames:
    """A window on a stream of frames."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self._at = 0

    def length(self) -> int | None:
        """The unsigned varint that stands here (LEB128), `None` at the end of the stream."""
        value = shift = 0
        while shift < 64:
            if self._at == len(self._held) and not self._more():
                if shift:
                    raise DamagedError(_CUT)
                return None
            byte = self._held[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise DamagedError("the CAR file is damaged from here on")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        pieces = []
        while size:
            if self._at == len(self._held) and not self._more():
                raise DamagedError(_CUT)
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def skip(self, size: int | None) -> None:
        """Passes over `size` bytes, however many."""
        left = size or 0
        while left:
            if self._at == len(self._held) and not self._more():
                raise DamagedError(_CUT)
            step = min(left, len(self._held) - self._at)
            self._at += step
            left -= step

    def _more(self) -> bool:
        self._held, self._at = next(self._chunks, b""), 0
        return bool(self._held)
