"""What one sort of file beside the table is of, how it is made of columns, and how these are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

Made = TypeVar("Made")

Places: TypeAlias = npt.NDArray[np.int64]

Parts: TypeAlias = Iterable[tuple[Places, pa.RecordBatch]]
"""Rows, rising, by their places in the fragment, and what the columns have of them; rows that are left out are not there."""

_READ = 1 << 14


@dataclass(frozen=True, slots=True)
class Kind(Generic[Made]):
    """Files in `folder` of the folder of posts, with `suffix`, of some `columns`: `open` gives None where there is none or it is not
    whole, `of` makes the same in memory, `write` raises `MissingError` where the disk is full."""

    folder: str
    suffix: str
    columns: tuple[str, ...]
    open: Callable[[Path], Made | None]
    of: Callable[[Parts], Made]
    write: Callable[[Path, Parts], None]

    def path(self, posts: Path, name: str) -> Path:
        """The file of the fragment whose data have this name."""
        return posts / self.folder / f"{name}.{self.suffix}"


def name_of(fragment: LanceFragment) -> str:
    """The name of the file of its data, without its ending."""
    name: str = fragment.metadata.files[0].path
    return name.removesuffix(".lance")


def only(parts: Parts) -> Iterator[tuple[Places, pa.Array]]:
    """Of `parts` that have one column, this."""
    return ((places, batch.column(0)) for places, batch in parts)


def read(
    dataset: LanceDataset, fragment: LanceFragment, columns: Sequence[str]
) -> Iterator[tuple[Places, pa.RecordBatch]]:
    """The rows of `fragment` that are not deleted, some at a time."""
    scanned = dataset.scanner(
        columns=list(columns),
        with_row_address=True,
        fragments=[fragment],
        batch_size=_READ,
        batch_readahead=1,
        io_buffer_size=32 << 20,
        scan_in_order=True,
    )
    for batch in scanned.to_batches():
        yield batch["_rowaddr"].to_numpy().astype(np.int64) & 0xFFFFFFFF, batch.select(list(columns))


def read_ahead(data: Path, columns: Sequence[str]) -> Iterator[tuple[Places, pa.RecordBatch]]:
    """All rows of the file `data`, of which no version has anything yet, some at a time."""
    from lance.file import LanceFileReader

    first = 0
    for batch in LanceFileReader(str(data), columns=list(columns)).read_all(batch_size=_READ).to_batches():
        yield np.arange(first, first + batch.num_rows), batch.select(list(columns))
        first += batch.num_rows
