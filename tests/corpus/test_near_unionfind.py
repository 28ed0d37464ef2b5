"""Sets are those of a plain closure, whatever the order of the links; and kernels need no place to be kept."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.near.unionfind import UnionFind

LINKS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40)


@settings(deadline=None)
@given(LINKS, st.randoms(use_true_random=False))
def test_roots_name_the_sets_that_links_make(links: list[tuple[int, int]], rng) -> None:  # type: ignore[no-untyped-def]
    expected = list(range(20))
    for one, other in links:
        expected = [expected[one] if label == expected[other] else label for label in expected]
    rng.shuffle(links)
    sets = UnionFind(20)
    for start in range(0, len(links), 7):
        sets.union(np.array(links[start : start + 7], np.int64).reshape(-1, 2))
    roots = sets.roots()
    for one in range(20):
        for other in range(20):
            assert (roots[one] == roots[other]) == (expected[one] == expected[other])
    for root in set(roots.tolist()):
        assert -sets.parents[root] == (roots == root).sum()


def test_kernels_are_made_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = numba.njit

    def nowhere(**options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("no locator available")
        return made(**options)

    monkeypatch.setattr(numba, "njit", nowhere)
    assert compiled(lambda number: number + 1)(41) == 42
