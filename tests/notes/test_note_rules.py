"""Each rule at its threshold, the order they overrule each other in, and the margin that each gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from truthgpt.notes.counts import Incorrect, Sides, TagWeights
from truthgpt.notes.rules import RULES, Facts, State, apply
from truthgpt.notes.thresholds import published

NUMBERS = published().rules


def sides(negative: tuple[int, int, int], positive: tuple[int, int, int]) -> Sides:
    """Ratings of one note by (helpful, somewhat, not helpful) on each side."""
    return Sides(np.array([[negative[::-1], positive[::-1], (0, 0, 0)]]))


LIKED = sides((9, 0, 1), (9, 0, 1))


def facts(**given: Any) -> Facts:
    """One note, helpful by a hair on both sides, with `given` otherwise."""
    many = Facts(
        intercept=np.array([0.41]), factor=np.array([0.0]), upper=np.array([0.5]), ratings=np.array([20]),
        misleading=np.array([True]), was_helpful=np.array([False]), sides=LIKED, clear=LIKED,
        tags=TagWeights.none(1), tag_limits=np.zeros(0), incorrect=Incorrect.none(1), careless=np.array([np.nan]),
    )  # fmt: skip
    arrays = {name: value if isinstance(value, (Sides, TagWeights, Incorrect)) else np.array([value]) for name, value in given.items()}  # fmt: skip
    return replace(many, **arrays)


def outlier(share: float, total: float) -> dict[str, Any]:
    return {
        "tags": TagWeights(("notHelpfulOffTopic",), np.array([[total]]), np.array([[share]])),
        "tag_limits": 0.2,
    }


@pytest.mark.parametrize(
    ("given", "rule", "state", "margin"),
    [
        ({}, "GeneralCRH", State.HELPFUL, 0.01),
        ({"intercept": 0.40}, "GeneralCRH", State.HELPFUL, 0.0),
        ({"intercept": 0.399}, "InitialNMR", State.NEEDS_MORE, 0.001),
        ({"ratings": 4}, "InitialNMR", State.NEEDS_MORE, 1),
        ({"intercept": 0.395, "was_helpful": True}, "GeneralCRHInertia", State.HELPFUL, 0.005),
        ({"misleading": False}, "InitialNMR", State.NEEDS_MORE, 0),
        ({"misleading": False, "intercept": -0.2, "factor": 0.5}, "NmCRNH", State.NOT_HELPFUL, 0.05),
        ({"intercept": -0.06}, "GeneralCRNH", State.NOT_HELPFUL, 0.01),
        ({"intercept": -0.06, "factor": 0.1}, "RejectLowIntercept", State.FIRM_REJECT, 0.36),
        ({"intercept": 0.1, "upper": -0.05}, "UcbCRNH", State.NOT_HELPFUL, 0.01),
        ({"intercept": 0.1, "sides": sides((1, 0, 4), (1, 0, 1))}, "RejectLowIntercept", State.FIRM_REJECT, 0.2),
        ({"intercept": 0.1, "sides": sides((1, 0, 4), (1, 0, 4))}, "RatioCRNH", State.NOT_HELPFUL, 0.1),
        (outlier(0.3, 2.6), "TagFilter", State.FIRM_REJECT, 0.1),
        (outlier(0.3, 2.5), "GeneralCRH", State.HELPFUL, 0.01),
        (outlier(0.2, 9.0), "GeneralCRH", State.HELPFUL, 0.01),
        ({"incorrect": Incorrect(np.array([2.0]), np.array([3]), np.array([2.75]))}, "FilterIncorrect", State.FIRM_REJECT, 0.25),
        ({"incorrect": Incorrect(np.array([1.0]), np.array([3]), np.array([9.0]))}, "GeneralCRH", State.HELPFUL, 0.01),
        ({"careless": 0.3}, "FilterLowDiligence", State.FIRM_REJECT, 0.037),
        ({"intercept": 0.6, "factor": -0.6}, "FilterLargeFactor", State.FIRM_REJECT, 0.1),
        ({"intercept": 0.2}, "RejectLowIntercept", State.FIRM_REJECT, 0.1),
        ({"sides": sides((9, 0, 0), (2, 0, 0))}, "MinMinorityRaters", State.NEEDS_HELP, 2),
        ({"sides": sides((150, 0, 0), (5, 0, 0))}, "RaterBalance", State.NEEDS_HELP, 0.05 - 5 / 155),
        ({"clear": sides((9, 0, 0), (3, 0, 0))}, "OneSided", State.NEEDS_HELP, 1),
        ({"intercept": np.nan, "factor": np.nan, "upper": np.nan, "ratings": 2}, "InitialNMR", State.NEEDS_MORE, 3),
    ],
)  # fmt: skip
def test_a_rule_at_its_threshold(given: dict[str, Any], rule: str, state: State, margin: float) -> None:
    ruled = apply(facts(**given), NUMBERS, final=True)
    assert (RULES[ruled.rule[0]].name, State(int(ruled.state[0]))) == (rule, state)
    assert ruled.margin[0] == pytest.approx(margin, abs=1e-9)


def test_a_note_found_not_helpful_is_not_filtered_to_needs_more() -> None:
    ruled = apply(facts(intercept=-0.3, careless=0.9, **outlier(0.9, 9.0)), NUMBERS, final=True)
    assert State(int(ruled.state[0])) == State.NOT_HELPFUL


def test_the_first_round_has_none_of_the_last_round_s_rules() -> None:
    ruled = apply(facts(factor=0.9, careless=0.9, was_helpful=True, intercept=0.45), NUMBERS, final=False)
    assert State(int(ruled.state[0])) == State.HELPFUL
    assert [RULES[place].name for place in np.flatnonzero(ruled.held[:, 0])] == ["InitialNMR", "GeneralCRH"]


def test_margins_are_never_negative() -> None:
    dice = np.random.default_rng(0)
    for _ in range(300):
        one = facts(
            intercept=dice.normal(0.2, 0.4), factor=dice.normal(0, 0.5), upper=dice.normal(0.2, 0.4),
            ratings=int(dice.integers(0, 30)), misleading=bool(dice.random() < 0.8), was_helpful=bool(dice.random() < 0.5),
            careless=dice.normal(0, 0.3),
            sides=sides(tuple(dice.integers(0, 9, 3)), tuple(dice.integers(0, 9, 3))),
            clear=sides(tuple(dice.integers(0, 9, 3)), tuple(dice.integers(0, 9, 3))),
        )  # fmt: skip
        assert apply(one, NUMBERS, final=True).margin[0] >= 0
