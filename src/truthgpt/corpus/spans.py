"""Until when the posts of each fragment of the table were written: the latest posts are looked for in few of them.

A fragment never changes, but for rows that are deleted; so what is read of it once holds for every version that has it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truthgpt.corpus.beside import name_of

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

NEVER = -(1 << 63)
"""The last time of a fragment whose posts have none: before all others."""


class Spans:
    """Of one folder of posts. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, int] = {}

    def by_last(self, dataset: LanceDataset) -> list[tuple[LanceFragment, int]]:
        """The fragments of the version that `dataset` is at and their last times (microseconds since 1970, UTC), the latest first."""
        fragments = dataset.get_fragments()
        with self._lock:
            unknown = [fragment for fragment in fragments if name_of(fragment) not in self._last]
            if unknown:
                self._read(dataset, unknown)
            names = {name_of(fragment) for fragment in fragments}
            found = [(fragment, self._last[name_of(fragment)]) for fragment in fragments]
            if len(self._last) > 2 * len(names):  # those of versions that nobody reads any more
                self._last = {name: last for name, last in self._last.items() if name in names}
        return sorted(found, key=lambda one: -one[1])

    def _read(self, dataset: LanceDataset, fragments: list[LanceFragment]) -> None:
        names = {fragment.fragment_id: name_of(fragment) for fragment in fragments}
        self._last |= dict.fromkeys(names.values(), NEVER)
        scanner = dataset.scanner(columns=["created_at"], with_row_address=True, fragments=fragments)
        for batch in scanner.to_batches():
            timed = batch.filter(batch["created_at"].is_valid())
            times = timed["created_at"].cast(pa.int64()).to_numpy()
            of = timed["_rowaddr"].to_numpy().astype(np.int64) >> 32
            for number in np.unique(of).tolist():
                name = names[number]
                self._last[name] = max(self._last[name], int(times[of == number].max()))
