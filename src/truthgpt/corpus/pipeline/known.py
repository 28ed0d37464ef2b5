"""Which posts are stored already, told by 64-bit keys of their ids and contents: 16 bytes a stored post."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]

_FOLDED = 1_000_000
"""New posts after which the dictionary, at some 200 bytes a post, is folded into the arrays."""


class Known:
    """Ids and contents of the stored posts. Made from `keys` (n, 2): an id key and a content key a post.

    Two ids with one key, which happens once in 10^19 pairs, are no harm: the later goes the way of a changed post,
    which compares the ids themselves.
    """

    NEW: ClassVar[int] = 0
    SAME: ClassVar[int] = 1
    CHANGED: ClassVar[int] = 2

    def __init__(self, keys: Keys) -> None:
        order = np.argsort(keys[:, 0], kind="stable")
        self._ids: Keys = keys[order, 0]
        self._contents: Keys = keys[order, 1]
        self._recent: dict[int, int] = {}

    def add(self, keys: Keys) -> npt.NDArray[np.int8]:
        """For each post of `keys`, in order: `NEW`, `SAME` or `CHANGED`; all are known from then on."""
        places = np.searchsorted(self._ids, keys[:, 0])
        inside = np.minimum(places, max(len(self._ids) - 1, 0))
        stored = self._ids[inside] == keys[:, 0] if len(self._ids) else np.zeros(len(keys), dtype=bool)
        recent = self._recent
        state = np.empty(len(keys), dtype=np.int8)
        for row, (post_id, content) in enumerate(keys.tolist()):
            before = recent.get(post_id)
            if before is None and stored[row]:
                before = int(self._contents[inside[row]])
            state[row] = self.NEW if before is None else self.SAME if before == content else self.CHANGED
            if before != content:
                recent[post_id] = content
        if len(recent) >= _FOLDED:
            self._fold()
        return state

    def _fold(self) -> None:
        fresh = np.array(list(self._recent.items()), dtype=np.int64)
        old = ~np.isin(self._ids, fresh[:, 0])
        ids = np.concatenate([self._ids[old], fresh[:, 0]])
        contents = np.concatenate([self._contents[old], fresh[:, 1]])
        order = np.argsort(ids, kind="stable")
        self._ids, self._contents = ids[order], contents[order]
        self._recent.clear()
