"""Which posts of one version share a text, kept in memory: it saves a search a look into the index of copy keys.

They are read once for each version that stands for a while, where there are many posts beside the searches, which until then ask
the index.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.beside import Rows
from truthgpt.corpus.key import looked_up
from truthgpt.corpus.view import View
from truthgpt.search.filters import conjunction

_STOOD = 1.0
"""Seconds for which a version has stood before its copies are read: where posts come in all the time no version lasts."""
_FEW = 250_000
"""Posts up to which they are read by the search that wants them, in some milliseconds."""
_MOST = 20_000_000
"""Posts from which the index is asked each time: to read the keys of more takes gigabytes for a moment."""
_SHARE = 20
"""Of all seconds, one in so many is spent on reading those of many posts, at most."""
_NEVER = (1 << 63) - 1
"""The time of posts without one: after those with one."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The `rows` (n,) of texts that more than one post has, by their copy `keys` (n,), rising; of one text the earliest first."""

    keys: npt.NDArray[np.int64]
    rows: Rows

    @classmethod
    def read(cls, view: View) -> Self:
        """Those of all posts."""
        read = view.select(["copy_key", "created_at"])
        keys = read["copy_key"].to_numpy()
        rising = np.sort(keys)
        several = np.unique(rising[1:][rising[1:] == rising[:-1]])
        return cls._of(read.filter(pa.array(looked_up(several, several, keys, ~keys) == keys)))

    @classmethod
    def found(cls, view: View, keys: Collection[int], where: str = "") -> Self:
        """Those of `keys` for which `where` holds, by the index."""
        with_keys = f"copy_key IN ({', '.join(map(str, keys))})"
        return cls._of(view.select(["copy_key", "created_at"], conjunction(with_keys, where)))

    @classmethod
    def _of(cls, read: pa.Table) -> Self:
        keys, rows = read["copy_key"].to_numpy(), read["_rowid"].to_numpy().astype(np.int64)
        times = read["created_at"].cast(pa.int64()).fill_null(_NEVER).to_numpy()
        order = np.lexsort((rows, times, keys))
        return cls(keys[order], rows[order])

    def of(self, key: int) -> list[int]:
        """The rows with this key."""
        low, high = np.searchsorted(self.keys, key), np.searchsorted(self.keys, key, "right")
        found: list[int] = self.rows[low:high].tolist()
        return found


_first_seen: WeakKeyDictionary[View, float] = WeakKeyDictionary()
_read: WeakKeyDictionary[View, Copies] = WeakKeyDictionary()


class _Reader:
    """Reads those of many posts in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "truthgpt-copies")
        self._last: Future[None] | None = None
        self._again = 0.0

    def begin(self, view: View) -> None:
        """Unless it is at work, or was just now."""
        if (self._last is None or self._last.done()) and time.monotonic() > self._again:
            self._last = self._pool.submit(self._work, view)

    def _work(self, view: View) -> None:
        began = time.monotonic()
        try:
            _read[view] = Copies.read(view)
        finally:
            now = time.monotonic()
            self._again = now + _SHARE * (now - began)


_reader = _Reader()


def known(view: View) -> Copies | None:
    """The copies of all posts; None where they are not read yet."""
    now = time.monotonic()
    if (copies := _read.get(view)) is None and now - _first_seen.setdefault(view, now) > _STOOD:
        if view.posts <= _FEW:
            copies = _read[view] = Copies.read(view)
        elif view.posts <= _MOST:
            _reader.begin(view)
    return copies
