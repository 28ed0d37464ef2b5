"""The files of postings in a folder of posts: one a column and fragment, named like the file of the fragment's data.

    <posts>/postings/<data file>.terms
    <posts>/postings/<data file>.grams

Whoever writes the posts makes those that are missing and takes away those whose data are gone. Whoever reads makes
what is missing in memory, as long as that is little.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.postings import build, segment
from truthgpt.corpus.postings.index import Part, Postings
from truthgpt.corpus.postings.segment import Bytes, Segment
from truthgpt.errors import BusyError

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

FOLDER = "postings"
COLUMNS = ("terms", "grams")
UNINDEXED = 20_000
"""Rows without files that are made in memory at a time, at most: those beyond are found by their vectors until the import
that brings them is over."""
_READ = 1 << 14

_Name: TypeAlias = tuple[str, str]
"""Of a fragment's data, and of the column."""
_TRACE = "trace"
"""The folder of the files that texts are traced by, which are named by a fragment's data as those of the index of words are."""


class Shelf:
    """What is open of one folder of posts, for all versions that are read. Threads may share it."""

    def __init__(self, posts: Path) -> None:
        self._folder = posts / FOLDER
        self._lock = threading.Lock()
        self._open: dict[_Name, Segment] = {}
        self._alive: dict[str, Bytes] = {}

    def postings(self, dataset: LanceDataset) -> tuple[dict[str, Postings], bool]:
        """Those of each of `COLUMNS` in the version that `dataset` is at, and whether all of its rows are in them."""
        fragments = dataset.get_fragments()
        with self._lock:
            complete = self._make(dataset, [fragment for fragment in fragments if not self._have(fragment)])
            alive = {fragment.fragment_id: self._alive_in(dataset, fragment) for fragment in fragments}
            postings = {
                column: Postings(
                    [
                        Part(fragment.fragment_id, found, alive[fragment.fragment_id])
                        for fragment in fragments
                        if (found := self._open.get((_name(fragment), column))) is not None
                    ]
                )
                for column in COLUMNS
            }
        return postings, complete

    def forget(self, kept: Sequence[LanceDataset]) -> None:
        """Close what no version of `kept` has."""
        fragments = [fragment for dataset in kept for fragment in dataset.get_fragments()]
        names = {_name(fragment) for fragment in fragments}
        marks = {_marks(fragment) for fragment in fragments}
        with self._lock:
            self._open = {name: found for name, found in self._open.items() if name[0] in names}
            self._alive = {mark: rows for mark, rows in self._alive.items() if mark in marks}

    def _have(self, fragment: LanceFragment) -> bool:
        """Whether the postings of `fragment` are open, or a file has them."""
        name = _name(fragment)
        for column in COLUMNS:
            if (name, column) not in self._open:
                found = Segment.open(self._folder / f"{name}.{column}")
                if found is None:
                    return False
                self._open[name, column] = found
        return True

    def _make(self, dataset: LanceDataset, fragments: Sequence[LanceFragment]) -> bool:
        """The postings of `fragments`, of the small ones first, as far as these are not too many rows; whether all are there."""
        smallest = sorted(fragments, key=lambda fragment: fragment.physical_rows)
        ends = np.cumsum([fragment.physical_rows for fragment in smallest])
        chosen = smallest[: int(np.searchsorted(ends, UNINDEXED, side="right"))]
        if not chosen:
            return not fragments
        read = dataset.scanner(columns=list(COLUMNS), with_row_address=True, fragments=chosen).to_table()
        addresses = read["_rowaddr"].to_numpy().astype(np.int64)
        for fragment in chosen:
            inside = addresses >> 32 == fragment.fragment_id
            rows = addresses[inside] & 0xFFFFFFFF
            order = np.argsort(rows)
            for column in COLUMNS:
                values = read[column].filter(pa.array(inside)).combine_chunks().take(pa.array(order))
                self._open[_name(fragment), column] = Segment.of(build.blocks([(rows[order], values)]))
        return len(chosen) == len(fragments)

    def _alive_in(self, dataset: LanceDataset, fragment: LanceFragment) -> Bytes:
        if not fragment.num_deletions:
            return np.empty(0, np.uint8)
        marks = _marks(fragment)
        if (known := self._alive.get(marks)) is None:
            read = dataset.scanner(columns=[], with_row_address=True, fragments=[fragment]).to_table()
            known = np.zeros(fragment.physical_rows, np.uint8)
            known[read["_rowaddr"].to_numpy().astype(np.int64) & 0xFFFFFFFF] = 1
            self._alive[marks] = known
        return known


