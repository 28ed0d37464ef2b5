"""One version of the table in, some of its columns out: of all rows in batches, in bounded memory, or of some rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.lance import in_one_line, wait

if TYPE_CHECKING:
    from lancedb.table import AsyncTable


def scan(table: AsyncTable, path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """`columns` of all rows of the version that `table` is at, with `_rowid`; `path` is for the error's line.

    Raises `BadInputError` where files of the version are damaged or gone.
    """

    async def following(batches: Any) -> pa.RecordBatch | None:
        return await anext(batches, None)

    with in_one_line(path):
        batches = aiter(wait(table.query().select(list(columns)).with_row_id().to_batches()))
        while (batch := wait(following(batches))) is not None:
            yield batch


def taken(table: AsyncTable, path: Path, rows: npt.NDArray[np.uint64], columns: Sequence[str]) -> pa.Table:
    """`columns` of the `rows` (n,), by their `_rowid`, which stands beside them, in this order; all of them are in memory."""
    with in_one_line(path):
        found: pa.Table = wait(
            table.take_row_ids(rows.tolist()).select(list(columns)).with_row_id().to_arrow()
        )
    # They come in the order in which they are stored.
    stored = found["_rowid"].to_numpy()
    order = np.argsort(stored)
    return found.take(order[np.searchsorted(stored, rows, sorter=order)])


def number(table: AsyncTable, path: Path) -> int:
    """The number of the version that `table` is at."""
    with in_one_line(path):
        return wait(table.version())
