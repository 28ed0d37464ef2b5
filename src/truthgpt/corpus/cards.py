"""What a search reads of the posts that it found: a file of each fragment of the table.

Lance reads a row's columns one by one, which lie apart, and a search asks for twenty rows. A file has the columns of a row side by
side, so that a row is one read, of a page of the disk or two. Like the files of `postings` it is a cache: of a fragment
without one, rows are read from the table.

    rows     of each row its `copy_key` (int64), the bytes of each of its `STRINGS` (uint32 each, `_NULL` where it has none), these
             strings; of a row that was deleted when the file was made, nothing
    starts   int64 (rows + 1,), where each row begins
    tail     int64: how many rows, the size of the file, a mark

Numbers are little-endian. Rows are read and not mapped: a process holds no more memory the longer it searches.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus import durable
from truthgpt.corpus.beside import Kind, Parts
from truthgpt.corpus.compiled import compiled

STRINGS = {"text": pa.string(), "rest": pa.binary(), "terms": pa.string(), "grams": pa.string()}
SCHEMA = pa.schema([*STRINGS.items(), ("copy_key", pa.int64())])
"""The columns of a row, as the table has them."""

Value: TypeAlias = str | bytes | int | None

_HEAD = struct.Struct(f"<q{len(STRINGS)}I")
_NULL = (1 << 32) - 1
_MARK = 0x31_53_44_52_41_43_54_47
_TAIL = struct.Struct("<3q")
_NOT = "not a file of cards"

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cards:
    """The columns of the `rows` of one fragment, in `source`: a file's path, or what it would hold. Threads may share it."""

    source: Path | bytes
    rows: int
    size: int

    @classmethod
    def of(cls, parts: Parts) -> Self:
        """In memory."""
        content = b"".join(_pieces(parts))
        return cls(content, *_sizes(content[-_TAIL.size :], len(content)))

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The file at `path`; None where there is none, or it is not whole."""
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL.size))
                return cls(path, *_sizes(file.read(), size))
        except (OSError, ValueError):
            return None

    def row(self, place: int) -> dict[str, Value]:
        """The columns of the row at this `place` of the fragment. Raises `ValueError` where it has none, or the file is damaged or
        gone."""
        if not 0 <= place < self.rows:
            raise ValueError(_NOT)
        starts = self.size - _TAIL.size - 8 * (self.rows - place + 1)
        if isinstance(content := self.source, bytes):
            start, end = _bounds(content[starts : starts + 16], starts)
            return _columns(content[start:end])
        try:
            with open(content, "rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size != self.size:  # one made anew under this name
                    raise ValueError(_NOT)
                start, end = _bounds(os.pread(file.fileno(), 16, starts), starts)
                return _columns(os.pread(file.fileno(), end - start, start))
        except OSError as error:
            raise ValueError(_NOT) from error


def write(path: Path, parts: Parts) -> None:
    """Make the file at `path` of rows and the columns of `SCHEMA`. Raises `MissingError` where the disk is full."""
    durable.write(path, _pieces(parts))


KIND = Kind("cards", "cards", tuple(SCHEMA.names), Cards.open, Cards.of, write)


def _sizes(tail: bytes, size: int) -> tuple[int, int]:
    """How many rows a file of this `size` has, and the size. Raises `ValueError` where `tail` is not the end of one."""
    if len(tail) < _TAIL.size:
        raise ValueError(_NOT)
    rows, written, mark = _TAIL.unpack(tail)
    if mark != _MARK or written != size or not 0 <= rows <= (size - _TAIL.size) // 8 - 1:
        raise ValueError(_NOT)
    return rows, size


def _bounds(content: bytes, end: int) -> tuple[int, int]:
    """Where a row begins and ends, of those that end at `end` at most."""
    if len(content) < 16:
        raise ValueError(_NOT)
    start, after = struct.unpack("<2q", content)
    if not 0 <= start <= after <= end:
        raise ValueError(_NOT)
    return start, after


def _columns(row: bytes) -> dict[str, Value]:
    if len(row) < _HEAD.size:
        raise ValueError(_NOT)
    key, *lengths = _HEAD.unpack_from(row)
    found: dict[str, Value] = {"copy_key": key}
    at = _HEAD.size
    for (name, kind), length in zip(STRINGS.items(), lengths, strict=True):
        if length == _NULL:
            found[name] = None
            continue
        value = row[at : at + length]
        at += length
        found[name] = value.decode() if kind == pa.string() else value
    if at != len(row):
        raise ValueError(_NOT)
    return found


def _pieces(parts: Parts) -> Iterator[bytes]:
    """What the file of `parts` holds, part after part."""
    begun = [np.zeros(1, np.int64)]
    rows = at = 0
    for places, batch in parts:
        if not len(places):
            continue
        keys = np.ascontiguousarray(batch["copy_key"].to_numpy(zero_copy_only=False))
        columns = [_buffers(batch[name]) for name in STRINGS]
        lengths = np.stack([np.diff(offsets) for _, offsets, _ in columns])
        nulls = np.stack([null for _, _, null in columns])
        out = np.empty(int(_HEAD.size * len(keys) + lengths.sum()), np.uint8)
        (text, _, _), (rest, _, _), (terms, _, _), (grams, _, _) = columns
        firsts = np.array([offsets[0] for _, offsets, _ in columns])
        ends = _interleave(keys, lengths, nulls, firsts, text, rest, terms, grams, out)
        used = int(ends[-1])  # a null may have bytes all the same
        yield out[:used].tobytes()
        # Rows that are left out end where they begin.
        until = np.full(int(places[-1]) + 1 - rows, -1, np.int64)
        until[places - rows] = at + ends
        begun.append(np.maximum.accumulate(np.maximum(until, at)))
        at += used
        rows = int(places[-1]) + 1
    starts = np.concatenate(begun).tobytes()
    yield bytes(-at % 8)
    yield starts
    yield _TAIL.pack(rows, at + -at % 8 + len(starts) + _TAIL.size, _MARK)


def _buffers(column: pa.Array) -> tuple[Bytes, Numbers, npt.NDArray[np.bool_]]:
    """The bytes of strings, where each begins and the last ends (n + 1,), and which are null (n,)."""
    wide = column.cast(pa.large_binary())
    _, offsets, data = wide.buffers()
    places = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return content, places, column.is_null().to_numpy(zero_copy_only=False)


@compiled
def _interleave(
    keys: Numbers,
    lengths: Numbers,
    nulls: npt.NDArray[np.bool_],
    firsts: Numbers,
    text: Bytes,
    rest: Bytes,
    terms: Bytes,
    grams: Bytes,
    out: Bytes,
) -> Numbers:
    """Writes the rows to `out`, with `lengths` and `nulls` (4, n) of their strings, which begin at `firsts` (4,) of each column's bytes
    and follow one after the other; where each row ends (n,)."""
    ends = np.empty(len(keys), np.int64)
    at = 0
    spot = firsts.copy()
    for row in range(len(keys)):
        key = keys[row]
        for byte in range(8):
            out[at + byte] = np.uint8((key >> (8 * byte)) & 0xFF)
        at += 8
        for column in range(4):
            length = lengths[column, row] if not nulls[column, row] else np.int64(0xFFFFFFFF)
            for byte in range(4):
                out[at + byte] = np.uint8((length >> (8 * byte)) & 0xFF)
            at += 4
        for column in range(4):
            length = lengths[column, row]
            begin = spot[column]
            if not nulls[column, row]:
                if column == 0:
                    out[at : at + length] = text[begin : begin + length]
                elif column == 1:
                    out[at : at + length] = rest[begin : begin + length]
                elif column == 2:
                    out[at : at + length] = terms[begin : begin + length]
                else:
                    out[at : at + length] = grams[begin : begin + length]
                at += length
            spot[column] += length
        ends[row] = at
    return ends
