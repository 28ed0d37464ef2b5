"""Tables of posts in, numbered files of bounded size out, Parquet or JSON Lines, each with its SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal, TypeAlias

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from truthgpt.corpus.provenance.card import Shard

Format: TypeAlias = Literal["parquet", "jsonl"]

ROWS = 1 << 20
BYTES = 512 << 20
"""Posts, and bytes of them in memory, in a file; the last table that is put in may go beyond. The hub advises files of
about this size: readers share them out, one each."""


def write(tables: Iterable[pa.Table], schema: pa.Schema, folder: Path, form: Format) -> list[Shard]:
    """Write `tables` in a row as `data/train-<n>-of-<all>.<form>` in `folder`; every file is synced.

    Where there are no posts, one file without any says what the columns are.
    """
    (folder / "data").mkdir()
    paths: list[Path] = []
    waiting = iter(tables)
    ahead = next(waiting, None)
    while ahead is not None or not paths:
        path = folder / "data" / f"train-{len(paths):05d}.part"
        paths.append(path)
        rows = size = 0
        with path.open("wb") as file:
            with closing(_WRITERS[form](file, schema)) as writer:
                while ahead is not None and rows < ROWS and size < BYTES:
                    writer.write_table(ahead)
                    rows, size = rows + ahead.num_rows, size + ahead.nbytes
                    ahead = next(waiting, None)
            file.flush()
            os.fsync(file.fileno())
    return [_named(path, number, len(paths), form) for number, path in enumerate(paths)]


def _named(path: Path, number: int, count: int, form: Format) -> Shard:
    target = path.with_name(f"train-{number:05d}-of-{count:05d}.{form}")
    path.rename(target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Shard(f"data/{target.name}", target.stat().st_size, digest)


class _Parquet:
    """Parquet with zstd, and a dictionary for the columns whose values repeat."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _JsonLines:
    """One object a line; times in ISO 8601, in UTC."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._file = file
        self._schema = schema

    def write_table(self, table: pa.Table) -> None:
        for row in table.to_pylist():
            self._file.write(orjson.dumps(row, option=_LINE))

    def close(self) -> None:
        return None


_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
_WRITERS: Mapping[Format, type[_Parquet] | type[_JsonLines]] = MappingProxyType(
    {"parquet": _Parquet, "jsonl": _JsonLines}
)
FORMATS: tuple[Format, ...] = tuple(_WRITERS)
