"""Several pieces of evidence become one verdict: whatever their order, and whoever repeats what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.truth.combining import combine
from truthgpt.truth.verifier import Judgement

share = st.floats(0, 1)
pieces = st.lists(st.tuples(share, share).map(lambda p: (p[0], p[1] * (1 - p[0]))), min_size=1, max_size=6)


def combined(*shares: tuple[float, float]) -> Judgement:
    return combine(np.array(shares), lambda verdict, place: verdict)


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ([(0.9, 0.05)], "supported"),
        ([(0.05, 0.9)], "refuted"),
        ([(0.1, 0.1)], "not enough evidence"),
        ([(0.9, 0.05), (0.05, 0.9)], "disputed"),
        ([(0.6, 0.4), (0.6, 0.0)], "supported"),
        ([(0.55, 0.45), (0.56, 0.0)], "supported"),
        ([(0.55, 0.45), (0.55, 0.45)], "supported"),
        ([(0.0, 0.0), (0.0, 0.0)], "not enough evidence"),
    ],
)
def test_verdicts(shares: list[tuple[float, float]], verdict: str) -> None:
    assert combined(*shares).verdict == verdict
    assert combined(*reversed(shares)).verdict == verdict


@given(pieces, st.randoms())
def test_order_copies_and_silence_change_nothing(shares: list[tuple[float, float]], dice: st.randoms) -> None:  # type: ignore[valid-type]
    one = combined(*shares)
    shuffled = list(shares)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    for other in (shuffled, [*shares, *shares], [*shares, (0.0, 0.0)]):
        found = combined(*other)
        assert (found.verdict, found.probabilities) == (one.verdict, one.probabilities)
    assert sum(one.probabilities.values()) == pytest.approx(1.0)
