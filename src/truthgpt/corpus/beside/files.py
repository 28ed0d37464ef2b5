"""The files beside the table in a folder of posts: one a kind and fragment, named like the file of the fragment's data.

    <posts>/postings/<data file>.terms
    <posts>/postings/<data file>.grams
    <posts>/cards/<data file>.cards
    <posts>/nearest/<data file>.<identity of the centres>

Whoever writes the posts makes those that are missing and takes away those whose data are gone. Whoever reads makes
what is missing in memory, as long as that is little (`corpus.shelf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from truthgpt.corpus.beside.kind import Kind, name_of, read, read_ahead
from truthgpt.corpus.lock import WriteLock
from truthgpt.errors import BusyError

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

Kinds: TypeAlias = Sequence[Kind[Any]]

_TRACE = "trace"
"""The folder of the files that texts are traced by, which are named by a fragment's data as these are."""


def outside(posts: Path, dataset: LanceDataset, kinds: Kinds) -> int:
    """How many rows lack a file of one of `kinds`."""
    return sum(
        fragment.count_rows()
        for fragment in dataset.get_fragments()
        if any(not _is_there(posts, fragment, kind) for kind in kinds)
    )


def update(posts: Path, dataset: LanceDataset, kinds: Kinds, most: int | None = None) -> int:
    """Make the files that are missing of the version that `dataset` is at, of `most` fragments at most; of how many they were. For
    the holder of the write lock; raises `MissingError` where the disk is full."""
    made = 0
    for fragment in dataset.get_fragments():
        missing = [kind for kind in kinds if not _is_there(posts, fragment, kind)]
        if missing and made == most:
            break
        for kind in missing:
            kind.write(kind.path(posts, name_of(fragment)), read(dataset, fragment, kind.columns))
        made += bool(missing)
    return made


def make_ahead(posts: Path, data: Path, files: Sequence[str], kinds: Kinds) -> None:
    """Make those of `files` in the folder `data`, of which no version has anything yet."""
    for file in files:
        for kind in kinds:
            kind.write(kind.path(posts, file.removesuffix(".lance")), read_ahead(data / file, kind.columns))


def tidy(posts: Path, data: Path, kinds: Kinds) -> None:
    """Take away the files of fragments that no version has any more, and what is of none of `kinds`; `data` is the folder of
    their data. A file without an ending is of no fragment and stays."""
    there = {file.stem for file in data.glob("*.lance")}
    for folder in {kind.folder for kind in kinds}:
        endings = {f".{kind.suffix}" for kind in kinds if kind.folder == folder}
        for file in (posts / folder).glob("*.*"):
            if file.stem not in there or file.suffix not in endings:
                file.unlink(missing_ok=True)
    for file in (posts / _TRACE).glob("*.trace"):
        if file.stem not in there:
            file.unlink(missing_ok=True)
    if halves := list((posts / _TRACE).glob(".*.trace.part")):
        # Somebody may be writing one this moment; then it is taken away with the next.
        with suppress(BusyError), WriteLock(posts / _TRACE, 0):
            for file in halves:
                file.unlink(missing_ok=True)


def _is_there(posts: Path, fragment: LanceFragment, kind: Kind[Any]) -> bool:
    return kind.open(kind.path(posts, name_of(fragment))) is not None
