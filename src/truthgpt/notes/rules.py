"""The rules, in their order: each takes notes in some states, looks at one number, and gives another state.

Source: `note_ratings.py:694-871` and `scoring_rules.py` of the published scorer; its names are kept. A later rule overrules
an earlier one. Margins are in the unit of the number that a rule looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from truthgpt.notes.counts import Incorrect, Sides, TagWeights
from truthgpt.notes.thresholds import Rules

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class State(IntEnum):
    """Where a note stands while rules are applied. The last two end as "needs more ratings"; a firm reject also keeps other
    models from calling the note helpful."""

    NEEDS_MORE = 0
    HELPFUL = 1
    NOT_HELPFUL = 2
    FIRM_REJECT = 3
    NEEDS_HELP = 4


@dataclass(frozen=True, eq=False)
class Facts:
    """What rules look at, an entry a note (notes,); NaN where it is not known."""

    intercept: Floats
    factor: Floats
    upper: Floats
    ratings: npt.NDArray[np.int64]
    misleading: Flags
    was_helpful: Flags
    sides: Sides
    clear: Sides
    """The same of raters who clearly stand on a side."""
    tags: TagWeights
    tag_limits: Floats
    """The share of each tag's weight beyond which a note is an outlier (tags,)."""
    incorrect: Incorrect
    careless: Floats


@dataclass(frozen=True, slots=True)
class Rule:
    """`margin` says how far each note is past what the rule asks for (notes,): at or above 0 it holds, NaN never."""

    name: str
    gives: State
    takes: frozenset[State]
    margin: Callable[[Facts, Rules], Floats]
    final: bool = False
    """Whether it belongs to the last round alone."""


@dataclass(frozen=True, eq=False)
class Ruled:
    """Each note's state, the place of its rule in `RULES` and the margin (notes,); `held` says which rules held (rules, notes)."""

    state: npt.NDArray[np.int8]
    rule: npt.NDArray[np.int8]
    margin: Floats
    held: Flags


def apply(facts: Facts, rules: Rules, *, final: bool) -> Ruled:
    """The states that the rules give, those of the last round too where `final`."""
    count = len(facts.intercept)
    state = np.zeros(count, np.int8)
    ruled = np.zeros(count, np.int8)
    margin = _short_of_helpful(facts, rules)
    held = np.zeros((len(RULES), count), np.bool_)
    held[0] = True
    for place, rule in enumerate(RULES):
        if place == 0 or (rule.final and not final):
            continue
        past = rule.margin(facts, rules)
        with np.errstate(invalid="ignore"):
            holds = (past >= 0) & np.isin(state, [int(one) for one in rule.takes])
        held[place] = holds
        state[holds], ruled[holds], margin[holds] = rule.gives, place, past[holds]
    return Ruled(state, ruled, margin, held)


def _short_of_helpful(facts: Facts, rules: Rules) -> Floats:
    """How much is missing to be helpful: ratings, where there are too few, else intercept; a note that says that its post is
    not misleading is never shown, and misses nothing."""
    few = facts.ratings < rules.needed
    short = np.where(facts.misleading, np.nan_to_num(np.clip(rules.helpful - facts.intercept, 0, None)), 0.0)
    return np.where(few, rules.needed - facts.ratings, short)


def _enough(facts: Facts, rules: Rules, margin: Floats) -> Floats:
    return np.where(facts.ratings >= rules.needed, margin, np.nan)


def _above(margin: Floats) -> Floats:
    """For a rule that asks for more than its threshold, not for as much."""
    return np.where(margin > 0, margin, np.nan)


def _helpful(facts: Facts, rules: Rules) -> Floats:
    return np.where(facts.misleading, _enough(facts, rules, facts.intercept - rules.helpful), np.nan)


def _not_helpful(facts: Facts, rules: Rules) -> Floats:
    limit = rules.not_helpful + rules.not_helpful_per_factor * np.abs(facts.factor)
    return _enough(facts, rules, limit - facts.intercept)


def _upper_bound(facts: Facts, rules: Rules) -> Floats:
    return _above(_enough(facts, rules, rules.not_helpful_upper - facts.upper))


