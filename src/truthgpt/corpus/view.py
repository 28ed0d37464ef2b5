"""One version of the posts, for searches: rows by words, by vector, by what holds for them, by number.

It is read by Lance's own library and not through LanceDB, whose every query costs two milliseconds more.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus import cards
from truthgpt.corpus.beside import Allowed, Rows, allowed
from truthgpt.corpus.lance import in_one_line
from truthgpt.corpus.postings import Having, having
from truthgpt.corpus.shelf import Indexes, Shelf
from truthgpt.corpus.spans import Spans

if TYPE_CHECKING:
    from lance import LanceDataset, Session

_KEPT = 4
"""Conditions of which the rows are remembered, in a byte each."""
_DEARER = 8
"""How many times as long it takes to read a text here and there as those that lie in a row."""
_LATEST, _WIDER = 2, 4
"""Fragments that the latest posts are looked for in at first, and how many times as many where they are not all there."""
_READ = 50_000
"""Rows that are named in one condition, to be read."""
_NAMED = 200_000
"""Rows that one condition may name that is kept: it takes a second and a half, and 300 MB."""


class View:
    """Made by `Store.view`. Threads may share it. Methods raise `BadInputError` where files of the version are damaged or gone."""

    def __init__(self, path: Path, dataset: LanceDataset, indexes: Indexes, spans: Spans) -> None:
        self._path = path
        self._spans = spans
        self.dataset = dataset
        self.version = int(dataset.version)
        self.posts = sum(
            fragment.physical_rows - fragment.num_deletions for fragment in dataset.get_fragments()
        )
        self.complete = indexes.complete
        """Whether all of its posts are found by their words; those that an import brings are once it is over."""
        self.missing = indexes.missing
        """How many files the indexes would be searched faster with, or found more by."""
        self._indexes = indexes
        self._allowed: dict[str, Allowed] = {}
        self._narrowed: dict[str, str] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls, path: Path, table: Path, session: Session, shelf: Shelf, version: int | None = None
    ) -> Self:
        """The newest version of the `table` in the folder of posts at `path`, or `version`. Raises `OSError` or `ValueError`
        where it is not there."""
        import lance

        dataset = lance.dataset(str(table), version, session=session)
        return cls(path, dataset, shelf.indexes(dataset), shelf.spans)

    def by_words(self, column: str, terms: str, where: str, limit: int) -> dict[int, float]:
        """At most `limit` rows for which `where` (SQL) holds, which is empty for all, that have some of `terms` in `column`,
        with BM25, best first."""
        if not terms:
            return {}
        return self._indexes.postings[column].best(terms, limit, self._those(where) if where else None)

    def by_vector(
        self, vector: npt.NDArray[np.float32], where: str, limit: int, partitions: int
    ) -> dict[int, float]:
        """At most `limit` rows with their cosines, best first. Of the index those of so many `partitions` are looked at, and
        behind a condition of as many more as it takes to find them."""
        those = self._those(where) if where else None
        found = self._indexes.nearest.best(vector, limit, those, partitions)
        if self._indexes.left:
            found |= self._scanned(vector, where, limit)
            found = dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit])
        return found

    def _scanned(self, vector: npt.NDArray[np.float32], where: str, limit: int) -> dict[int, float]:
        """The same of the fragments that the index does not have, by all of their vectors."""
        found = self._read(
            ["_distance"],
            where or "true",  # of some fragments Lance looks for the nearest behind a condition alone
            fragments=self._indexes.left,
            nearest={"column": "vector", "q": vector, "k": limit, "metric": "dot", "use_index": False},
            prefilter=True,
        )
        # Lance's distance of unit vectors is 1 - cosine.
        cosines = (1.0 - found["_distance"].to_numpy()).tolist()
        return dict(zip(found["_rowid"].to_pylist(), cosines, strict=True))

    def narrowed(self, where: str, having: Having) -> str:
        """A condition (SQL) for the same rows as `where`, which is told of texts and holds for none but rows that have what is
        wanted by `having`: where these are few, their texts alone are read, once."""
        with self._lock:
            known = self._narrowed.get(where)
        if known is None:
            known = where
            if self.complete and (rows := self._having(having)) is not None:
                parts = (rows[start : start + _READ] for start in range(0, len(rows), _READ))
                named = (self.select([], f"{_among(part)} AND {where}")["_rowid"] for part in parts)
                held = [of.to_numpy().astype(np.int64) for of in named]
                found = np.concatenate([np.empty(0, np.int64), *held])
                known = _among(found) if len(found) <= _NAMED else where
            with self._lock:
                self._narrowed[where] = known
                while len(self._narrowed) > _KEPT:
                    del self._narrowed[next(iter(self._narrowed))]
        return known

    def _having(self, wanted: Having) -> Rows | None:
        """The rows; None where they are so many that to read all texts in a row takes less time."""
        found: list[Rows] = [np.empty(0, np.int64)]
        for parts in zip(*(of.parts for of in self._indexes.postings.values()), strict=True):
            segments = {
                column: part.segment for column, part in zip(self._indexes.postings, parts, strict=True)
            }
            found.append(having(segments, wanted) + (parts[0].fragment << 32))
            if sum(map(len, found)) > self.posts // _DEARER:
                return None
        return np.concatenate(found)

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """`columns` of `rows`, in the order of `rows`."""
        if (found := self._on_cards(rows, columns)) is not None:
            return found
        with in_one_line(self._path):
            taken: pa.Table = self.dataset._take_rows(list(rows), columns=list(columns))
        return taken

    def _on_cards(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table | None:
        """The same; None where the cards do not have all of it, or are damaged."""
        kept = self._indexes.cards
        if not set(columns) <= set(cards.SCHEMA.names) or any(row >> 32 not in kept for row in rows):
            return None
        try:
            found = [kept[row >> 32].row(row & 0xFFFFFFFF) for row in rows]
        except ValueError:
            return None
        schema = pa.schema([cards.SCHEMA.field(name) for name in columns])
        return pa.Table.from_arrays(
            [pa.array([row[name] for row in found], schema.field(name).type) for name in columns],
            schema=schema,
        )

    def select(self, columns: Sequence[str], where: str = "") -> pa.Table:
        """`columns` of all rows for which `where` holds, and `_rowid`."""
        return self._read(columns, where)

    def latest(self, where: str, limit: int) -> list[int]:
        """At most `limit` rows for which `where` holds: the latest first, those without a time last."""
        from lance.dataset import ColumnOrdering

        order = [
            ColumnOrdering("created_at", ascending=False, nulls_first=False),
            ColumnOrdering("id_key", ascending=True, nulls_first=False),  # one order of those of one time
        ]
        with in_one_line(self._path):
            fragments = self._spans.by_last(self.dataset)
        some = _LATEST
        while True:
            among = (
                {"fragments": [fragment for fragment, _ in fragments[:some]]} if some < len(fragments) else {}
            )
            read = self._read(["created_at", "id_key"], where, order_by=order, limit=limit, **among)
            # What is as late may come before it, by its id.
            if not among or (len(read) == limit and _later(read["created_at"], fragments[some][1])):
                found: list[int] = read["_rowid"].to_pylist()
                return found
            some *= _WIDER

    def _read(self, columns: Sequence[str], where: str, **how: Any) -> pa.Table:
        with in_one_line(self._path):
            read: pa.Table = self.dataset.scanner(
                columns=list(columns), filter=where or None, with_row_id=True, **how
            ).to_table()
        return read

    def _those(self, where: str) -> Allowed:
        """The rows for which `where` holds, as the indexes take them."""
        with self._lock:
            known = self._allowed.get(where)
        if known is None:
            rows = np.sort(self.select([], where)["_rowid"].to_numpy().astype(np.int64))
            sizes = {
                fragment.fragment_id: fragment.physical_rows for fragment in self.dataset.get_fragments()
            }
            known = allowed(sizes, rows)
            with self._lock:
                self._allowed[where] = known
                while len(self._allowed) > _KEPT:
                    del self._allowed[next(iter(self._allowed))]
        return known


def _later(times: pa.ChunkedArray, than: int) -> bool:
    """Whether all of `times`, falling, nulls last, are later `than` (microseconds since 1970)."""
    last = times[len(times) - 1].cast(pa.int64()).as_py() if len(times) else None
    return last is not None and last > than


def _among(rows: npt.NDArray[np.generic]) -> str:
    """The condition that a row is one of `rows`."""
    return f"_rowid IN ({', '.join(map(str, rows.tolist()))})" if len(rows) else "false"