def outside(posts: Path, dataset: LanceDataset) -> int:
    """How many rows have no files of postings."""
    return sum(fragment.count_rows() for fragment in dataset.get_fragments() if not _made(posts, fragment))


def update(posts: Path, dataset: LanceDataset) -> None:
    """Make the files that are missing of the version that `dataset` is at. For the holder of the write lock; raises `MissingError`
    where the disk is full."""
    for fragment in dataset.get_fragments():
        if not _made(posts, fragment):
            for column in COLUMNS:
                path = posts / FOLDER / f"{_name(fragment)}.{column}"
                segment.write(path, build.blocks(_rows(dataset, fragment, column)))


def make_ahead(posts: Path, data: Path, files: Sequence[str]) -> None:
    """Make those of `files` in the folder `data`, of which no version has anything yet."""
    from lance.file import LanceFileReader

    for file in files:
        for column in COLUMNS:
            read = LanceFileReader(str(data / file), columns=[column]).read_all(batch_size=_READ)
            path = posts / FOLDER / f"{file.removesuffix('.lance')}.{column}"
            segment.write(path, build.blocks(_following(read.to_batches(), column)))


def _following(
    batches: Iterator[pa.RecordBatch], column: str
) -> Iterator[tuple[npt.NDArray[np.int64], pa.Array]]:
    first = 0
    for batch in batches:
        yield np.arange(first, first + batch.num_rows), batch[column]
        first += batch.num_rows


def tidy(posts: Path, data: Path) -> None:
    """Take away the files of fragments that no version has any more; `data` is the folder of their data."""
    there = {file.stem for file in data.glob("*.lance")}
    for file in (*(posts / FOLDER).glob("*"), *(posts / _TRACE).glob("*.trace")):
        if file.stem not in there:
            with suppress(FileNotFoundError):
                file.unlink()
    if halves := list((posts / _TRACE).glob(".*.trace.part")):
        # Somebody may be writing one this moment; then it is taken away with the next.
        with suppress(BusyError), WriteLock(posts / _TRACE, 0):
            for file in halves:
                file.unlink(missing_ok=True)


def _rows(
    dataset: LanceDataset, fragment: LanceFragment, column: str
) -> Iterator[tuple[npt.NDArray[np.int64], pa.Array]]:
    read = dataset.scanner(
        columns=[column],
        with_row_address=True,
        fragments=[fragment],
        batch_size=_READ,
        batch_readahead=1,
        io_buffer_size=32 << 20,
        scan_in_order=True,
    )
    for batch in read.to_batches():
        yield batch["_rowaddr"].to_numpy().astype(np.int64) & 0xFFFFFFFF, batch[column]


def _made(posts: Path, fragment: LanceFragment) -> bool:
    name = _name(fragment)
    return all(Segment.open(posts / FOLDER / f"{name}.{column}") is not None for column in COLUMNS)


def _name(fragment: LanceFragment) -> str:
    name: str = fragment.metadata.files[0].path
    return name.removesuffix(".lance")


def _marks(fragment: LanceFragment) -> str:
    """What tells the fragment with these deletions from the same with others."""
    return f"{_name(fragment)} {fragment.num_deletions}"
