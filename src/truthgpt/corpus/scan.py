"""One version of the table in, batches of some of its columns out, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def number(table: AsyncTable, path: Path) -> int:
    """The number of the version that `table` is at."""
    with in_one_line(path):
        return wait(table.version())
