"""One model over the raters in its scope: two rounds, its facts, its rules. The core model, the expansion model and the
group models are this with other raters.

Round one fits all raters with enough ratings, and gives a first status. Whose early ratings that status bears out are
trusted; round two fits the trusted alone, then every note anew over all ratings of the trusted, their parameters and the
mean held. The rules are applied to that (`mf_base_scorer.py` of the published scorer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes.bounds import bounds
from truthgpt.notes.bridging import BridgingModel, Estimates
from truthgpt.notes.counts import INCORRECT, Incorrect, Sides, TagWeights
from truthgpt.notes.decision import HELPFUL, History
from truthgpt.notes.logistic import careless
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.reputation import Standing, abuse_of, standing
from truthgpt.notes.rules import Facts, Ruled, State, apply
from truthgpt.notes.table import NoteTable
from truthgpt.notes.thresholds import Thresholds

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.int64]

NO_GROUP = -1
_CARELESS_TAGS = (INCORRECT, "notHelpfulIrrelevantSources", "notHelpfulSourcesMissingOrUnreliable")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose ratings a model reads: raters of `groups` (None: all), and those of no group where `unassigned`. It speaks of notes of
    whose ratings at least the share `capture` came from these. `upper_bound` says whether it reckons confidence bounds."""

    name: str
    groups: frozenset[int] | None = None
    unassigned: bool = True
    capture: float = 0.0
    upper_bound: bool = True


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model says. Notes and raters are those of the ratings, in their order; NaN, and no state, where it says nothing.

    `first` and `model` are the models of the two rounds (`model` is `first` where there was no second).
    """

    scope: Scope
    ruled: Ruled
    facts: Facts
    speaks: Flags
    lower: Floats
    rater_intercepts: Floats
    rater_factors: Floats
    standing: Standing | None
    first: BridgingModel
    model: BridgingModel


def score(
    scope: Scope,
    ratings: Ratings,
    table: NoteTable | None,
    histories: Sequence[History],
    thresholds: Thresholds,
    *,
    groups: Groups | None = None,
    threads: int | None = None,
) -> Scored | None:
    """What the model of `scope` says; None where too few rated for it to say anything.

    `table` and `histories` are in the order of the notes; without a table there is no second round, since nobody knows which
    ratings were early. `groups` (raters,) are modelling groups, `NO_GROUP` where unknown.
    """
    inside = _inside(scope, groups, len(ratings.rater_ids))
    read = ratings.only(inside[ratings.raters])
    counted = read.votes()
    learned = read.enough(
        a_note=thresholds.filters.ratings_a_note, a_rater=thresholds.filters.ratings_a_rater
    )
    if not len(learned):
        return None
    first = _first_fit(learned, groups, thresholds, threads)
    misleading = np.ones(len(ratings.note_ids), np.bool_) if table is None else table.misleading
    was_helpful = np.array([one.current == HELPFUL for one in histories], np.bool_)
    begun = _facts(first, None, counted, misleading, was_helpful, np.zeros(0), thresholds)
    ruled = apply(begun, thresholds.rules, final=False)
    rows = first.raters_.of(ratings.rater_ids)
    found = Scored(
        scope, ruled, begun, _speaks(scope, ratings, inside, begun), np.full(len(misleading), np.nan),
        rows[:, 0], rows[:, 1], None, first, first,
    )  # fmt: skip
    return (
        found if table is None else _second_round(found, read, counted, learned, table, histories, thresholds)
    )


def _second_round(
    begun: Scored, read: Ratings, counted: Ratings, learned: Ratings, table: NoteTable, histories: Sequence[History],
    thresholds: Thresholds,
) -> Scored:  # fmt: skip
    first, state = begun.first, begun.ruled.state
    stood = standing(counted, state, begun.facts.intercept, table, histories, thresholds)
    abuse = abuse_of(learned.votes(), stood.trusted, begun.rater_factors, begun.facts.factor, thresholds)
    if abuse is not None:
        stood = standing(counted, state, begun.facts.intercept, table, histories, thresholds, abuse)
    by_trusted = learned.only(stood.trusted[learned.raters])
    if not len(by_trusted):
        return _nobody(begun, stood)
    second = BridgingModel(threads=first.threads).fit(by_trusted, start=first)
    a_note = float(second.notes_.ratings.sum() / len(second.notes_))
    enough = counted.per_note() >= thresholds.filters.ratings_a_note
    last = read.only(enough[read.notes] & stood.trusted[read.raters])
    model = second.fit_notes(last, ratings_a_note=a_note)
    limits = _tag_limits(counted, second, state, thresholds)
    lower, upper = bounds(model, last) if begun.scope.upper_bound else (None, None)
    facts = _facts(
        model,
        upper,
        counted,
        table.misleading,
        begun.facts.was_helpful,
        limits,
        thresholds,
        careless_of=last.votes(),
    )
    ruled = apply(facts, thresholds.rules, final=True)
    rows = model.raters_.of(read.rater_ids)
    return Scored(
        begun.scope, ruled, facts, begun.speaks & ~np.isnan(facts.intercept), _placed(lower, model.notes_, read.note_ids),
        rows[:, 0], rows[:, 1], stood, first, model,
    )  # fmt: skip


def _nobody(begun: Scored, stood: Standing) -> Scored:
    """Nobody is trusted yet: the model says nothing of any note."""
    return Scored(
        begun.scope, begun.ruled, begun.facts, np.zeros_like(begun.speaks), begun.lower,
        begun.rater_intercepts, begun.rater_factors, stood, begun.first, begun.model,
    )  # fmt: skip


def _inside(scope: Scope, groups: Groups | None, raters: int) -> Flags:
    if scope.groups is None:
        return np.ones(raters, np.bool_)
    if groups is None:
        raise BadInputError(f"the model {scope.name} needs to know the raters' groups")
    inside = np.isin(groups, sorted(scope.groups))
    return inside | (groups == NO_GROUP) if scope.unassigned else inside


def _speaks(scope: Scope, ratings: Ratings, inside: Flags, facts: Facts) -> Flags:
    """Notes that were scored and of whose ratings enough came from the scope."""
    within = np.bincount(ratings.notes, weights=inside[ratings.raters], minlength=len(ratings.note_ids))
    return np.asarray((within >= scope.capture * ratings.per_note()) & ~np.isnan(facts.intercept))


def _first_fit(
    learned: Ratings, groups: Groups | None, thresholds: Thresholds, threads: int | None
) -> BridgingModel:
    """Begun, where groups are known, at a fit of the one whose ratings are the most even (`get_ratings_for_stable_init`)."""
    numbers, start = thresholds.models, None
    if groups is not None:
        theirs = (groups == numbers.stable_group)[learned.raters]
        share = np.bincount(learned.notes, weights=theirs, minlength=len(learned.note_ids)) / np.maximum(
            1, learned.per_note()
        )
        kept = theirs & (share >= numbers.stable_share)[learned.notes]
        if kept.any():
            start = BridgingModel(threads=threads).fit(learned.only(kept))
    return BridgingModel(threads=threads).fit(learned, start=start)


def _facts(
    model: BridgingModel,
    upper: Floats | None,
    read: Ratings,
    misleading: Flags,
    was_helpful: Flags,
    limits: Floats,
    thresholds: Thresholds,
    *,
    careless_of: Ratings | None = None,
) -> Facts:
    """What the rules look at; tags only in the last round, whose ratings `careless_of` are."""
    notes = model.notes_.of(read.note_ids)
    raters = model.raters_.of(read.rater_ids)[:, 1]
    count = len(read.note_ids)
    nothing = np.full(count, np.nan)
    tags, incorrect, slack = TagWeights.none(count), Incorrect.none(count), nothing
    if careless_of is not None:
        tags = TagWeights.of(read, notes[:, 1], raters)
        incorrect = Incorrect.of(read, notes[:, 1], raters, thresholds.rules.incorrect_width)
        slack = _careless(careless_of, raters)
    return Facts(
        notes[:, 0], notes[:, 1], _placed(upper, model.notes_, read.note_ids), read.per_note(), misleading, was_helpful,
        Sides.of(read, raters), Sides.clear(read, raters, thresholds.rules.clear), tags, limits, incorrect, slack,
    )  # fmt: skip


def _careless(ratings: Ratings, factors: Floats) -> Floats:
    """Intercepts of the low-diligence model (notes,); NaN where it has no rating, everywhere where nobody ticked its tags."""
    ticked = np.zeros(len(ratings), np.bool_)
    for tag in _CARELESS_TAGS:
        ticked |= ratings.ticked(tag)
    if not ticked.any():
        return np.full(len(ratings.note_ids), np.nan)
    found = careless(ratings.notes, ratings.raters, ticked, np.nan_to_num(factors), len(ratings.note_ids))
    return np.where(ratings.per_note() > 0, found, np.nan)


def _tag_limits(
    read: Ratings, model: BridgingModel, state: npt.NDArray[np.int8], thresholds: Thresholds
) -> Floats:
    """The share of each tag that 95% of the notes found helpful at first stay below (tags,)."""
    weights = TagWeights.of(
        read, model.notes_.of(read.note_ids)[:, 1], model.raters_.of(read.rater_ids)[:, 1]
    )
    helpful = state == State.HELPFUL
    if not helpful.any():
        return np.zeros(len(weights.tags))
    return np.asarray(np.percentile(weights.shares[:, helpful], thresholds.rules.tag_percentile, axis=1))


def _placed(values: Floats | None, of: Estimates, ids: tuple[str, ...]) -> Floats:
    """`values`, given in the order of `of`, in that of `ids`; NaN elsewhere."""
    found = np.full(len(ids), np.nan)
    if values is not None:
        places = np.array([of.places.get(one, -1) for one in ids])
        found[places >= 0] = values[places[places >= 0]]
    return found
