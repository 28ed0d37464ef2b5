"""What a search reads of the posts that it found, as files that are mapped into memory: one of each fragment of the table.

Lance takes 0.3 milliseconds for a row's columns, a search asks for twenty rows. A file has these columns of all rows of a fragment, in
the order of the fragment, as an Arrow file without compression, so that a row is read where it lies. Like the files of
`postings` it is a cache: of a fragment without one, rows are read from the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
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

_Bytes = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Strings:
    """A column of one batch: `offsets` (rows + 1,) into `data` and, a bit a row, which rows have a value; None where all have."""

    offsets: _Numbers
    data: memoryview
    present: _Bytes | None

    def at(self, row: int) -> bytes | None:
        """Raises `ValueError` where the offsets of `row` lie outside of the data."""
        if self.present is not None:
            if row >> 3 >= len(self.present):
                raise ValueError("not a file of cards")
            if not self.present[row >> 3] >> (row & 7) & 1:
                return None
        start, end = int(self.offsets[row]), int(self.offsets[row + 1])
        if not 0 <= start <= end <= len(self.data):
            raise ValueError("not a file of cards")
        return bytes(self.data[start:end])


@dataclass(frozen=True, slots=True)
class _Batch:
    strings: dict[str, _Strings]
    keys: _Numbers


class Cards:
    """The columns of one fragment. Threads may share it."""

    def __init__(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Raises `ValueError` where `batches` have other columns."""
        if any(batch.schema != SCHEMA for batch in batches):
            raise ValueError("not a file of cards")
        self._ends = list(accumulate(batch.num_rows for batch in batches))
        self._batches = [_Batch(_strings(batch), _keys(batch)) for batch in batches]

    @classmethod
    def of(cls, parts: Parts) -> Self:
        """In memory."""
        return cls(list(_batches(parts)))

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The file at `path`; None where there is none, or it is not whole."""
        try:
            with pa.memory_map(str(path)) as file:
                reader = pa.ipc.open_file(file)
                return cls([reader.get_batch(number) for number in range(reader.num_record_batches)])
        except (OSError, ValueError, pa.ArrowException):
            return None

    def row(self, place: int) -> dict[str, str | bytes | int | None]:
        """The columns of the row at this `place` of the fragment. Raises `ValueError` where the file is damaged."""
        number = int(np.searchsorted(self._ends, place, side="right"))
        if number == len(self._ends):
            raise ValueError("not a file of cards")
        row = place - (self._ends[number - 1] if number else 0)
        batch = self._batches[number]
        found: dict[str, str | bytes | int | None] = {"copy_key": int(batch.keys[row])}
        for name, strings in batch.strings.items():
            value = strings.at(row)
            found[name] = value if value is None or name == "rest" else value.decode()
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


def _strings(batch: pa.RecordBatch) -> dict[str, _Strings]:
    found = {}
    for field in SCHEMA:
        if field.name == "copy_key":
            continue
        column = batch[field.name]
        present, offsets, data = column.buffers()
        found[field.name] = _Strings(
            np.frombuffer(offsets, np.int64, len(column) + 1) if len(column) else np.zeros(1, np.int64),
            memoryview(data) if data is not None else memoryview(b""),
            None if present is None else np.frombuffer(present, np.uint8),
        )
    return found


def _keys(batch: pa.RecordBatch) -> _Numbers:
    keys = batch["copy_key"].buffers()[1]
    return np.frombuffer(keys, np.int64, batch.num_rows) if batch.num_rows else np.zeros(0, np.int64)
