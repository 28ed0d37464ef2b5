"""What the one writer of a store does: add rows, replace rows, remove rows, bring them into the indexes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus import indexes
from truthgpt.corpus.key import looked_up
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.memory import give_back
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.stream import Stream

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_ROWS = 262_144
_BYTES = 1 << 30
"""A commit of added rows is made of so many, or of so many bytes of them; a process killed loses those since the last."""
_REPLACED_ROWS = 32_768
_REPLACED_BYTES = 128 << 20
"""The same of replaced rows, which are gathered in memory."""


class Writer:
    """Writes to one table; each commit is whole or not there. Made by `Store.writing`, which closes it."""

    def __init__(self, path: Path, table: AsyncTable) -> None:
        self._path = path
        self._table = table
        self._added: Stream | None = None
        self._replaced: list[pa.Table] = []

    def keys(self) -> npt.NDArray[np.int64]:
        """The id and content keys (n, 2) of what is stored."""
        with in_one_line(self._path):
            rows: pa.Table = wait(self._table.query().select(["id_key", "content_key"]).to_arrow())
        return np.column_stack([rows["id_key"].to_numpy(), rows["content_key"].to_numpy()])

    def stored(self) -> tuple[int, int]:
        """The number of the version that is written to next, and how many posts it has."""
        with in_one_line(self._path):
            return wait(self._table.version()), wait(self._table.count_rows())

    def number(self) -> int:
        """The number of a new import: one above the highest of the stored posts'."""
        with in_one_line(self._path):
            rows: pa.Table = wait(self._table.query().select(["imported"]).to_arrow())
        return int(pc.max(rows["imported"]).as_py() or 0) + 1

    def add(self, rows: pa.Table) -> None:
        """Add rows whose ids are not stored; committed with others by and by, and by `flush`."""
        if not rows.num_rows:
            return
        with in_one_line(self._path):
            if self._added is None:
                self._added = Stream(self._table, rows.schema)
            self._added.write(rows)
        if self._added.rows >= _ROWS or self._added.bytes >= _BYTES:
            self._add_all()

    def replace(self, rows: pa.Table) -> None:
        """Put rows in the place of those with their ids, or add them; committed like added ones.

        Of rows with one id, in one call or several, the last stands.
        """
        if rows.num_rows:
            self._add_all()  # one of them may be what is replaced
            self._replaced.append(rows)
            waiting = self._replaced
            if (
                sum(table.num_rows for table in waiting) >= _REPLACED_ROWS
                or sum(table.nbytes for table in waiting) >= _REPLACED_BYTES
            ):
                self._replace_all()

    def remove(self, where: str) -> int:
        """Remove the rows that `where` (SQL) holds for; how many there were."""
        self.flush()
        with in_one_line(self._path):
            before = wait(self._table.count_rows())
            wait(self._table.delete(where))
            return before - wait(self._table.count_rows())

    def flush(self) -> None:
        """Commit what waits."""
        self._add_all()
        self._replace_all()

    def finish(self, report: Report = unheard) -> None:
        """Commit what waits and bring all of it into the indexes."""
        self.flush()
        with in_one_line(self._path):
            indexes.update(self._table, self._path, report=report)

    def close(self) -> None:
        """Commit what was added, as far as that can be done, and let nothing be written after: for the end by an error."""
        if self._added is not None:
            self._added.end()
            self._added = None

    def _add_all(self) -> None:
        if self._added is None:
            return
        with in_one_line(self._path):
            self._added.commit()
        self._added = None
        give_back()  # else what a commit took stays held, and each commit finds other pieces of it

    def _replace_all(self) -> None:
        if not self._replaced:
            return
        rows = pa.concat_tables(self._replaced)
        last = {post_id: place for place, post_id in enumerate(rows["id"].to_pylist())}
        rows = self._other_than_stored(rows.take(list(last.values())))
        if not rows.num_rows:
            self._replaced.clear()
            return
        merge = self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        with in_one_line(self._path):
            wait(merge.execute(rows))
        self._replaced.clear()

    def _other_than_stored(self, rows: pa.Table) -> pa.Table:
        """Those of `rows` that are not stored as they are: an export that has an earlier version of a post before its last
        one changes it there and back at each import."""
        stored = self.keys()
        stored = stored[np.argsort(stored[:, 0])]
        content = rows["content_key"].to_numpy()
        same = looked_up(stored[:, 0], stored[:, 1], rows["id_key"].to_numpy(), ~content) == content
        return rows.filter(pa.array(~same))
