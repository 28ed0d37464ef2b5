"""Raters who act together are found, honest ones are not, and what a brigade moves stays small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from truthgpt.notes.decision import HELPFUL
from truthgpt.notes.guard import guard
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.scoring import score_all
from truthgpt.notes.simulator import Simulated, World, simulate
from truthgpt.notes.table import NoteTable
from truthgpt.notes.thresholds import published

NUMBERS = published().guard
WORLD = World(raters=1_000, notes=1_500, ratings=50_000)


def statuses(simulated: Simulated, *, guarding: bool = True) -> dict[str, str]:
    of = simulated.ratings
    count = len(of.note_ids)
    table = NoteTable.of(of.note_ids, [""] * count, simulated.written, np.ones(count, bool))
    return {one.note_id: one.status for one in score_all(of, table, now=2**41, guarding=guarding).decided}


@pytest.mark.parametrize("seed", range(3))
def test_honest_raters_are_never_taken_for_a_group(seed: int) -> None:
    assert guard(simulate(WORLD, seed).ratings, NUMBERS).groups == 0


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_a_brigade_is_found_and_nobody_else(share: float) -> None:
    simulated = simulate(replace(WORLD, brigade=share), 1)
    found = guard(simulated.ratings, NUMBERS)
    caught = found.group >= 0
    assert not (caught & ~simulated.colluding).any()
    assert (caught & simulated.colluding).sum() >= 0.95 * simulated.colluding.sum()


def test_on_a_note_a_group_has_one_vote() -> None:
    simulated = simulate(replace(WORLD, brigade=0.05), 1)
    of, found = simulated.ratings, guard(simulated.ratings, NUMBERS)
    caught = found.group[of.raters] >= 0
    assert np.all(found.weights[~caught] == 1)
    cells = np.unique(
        np.column_stack([of.notes, found.group[of.raters], of.values * 2])[caught].astype(int),
        axis=0,
        return_inverse=True,
    )[1]
    assert np.bincount(cells.ravel(), weights=found.weights[caught]) == pytest.approx(1, abs=1e-6)


def test_a_brigade_of_5_percent_moves_fewer_than_1_percent_of_the_notes() -> None:
    without = statuses(simulate(WORLD, 1))
    simulated = simulate(replace(WORLD, brigade=0.05), 1)
    after = statuses(simulated)
    moved = [one for one, status in after.items() if status != without.get(one, status)]
    assert len(moved) < 0.01 * len(after)
    wanted = {
        one
        for one, is_wanted in zip(simulated.ratings.note_ids, simulated.targeted, strict=True)
        if is_wanted
    }
    assert not [one for one in wanted if after[one] == HELPFUL]


def test_lists_that_are_nearly_the_same_give_a_group_away_whenever_they_voted() -> None:
    dice = np.random.default_rng(0)
    honest = simulate(WORLD, 2).ratings
    notes = [honest.note_ids[one] for one in honest.notes]
    raters = [honest.rater_ids[one] for one in honest.raters]
    values, times = list(honest.values), list(honest.times)
    targets = dice.choice(honest.note_ids, 30, replace=False)
    for member in range(6):
        rated = targets[dice.permutation(30)[:27]]
        notes += list(rated)
        raters += [f"copy{member}"] * len(rated)
        values += [1.0] * len(rated)
        times += list(honest.times.min() + dice.integers(0, 10**10, len(rated)))
    found = guard(Ratings.of(notes, raters, values, times=times), NUMBERS)
    of = Ratings.of(notes, raters, values, times=times)
    caught = {of.rater_ids[one] for one in np.flatnonzero(found.group >= 0)}
    assert caught == {f"copy{member}" for member in range(6)}


def test_a_small_room_where_everybody_rates_everything_is_no_brigade() -> None:
    dice = np.random.default_rng(1)
    notes, raters, values = [], [], []
    for rater in range(20):
        for note in range(12):
            notes.append(f"n{note}")
            raters.append(f"r{rater}")
            values.append(float(note % 2) if dice.random() < 0.9 else 0.5)
    everything = Ratings.of(notes, raters, values, times=np.full(len(values), 10**12))
    assert guard(everything, NUMBERS).groups == 0


def test_nothing_to_guard() -> None:
    found = guard(Ratings.none(), NUMBERS)
    assert (found.groups, len(found.weights)) == (0, 0)
    assert guard(Ratings.of(["n"], ["r"], [1.0]), NUMBERS).groups == 0
