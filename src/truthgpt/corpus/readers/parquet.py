"""Parquet in, posts and rejected rows out, a batch of a row group at a time, only the columns that are
needed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers.lines import NOT_UTF8
from truthgpt.corpus.readers.open import DamagedError, Meter, is_packed
from truthgpt.corpus.readers.rejected import EXCERPT, Rejected, excerpt
from truthgpt.corpus.readers.rows import Builder
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError, MissingError

_BATCH = 2048
_FAILURES = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, TypeError)
"""What pyarrow raises on a damaged file."""


def read(source: Source, prepare: Callable[[Sequence[str]], Builder]) -> Iterator[Post | Rejected]:
    """The posts of a Parquet file. `line` of a rejected row is its number, from 1."""
    path = source.path
    with _unpacked(source) as plain:
        try:
            file = pq.ParquetFile(plain)
            names: list[str] = file.schema_arrow.names
        except _FAILURES:
            raise BadInputError(
                f"{path} is no readable Parquet file: it is damaged or cut off; get it anew"
            ) from None
        with file:
            # What was unpacked has been counted by then.
            yield from _posts(path, file, names, prepare(names), plain.stat().st_size if plain == path else 0)


def _posts(path: Path, file: Any, names: list[str], build: Builder, size: int) -> Iterator[Post | Rejected]:
    wanted = [names[index] for index in sorted(build.columns.used)]
    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False):
            faults: dict[int, str] = {}
            columns = [
                _values(batch.column(batch.schema.names.index(name)), faults)
                if name in wanted
                else repeat(None)
                for name in names
            ]
            for index, row in enumerate(zip(*columns, strict=False)):
                number += 1
                post = faults.get(index) or build(row)
                yield post if isinstance(post, Post) else _rejected(path, number, post, names, row)
            Meter.read += size * batch.num_rows // max(1, file.metadata.num_rows)
    except _FAILURES as error:
        why = excerpt(str(error).partition("\n")[0])[:80]
        yield Rejected(str(path), number + 1, f"the file is damaged from here on ({why})", "")


def _values(column: Any, faults: dict[int, str]) -> list[object]:
    """A column's values as Python's; a value that is none adds its row to `faults`."""
    if pa.types.is_timestamp(column.type):
        # Python's clock ticks in microseconds.
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    try:
        values: list[object] = column.to_pylist()
    except _FAILURES:
        values = []
        for index, scalar in enumerate(column):
            try:
                values.append(scalar.as_py())
            except UnicodeDecodeError:
                values.append(None)
                faults[index] = NOT_UTF8
            except _FAILURES:
                values.append(None)
                faults[index] = "a value that cannot be read"
    return values


def _rejected(path: Path, number: int, reason: str, names: list[str], row: Sequence[object]) -> Rejected:
    shown = {name: str(value)[:EXCERPT] for name, value in zip(names, row, strict=True) if value is not None}
    return Rejected(str(path), number, reason, excerpt(str(shown)))


@contextmanager
def _unpacked(source: Source) -> Iterator[Path]:
    """The file itself, or, since Parquet is read from its end, a temporary one that it was unpacked to."""
    path = source.path
    if not source.is_member and not is_packed(path):
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="truthgpt-"))
    try:
        plain = folder / "posts.parquet"
        try:
            with plain.open("wb") as file:
                for chunk in source.chunks():
                    file.write(chunk)
        except DamagedError as error:
            raise BadInputError(f"{path}: {error.reason}; get the file anew") from None
        except OSError as error:
            raise MissingError(
                f"{path} cannot be unpacked into {folder} ({error.strerror}): free some space"
            ) from None
        yield plain
    finally:
        shutil.rmtree(folder, ignore_errors=True)
