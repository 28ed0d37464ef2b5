"""What is kept of each post while copies are looked for: its key and its time in memory, its id in a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.near.signature import Keys
from truthgpt.corpus.near.unionfind import Rows

UNKNOWN = np.iinfo(np.int64).max
"""The time of a post that has none: later than all others."""

_TIME = pa.timestamp("us", "UTC")
_IDS = pa.schema([pa.field("id", pa.large_string(), nullable=False)])


class Posts:
    """Posts by the number of their row. Used as a context, which closes and removes the file of ids."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = pa.ipc.new_file(path, _IDS)
        self._wholes: list[Keys] = []
        self._times: list[Rows] = []
        self._ids: pa.ChunkedArray | None = None
        self.count = 0
        self.wholes: Keys = np.zeros(0, np.uint64)
        """Equal for texts that are the same to the word; zero for a text without words."""
        self.times: Rows = np.zeros(0, np.int64)
        """Microseconds since 1970, UTC, or `UNKNOWN`."""

    def __enter__(self) -> Posts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk, of which the error that led here speaks
            self._writer.close()
        self._ids = None
        self._path.unlink(missing_ok=True)

    def add(self, ids: pa.Array, times: pa.Array, wholes: Keys) -> None:
        """The next posts."""
        self._writer.write_batch(pa.record_batch([ids.cast(pa.large_string())], schema=_IDS))
        self._times.append(microseconds(times))
        self._wholes.append(wholes.copy())
        self.count += len(wholes)

    def finish(self) -> None:
        """No more come: now ids can be read, and `wholes` and `times` are those of all posts."""
        self._writer.close()
        self.wholes = np.concatenate([self.wholes, *self._wholes])
        self._wholes.clear()
        self.times = np.concatenate([self.times, *self._times])
        self._times.clear()
        with pa.memory_map(str(self._path)) as file:
            self._ids = pa.ipc.open_file(file).read_all()["id"]

    def ids(self, rows: Rows) -> pa.Array:
        """The ids of `rows`."""
        assert self._ids is not None
        taken = self._ids.take(pa.array(rows))
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken

    def in_order(self, rows: Rows, groups: Rows) -> Rows:
        """`rows` by their `groups` (n,), in each by time, at one time by id; then it is the same in whatever order."""
        order = np.lexsort((self.times[rows], groups))
        rows, groups = rows[order], groups[order]
        same = (groups[1:] == groups[:-1]) & (self.times[rows[1:]] == self.times[rows[:-1]])
        tied = np.concatenate([same, [False]]) | np.concatenate([[False], same])
        if tied.any():
            # Only these need their ids, which lie on the disk.
            columns = [groups[tied], self.times[rows[tied]], self.ids(rows[tied]), rows[tied]]
            table = pa.table(columns, names=["group", "time", "id", "row"])
            ordered = table.sort_by([(name, "ascending") for name in ("group", "time", "id", "row")])
            rows[tied] = ordered["row"].to_numpy()
        return rows

    def moments(self, rows: Rows) -> pa.Array:
        """The times of `rows` as timestamps, null where unknown."""
        times = self.times[rows]
        return pa.array(times, pa.int64(), mask=times == UNKNOWN).cast(_TIME)


def microseconds(times: pa.Array) -> npt.NDArray[np.int64]:
    """`times`, timestamps or null, since 1970, UTC, or `UNKNOWN`."""
    if pa.types.is_null(times.type):
        return np.full(len(times), UNKNOWN, np.int64)
    # A timestamp without a zone is UTC, as everywhere in a corpus.
    zone = times.type.tz if pa.types.is_timestamp(times.type) else None
    moments = times.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
    return np.asarray(moments.fill_null(UNKNOWN).to_numpy(zero_copy_only=False), np.int64)
