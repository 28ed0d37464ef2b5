"""Whose ratings count in the second round: those who, early on, said what people of both sides came to say.

Source: `helpfulness_scores.py` and `note_ratings.get_valid_ratings` of the published scorer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.notes.decision import History
from truthgpt.notes.logistic import consensus
from truthgpt.notes.ratings import UNKNOWN_TIME, Ratings
from truthgpt.notes.rules import State
from truthgpt.notes.table import NoteTable
from truthgpt.notes.thresholds import Thresholds

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ABUSE, _OTHER = "notHelpfulSpamHarassmentOrAbuse", "notHelpfulOther"
_HOUR = 3_600_000


@dataclass(frozen=True, eq=False)
class Standing:
    """For each rater (raters,): the share of their early ratings that the status bore out, the same less what calling abuse
    helpful costs, the mean intercept of the notes they wrote and their balance of helpful ones; NaN where there is none.
    `trusted` says whose ratings count."""

    agreement: Floats
    penalised: Floats
    note_mean: Floats
    balance: Floats
    trusted: Flags


def standing(
    ratings: Ratings,
    state: npt.NDArray[np.int8],
    intercepts: Floats,
    table: NoteTable,
    histories: Sequence[History],
    thresholds: Thresholds,
    abuse: Floats | None = None,
) -> Standing:
    """How raters stand after a round that gave notes `state` and `intercepts` (notes,), NaN where a note was not scored.

    `table` and `histories` are in the order of the notes. `abuse` (notes,) is how far all agree that a note is abuse.
    """
    numbers, raters = thresholds.reputation, len(ratings.rater_ids)
    decided = np.isin(state, (State.HELPFUL, State.NOT_HELPFUL)) & ~np.isnan(intercepts)
    valid = early(ratings, table, histories, numbers.public_after_hours) & decided[ratings.notes]
    valid &= (ratings.values == 0) | (ratings.values == 1)
    borne_out = valid & ((ratings.values == 1) == (state[ratings.notes] == State.HELPFUL))
    given = np.bincount(ratings.raters[valid], minlength=raters)
    right = np.bincount(ratings.raters[borne_out], minlength=raters)
    penalty: Floats = np.zeros(raters)
    if abuse is not None:
        praised = (ratings.values == 1) & (abuse[ratings.notes] >= numbers.abuse)
        cost = numbers.abuse_penalty * abuse[ratings.notes[praised]] / numbers.abuse
        penalty = np.bincount(ratings.raters[praised], weights=cost, minlength=raters).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        agreement, penalised = right / given, (right - penalty) / given
    mean, balance = _of_authors(ratings.rater_ids, state, intercepts, table, numbers.not_helpful_weight)
    with np.errstate(invalid="ignore"):
        wrote_well = np.isnan(mean) | ((mean >= numbers.note_mean) & (balance >= numbers.helpful_balance))
        trusted = wrote_well & (agreement >= numbers.agreement) & (penalised >= numbers.agreement)
    if numbers.unproven:
        trusted |= wrote_well & (given == 0) & (penalty == 0)
    return Standing(agreement, penalised, mean, balance, trusted)


def early(ratings: Ratings, table: NoteTable, histories: Sequence[History], hours: float) -> Flags:
    """Which ratings could not follow others' (n,): made before the note's latest status, and within `hours` of the note.

    A note of which no time is known excludes nothing; a rating of which none is known was not early on a note that has one.
    """
    decided = np.array([one.latest_at or 0 for one in histories], np.int64)[ratings.notes]
    created = table.created_at[ratings.notes]
    known = ratings.times != UNKNOWN_TIME
    before_status = (decided == 0) | (known & (ratings.times < decided))
    before_public = (created == 0) | (known & (ratings.times - created < hours * _HOUR))
    return np.asarray(before_status & before_public)


def abuse_of(
    ratings: Ratings, trusted: Flags, rater_factors: Floats, note_factors: Floats, thresholds: Thresholds
) -> Floats | None:
    """How far trusted raters of all sides agree that a note is harassment or abuse (notes,); None where nobody ticked it.

    Ticks stand against helpful ratings and those whose reason is "other" (`tag_consensus.py`).
    """
    ticked = ratings.ticked(ABUSE)
    if not ticked.any():
        return None
    labelled = trusted[ratings.raters] & (ticked | (ratings.values == 1) | ratings.ticked(_OTHER))
    kept = ratings.only(labelled).enough(
        a_note=thresholds.filters.ratings_a_note, a_rater=thresholds.filters.ratings_a_rater
    )
    found = consensus(
        kept.notes, kept.raters, kept.ticked(ABUSE), np.nan_to_num(rater_factors), np.nan_to_num(note_factors)
    )
    return np.where(kept.per_note() > 0, found, -np.inf)


def _of_authors(
    rater_ids: tuple[str, ...],
    state: npt.NDArray[np.int8],
    intercepts: Floats,
    table: NoteTable,
    weight: float,
) -> tuple[Floats, Floats]:
    """For each rater the mean intercept of the scored notes they wrote, and their helpful share less `weight` times the other."""
    places = {one: place for place, one in enumerate(rater_ids)}
    author = np.array([places.get(one, -1) if one else -1 for one in table.authors], np.int64)
    scored = (author >= 0) & ~np.isnan(intercepts)
    of, count = author[scored], len(rater_ids)
    wrote = np.bincount(of, minlength=count)
    helpful = np.bincount(of, weights=state[scored] == State.HELPFUL, minlength=count)
    not_helpful = np.bincount(of, weights=state[scored] == State.NOT_HELPFUL, minlength=count)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(of, weights=intercepts[scored], minlength=count) / wrote
        return mean, (helpful - weight * not_helpful) / wrote
