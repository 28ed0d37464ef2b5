"""Tables that one process makes and another uses, handed over as files: one writes, the other maps what was written.

Through a pipe each table is copied five times, at every process that passes it on; from a file it is copied once.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from truthgpt.corpus import durable


@dataclass(frozen=True, slots=True)
class Shelved:
    """A table in a file, or one without rows, which needs none."""

    schema: pa.Schema
    path: Path | None

    def take(self) -> pa.Table:
        """The table, once: its file has no name from then on, and is gone with the table.

        Raises `MissingError` where the file is gone or cannot be read.
        """
        if self.path is None:
            return self.schema.empty_table()
        try:
            with pa.memory_map(str(self.path)) as file:
                self.path.unlink()
                return pa.ipc.open_stream(file).read_all()
        except OSError as error:
            raise durable.missing(self.path, error) from error


def shelve(table: pa.Table, folder: Path) -> Shelved:
    """`table` in a file of `folder`. Raises `MissingError` where the disk is full; no file is left then."""
    if not table.num_rows:
        return Shelved(table.schema, None)
    try:
        descriptor, name = tempfile.mkstemp(".arrow", dir=folder)
        os.close(descriptor)
        path = Path(name)
        try:
            with pa.OSFile(name, "wb") as file, pa.ipc.new_stream(file, table.schema) as written:
                written.write_table(table)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise durable.missing(folder, error) from error
    return Shelved(table.schema, path)