def _ratio(facts: Facts, rules: Rules) -> Floats:
    means = facts.sides.means
    margin = np.minimum(rules.side_mean - means.max(axis=1), rules.both_sides_mean - means.mean(axis=1))
    return _enough(facts, rules, np.where(facts.sides.smaller >= rules.side_ratings, margin, np.nan))


def _not_misleading(facts: Facts, rules: Rules) -> Floats:
    return np.where(facts.misleading, np.nan, _above(rules.not_misleading - facts.intercept))


def _inertia(facts: Facts, rules: Rules) -> Floats:
    margin = _enough(facts, rules, facts.intercept - (rules.helpful - rules.inertia))
    return np.where(facts.misleading & facts.was_helpful, margin, np.nan)


def _tag_outlier(facts: Facts, rules: Rules) -> Floats:
    if not len(facts.tags.tags):
        return np.full(len(facts.intercept), np.nan)
    past = np.where(facts.tags.totals > rules.tag_total, facts.tags.shares - facts.tag_limits[:, None], -1.0)
    return _above(np.asarray(past.max(axis=0)))


def _incorrect(facts: Facts, rules: Rules) -> Floats:
    found = facts.incorrect
    enough = (found.ticks >= rules.incorrect_ticks) & (found.raters >= rules.incorrect_raters)
    return np.where(enough, found.weight - rules.incorrect, np.nan)


def _careless(facts: Facts, rules: Rules) -> Floats:
    return _above(facts.careless - rules.careless)


def _large_factor(facts: Facts, rules: Rules) -> Floats:
    return _above(np.abs(facts.factor) - rules.factor)


def _low(facts: Facts, rules: Rules) -> Floats:
    return _above(rules.reject - facts.intercept)


def _minority(facts: Facts, rules: Rules) -> Floats:
    return _above((rules.minority - facts.sides.minority).astype(np.float64))


def _balance(facts: Facts, rules: Rules) -> Floats:
    net = facts.sides.minority
    some = (net >= rules.minority) & (net < rules.minority_enough)
    share = net / np.maximum(1, facts.sides.placed)
    return np.where(some, _above(rules.minority_share - share), np.nan)


def _one_sided(facts: Facts, rules: Rules) -> Floats:
    return _above((rules.minority - facts.clear.minority).astype(np.float64))


_ANY = frozenset(State)
_STANDING = _ANY - {State.NOT_HELPFUL}
_HELPFUL = frozenset({State.HELPFUL})

RULES: tuple[Rule, ...] = (
    Rule("InitialNMR", State.NEEDS_MORE, _ANY, _short_of_helpful),
    Rule("GeneralCRH", State.HELPFUL, _ANY, _helpful),
    Rule("GeneralCRNH", State.NOT_HELPFUL, _ANY, _not_helpful),
    Rule("UcbCRNH", State.NOT_HELPFUL, _ANY, _upper_bound),
    Rule("RatioCRNH", State.NOT_HELPFUL, _ANY, _ratio, final=True),
    Rule("NmCRNH", State.NOT_HELPFUL, _ANY, _not_misleading),
    Rule("GeneralCRHInertia", State.HELPFUL, _ANY - _HELPFUL, _inertia, final=True),
    Rule("TagFilter", State.FIRM_REJECT, _STANDING, _tag_outlier, final=True),
    Rule("FilterIncorrect", State.FIRM_REJECT, _STANDING, _incorrect, final=True),
    Rule("FilterLowDiligence", State.FIRM_REJECT, _STANDING, _careless, final=True),
    Rule("FilterLargeFactor", State.FIRM_REJECT, _HELPFUL, _large_factor, final=True),
    Rule("RejectLowIntercept", State.FIRM_REJECT, _STANDING, _low, final=True),
    Rule("MinMinorityRaters", State.NEEDS_HELP, _HELPFUL, _minority, final=True),
    Rule("RaterBalance", State.NEEDS_HELP, _HELPFUL, _balance, final=True),
    Rule("OneSided", State.NEEDS_HELP, _HELPFUL, _one_sided, final=True),
)
"""In their order. "CRH" is currently rated helpful, "CRNH" not helpful, "NMR" needs more ratings.

The last is ours. When all of a side vote for a note, moderates too, the model takes what they agree on for what all would
say, and a few of them are always estimated to be on the other side: so those who clearly are must find it helpful too.
"""
