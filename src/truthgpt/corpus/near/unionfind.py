"""Disjoint sets of numbered things: union by size, path halving (Tarjan and van Leeuwen, 1984)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled

Rows: TypeAlias = npt.NDArray[np.int64]


class UnionFind:
    """Sets of 0 … n - 1, at first each by itself; 8 bytes a thing."""

    def __init__(self, count: int) -> None:
        # A root holds minus the size of its set, every other thing one nearer to its root.
        self.parents: Rows = np.full(count, -1, np.int64)

    def union(self, pairs: Rows) -> None:
        """Join the sets of the two of each of `pairs` (m, 2)."""
        _union(self.parents, pairs)

    def roots(self) -> Rows:
        """One and the same member of its set for each thing (n,)."""
        return _roots(self.parents)


@compiled
def find(parents: Rows, thing: int) -> int:
    """The root of the set of `thing`, with every other step of the way there shortened."""
    while parents[thing] >= 0:
        above = parents[thing]
        if parents[above] >= 0:
            parents[thing] = parents[above]
        thing = above
    return thing


@compiled
def _union(parents: Rows, pairs: Rows) -> None:
    for place in range(len(pairs)):
        one, other = find(parents, pairs[place, 0]), find(parents, pairs[place, 1])
        if one == other:
            continue
        if parents[one] > parents[other]:
            one, other = other, one
        parents[one] += parents[other]
        parents[other] = one


@compiled
def _roots(parents: Rows) -> Rows:
    found = np.empty(len(parents), np.int64)
    for thing in range(len(parents)):
        found[thing] = find(parents, thing)
    return found
