"""Rows of the table in, no byte of them left in its files out.

Lance deletes by a mark beside the data: the row's bytes stay in its file, its words and vector in the indexes, and all
of it in every older version. `mark` puts the marks; `rewrite` writes each touched fragment anew without the marked rows;
`indexes.rebuild` makes the indexes anew, since merging them keeps what they held; `join` leaves nothing to be moved;
`prune` takes every older version and every file that the newest one does not name.

The price is that of the indexes: one post costs as much as a million that are forgotten at once.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import indexes
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.progress import Report

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

Rows = npt.NDArray[np.uint64]
"""Numbers of rows: the fragment in the upper 32 bits, the place in it in the lower ones."""

_MARKED = 10_000
"""Rows that one commit marks."""

_NOW = timedelta(milliseconds=1)


def marked(table_folder: Path) -> list[int]:
    """The fragments with rows that are marked as deleted in some version: Lance keeps a file of marks for each."""
    files = (table_folder / "_deletions").glob("*")
    numbers = (file.name.partition("-")[0] for file in files)
    return sorted({int(fragment) for fragment in numbers if fragment.isdecimal()})


def mark(table: AsyncTable, path: Path, rows: Rows) -> None:
    """Delete `rows`: readers of the next version see them no more."""
    with in_one_line(path):
        for start in range(0, len(rows), _MARKED):
            # By number: what a deletion was asked with stands in the files of its version.
            listed = ", ".join(map(str, rows[start : start + _MARKED].tolist()))
            wait(table.delete(f"_rowid IN ({listed})"))


def rewrite(table: AsyncTable, path: Path, report: Report) -> None:
    """Move the rows that are left in fragments with marked rows to new files, whenever and why they were marked."""
    with in_one_line(path):
        fragments = marked(path / f"{table.name}.lance")
        for done, fragment in enumerate(fragments):
            report("writing anew", done, len(fragments), "files")
            # An update writes every row that it is for anew, here with what it holds; a fragment that is gone has none.
            where = f"_rowaddr >= {fragment << 32} AND _rowaddr < {(fragment + 1) << 32}"
            wait(table.update(where=where, updates_sql={"source": "source"}))
            report("writing anew", done + 1, len(fragments), "files")


def reindex(table: AsyncTable, path: Path, report: Report) -> None:
    """Make the indexes anew of the rows that there are."""
    with in_one_line(path):
        indexes.rebuild(table, path, report)


def join(table: AsyncTable, path: Path) -> None:
    """Join small files, and make postings of all that were written anew."""
    with in_one_line(path):
        indexes.join(table, path)


def prune(table: AsyncTable, path: Path) -> None:
    """Take away every older version, and every file that the newest one does not name.

    For the holder of the write lock, once no reader is at an older version any more.
    """
    with in_one_line(path):
        indexes.prune(table, path, _NOW)
