"""The files beside the table that are open, for all versions that are read, and what is missing of them made in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pyarrow as pa

from truthgpt.corpus import cards, nearest, postings
from truthgpt.corpus.beside import Bytes, Kind, Part, name_of
from truthgpt.corpus.cards import Cards
from truthgpt.corpus.nearest import Nearest
from truthgpt.corpus.postings import Postings
from truthgpt.corpus.spans import Spans

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

UNINDEXED = 20_000
"""Rows without files that are made in memory at a time, at most: those beyond are found by their vectors until the import
that brings them is over."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Indexes:
    """Of one version: the index of each column of words, that of the vectors, and the fragments that this does not have; the cards by
    fragment. `missing` is how many files of words and vectors were neither there nor made in memory; it is `complete` where none
    of these is of words."""

    postings: dict[str, Postings]
    nearest: Nearest
    cards: dict[int, Cards]
    left: list[LanceFragment]
    missing: int
    complete: bool


class Shelf:
    """Of one folder of posts. Threads may share it."""

    def __init__(self, posts: Path) -> None:
        self._posts = posts
        self.spans = Spans()
        self._lock = threading.Lock()
        self._kinds: tuple[Kind[Any], ...] = ()
        self._open: dict[Path, object] = {}
        self._alive: dict[str, Bytes] = {}

    def indexes(self, dataset: LanceDataset) -> Indexes:
        """Those of the version that `dataset` is at."""
        fragments = dataset.get_fragments()
        with self._lock:
            centres = nearest.centres(self._posts, dataset)
            vectors = nearest.kind(centres)
            self._kinds = (*postings.KINDS, vectors, cards.KIND)
            self._make(dataset, fragments)
            alive = {fragment.fragment_id: self._alive_in(dataset, fragment) for fragment in fragments}
            words = {kind.suffix: Postings(self._parts(kind, fragments, alive)) for kind in postings.KINDS}
            parts = self._parts(vectors, fragments, alive)
            read = {part.fragment: part.segment for part in self._parts(cards.KIND, fragments, alive)}
        have = {part.fragment for part in parts}
        left = [fragment for fragment in fragments if fragment.fragment_id not in have]
        without = sum(len(fragments) - len(column.parts) for column in words.values())
        return Indexes(words, Nearest(centres, parts), read, left, without + len(left), not without)

    def forget(self, kept: Sequence[LanceDataset]) -> None:
        """Close what no version of `kept` has."""
        fragments = [fragment for dataset in kept for fragment in dataset.get_fragments()]
        marks = {_marks(fragment) for fragment in fragments}
        with self._lock:
            paths = {
                kind.path(self._posts, name_of(fragment)) for fragment in fragments for kind in self._kinds
            }
            self._open = {path: found for path, found in self._open.items() if path in paths}
            self._alive = {mark: rows for mark, rows in self._alive.items() if mark in marks}

    def _parts(
        self, kind: Kind[Made], fragments: Sequence[LanceFragment], alive: dict[int, Bytes]
    ) -> list[Part[Made]]:
        """Of those of `fragments` that are open."""
        return [
            Part(fragment.fragment_id, cast(Made, found), alive[fragment.fragment_id])
            for fragment in fragments
            if (found := self._open.get(kind.path(self._posts, name_of(fragment)))) is not None
        ]

    def _have(self, fragment: LanceFragment, kind: Kind[Any]) -> bool:
        """Whether that of `fragment` is open, or a file has it."""
        path = kind.path(self._posts, name_of(fragment))
        if path not in self._open:
            found = kind.open(path)
            if found is None:
                return False
            self._open[path] = found
        return True

    def _make(self, dataset: LanceDataset, fragments: Sequence[LanceFragment]) -> None:
        """What is missing of `fragments`, of the small ones first, as far as these are not too many rows."""
        missing = {
            fragment.fragment_id: lacks
            for fragment in fragments
            if (lacks := [kind for kind in self._kinds if not self._have(fragment, kind)])
        }
        smallest = sorted(
            (fragment for fragment in fragments if fragment.fragment_id in missing),
            key=lambda fragment: fragment.physical_rows,
        )
        ends = np.cumsum([fragment.physical_rows for fragment in smallest])
        chosen = smallest[: int(np.searchsorted(ends, UNINDEXED, side="right"))]
        if not chosen:
            return
        needed = sorted(
            {name for fragment in chosen for kind in missing[fragment.fragment_id] for name in kind.columns}
        )
        read = dataset.scanner(columns=needed, with_row_address=True, fragments=chosen).to_table()
        addresses = read["_rowaddr"].to_numpy().astype(np.int64)
        for fragment in chosen:
            inside = addresses >> 32 == fragment.fragment_id
            rows = addresses[inside] & 0xFFFFFFFF
            order = np.argsort(rows)
            for kind in missing[fragment.fragment_id]:
                values = read.select(list(kind.columns)).filter(pa.array(inside)).take(pa.array(order))
                columns = [column.combine_chunks() for column in values.columns]
                batch = pa.RecordBatch.from_arrays(columns, names=values.column_names)
                self._open[kind.path(self._posts, name_of(fragment))] = kind.of([(rows[order], batch)])

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


def _marks(fragment: LanceFragment) -> str:
    """What tells the fragment with these deletions from the same with others."""
    return f"{name_of(fragment)} {fragment.num_deletions}"
