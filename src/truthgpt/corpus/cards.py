"""What a search reads of the posts that it found: a file of each fragment of the table.

Lance takes 0.3 milliseconds for a row's columns, and a search asks for twenty rows. A file has these columns of all rows of a fragment,
in their order, as an Arrow file without compression, so that a row is read where it lies. Like the files of `postings` it
is a cache: of a fragment without one, rows are read from the table.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, Self, TypeAlias

import numpy as np
import pyarrow as pa

from truthgpt.corpus import durable
from truthgpt.corpus.beside import Kind, Parts

SCHEMA = pa.schema(
    [
        pa.field("text", pa.large_utf8()),
        pa.field("rest", pa.large_binary()),
        pa.field("terms", pa.large_utf8()),
        pa.field("grams", pa.large_utf8()),
        pa.field("copy_key", pa.int64()),
    ]
)

_STRINGS = tuple(field.name for field in SCHEMA if field.name != "copy_key")
_Value: TypeAlias = str | bytes | int | None
_NOT = "not a file of cards"


class _Column(NamedTuple):
    """Where the buffers of a column lie in the file: its offsets, its data and how many bytes these are, and the bits that tell
    which rows have a value, -1 where all have."""

    offsets: int
    data: int
    size: int
    present: int


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: int
    strings: Sequence[_Column]
    keys: int


class Cards:
    """The columns of one fragment. Threads may share it. Rows are read and not mapped, so that a process holds no more memory the
    longer it searches."""

    def __init__(self, source: Path | bytes, batches: Sequence[_Batch]) -> None:
        self._source = source
        self._ends = list(accumulate(batch.rows for batch in batches))
        self._batches = batches

    @classmethod
    def of(cls, parts: Parts) -> Self:
        """In memory."""
        content = b"".join(_pieces(parts))
        return cls(content, _layout(pa.py_buffer(content)))

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The file at `path`; None where there is none, or it is not whole."""
        try:
            with pa.memory_map(str(path)) as file:
                return cls(path, _layout(file.read_buffer()))
        except (OSError, ValueError, pa.ArrowException):
            return None

    def row(self, place: int) -> dict[str, _Value]:
        """The columns of the row at this `place` of the fragment. Raises `ValueError` where the file is damaged or gone."""
        number = bisect_right(self._ends, place)
        if number == len(self._ends):
            raise ValueError(_NOT)
        batch = self._batches[number]
        row = place - (self._ends[number - 1] if number else 0)
        with self._reading() as read:
            found: dict[str, _Value] = {"copy_key": _number(read(batch.keys + 8 * row, 8))}
            for name, column in zip(_STRINGS, batch.strings, strict=True):
                value = _value(read, column, row)
                found[name] = value if value is None or name == "rest" else value.decode()
        return found

    @contextmanager
    def _reading(self) -> Iterator[_Read]:
        if isinstance(content := self._source, bytes):
            yield lambda at, size: content[at : at + size]
            return
        try:
            file = os.open(content, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ValueError(_NOT) from error
        try:
            yield lambda at, size: os.pread(file, size, at)
        finally:
            os.close(file)


_Read: TypeAlias = Callable[[int, int], bytes]
"""Where bytes begin and how many are wanted in, as many of these as there are out."""


def _value(read: _Read, column: _Column, row: int) -> bytes | None:
    if column.present >= 0 and not read(column.present + (row >> 3), 1)[0] >> (row & 7) & 1:
        return None
    both = read(column.offsets + 8 * row, 16)
    start, end = _number(both[:8]), _number(both[8:])
    if not 0 <= start <= end <= column.size:
        raise ValueError(_NOT)
    value = read(column.data + start, end - start)
    if len(value) < end - start:
        raise ValueError(_NOT)
    return value


def _number(content: bytes) -> int:
    if len(content) < 8:
        raise ValueError(_NOT)
    return int.from_bytes(content, "little", signed=True)


def _layout(content: pa.Buffer) -> list[_Batch]:
    """Where what a search reads lies in `content`, a whole file. Raises `ValueError` where it is none, as Arrow does."""
    reader = pa.ipc.open_file(pa.BufferReader(content))
    if reader.schema != SCHEMA:
        raise ValueError(_NOT)

    def place(buffer: pa.Buffer | None, least: int) -> int:
        """Where `buffer`, of so many bytes at `least`, begins."""
        if (buffer is None or not buffer.size) and not least:
            return 0
        if buffer is None:
            raise ValueError(_NOT)
        at: int = buffer.address - content.address
        if buffer.size < least or not 0 <= at <= content.size - buffer.size:
            raise ValueError(_NOT)
        return at

    found = []
    for number in range(reader.num_record_batches):
        batch = reader.get_batch(number)
        rows = batch.num_rows
        strings = []
        for name in _STRINGS:
            present, offsets, data = batch[name].buffers()
            bits = -1 if present is None else place(present, (rows + 7) // 8)
            size = 0 if data is None else data.size
            strings.append(_Column(place(offsets, 8 * (rows + 1) if rows else 0), place(data, 0), size, bits))
        found.append(_Batch(rows, strings, place(batch["copy_key"].buffers()[1], 8 * rows)))
    return found


def write(path: Path, parts: Parts) -> None:
    """Make the file at `path` of rows and the columns of `SCHEMA`, of other string types too. Raises `MissingError` where the disk is
    full."""
    durable.write(path, _pieces(parts))


KIND = Kind("cards", "cards", tuple(SCHEMA.names), Cards.open, Cards.of, write)


def _batches(parts: Parts) -> Iterator[pa.RecordBatch]:
    """Rows by their places from 0 on; those that are left out are null."""
    first = 0
    for places, batch in parts:
        columns = [batch[field.name].cast(field.type) for field in SCHEMA]
        rows = pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
        if not len(places):
            continue
        end = int(places[-1]) + 1
        if len(places) < end - first:
            at = np.full(end - first, -1, np.int64)
            at[places - first] = np.arange(len(places))
            rows = rows.take(pa.array(at, mask=at < 0))
        first = end
        yield rows


def _pieces(parts: Parts) -> Iterator[bytes]:
    sink = _Sink()
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), SCHEMA) as writer:
        for batch in _batches(parts):
            writer.write_batch(batch)
            yield from sink.taken()
    yield from sink.taken()


class _Sink:
    """Holds what was written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, content: bytes) -> int:
        self._pieces.append(bytes(content))
        self._at += len(content)
        return len(content)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces
