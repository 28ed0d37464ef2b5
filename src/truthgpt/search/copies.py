"""Which posts of one version share a text, kept in memory: it saves a search a look into the index of copy keys."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.beside import Rows
from truthgpt.corpus.key import looked_up
from truthgpt.corpus.view import View
from truthgpt.search.filters import conjunction
from truthgpt.search.kept import Kept

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


_kept = Kept(Copies.read, "copies")


def known(view: View) -> Copies | None:
    """The copies of all posts; None where they are not read yet."""
    return _kept.of(view)
