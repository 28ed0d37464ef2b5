"""Which posts are stored already, told by 64-bit keys of their ids and contents: 16 bytes a known post, and 13 for those that
came last."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.memory import give_back

Keys = npt.NDArray[np.int64]

_FOLDED = 1 << 17
_SHARE = 16
"""New posts after which the dictionary, at some 200 bytes a post, is folded into the arrays: so many, or one to so many of
the known."""


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
        if len(recent) >= max(_FOLDED, len(self._ids) // _SHARE):
            self._fold()
        return state

    def _fold(self) -> None:
        fresh = np.array(list(self._recent.items()), dtype=np.int64)
        self._recent.clear()
        fresh = fresh[np.argsort(fresh[:, 0])]
        ids, contents = fresh[:, 0], fresh[:, 1]
        places = np.searchsorted(self._ids, ids)
        there = np.zeros(len(ids), np.bool_)
        inside = places < len(self._ids)
        there[inside] = self._ids[places[inside]] == ids[inside]
        self._contents[places[there]] = contents[there]
        self._ids = np.insert(self._ids, places[~there], ids[~there])
        self._contents = np.insert(self._contents, places[~there], contents[~there])
        give_back()  # the arrays before, and all that a dictionary and lists held
