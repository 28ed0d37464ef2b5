"""Raters who act together are found, honest ones are not, and what a brigade moves stays small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from truthgpt.notes.decision import HELPFUL
from truthgpt.notes.guard import guard
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.scoring import score_all
from truthgpt.notes.simulator import DAY, Simulated, World, simulate
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


def test_whose_votes_are_copied_is_not_taken_for_one_of_the_copies() -> None:
    honest = simulate(WORLD, 2).ratings
    notes = [honest.note_ids[one] for one in honest.notes]
    raters = [honest.rater_ids[one] for one in honest.raters]
    values, times = list(honest.values), list(honest.times)
    busiest = np.argsort(-honest.per_rater())[:100]
    for copy in range(4):
        mirrored = np.flatnonzero(np.isin(honest.raters, busiest[copy::4]))
        first = mirrored[np.unique(honest.notes[mirrored], return_index=True)[1]]
        notes += [honest.note_ids[one] for one in honest.notes[first]]
        raters += [f"copy{copy}"] * len(first)
        values += list(honest.values[first])
        times += list(honest.times[first] + 60_000)
    of = Ratings.of(notes, raters, values, times=times)
    found = guard(of, NUMBERS)
    assert not [
        of.rater_ids[one] for one in np.flatnonzero(found.group >= 0) if of.rater_ids[one].startswith("r")
    ]


def test_a_group_s_votes_count_once_for_a_side_too() -> None:
    simulated = simulate(WORLD, 1)
    of, dice = simulated.ratings, np.random.default_rng(0)
    notes, raters = [of.note_ids[one] for one in of.notes], [of.rater_ids[one] for one in of.raters]
    values, times = list(of.values), list(of.times)
    right, popular = np.flatnonzero(simulated.ideology > 0), np.argsort(-of.per_note())[:200]
    for number in range(8):  # one side likes them …
        chosen = dice.choice(right, 100, replace=False)
        notes += [f"pushed{number}"] * 100
        raters += [of.rater_ids[one] for one in chosen]
        values += [1.0] * 100
        times += list(of.times.min() + dice.integers(0, 2 * DAY, 100))
    for bot in range(8):  # … and eight who rate as the other side does, and vote together for these
        for note in dice.choice(popular, 14, replace=False):
            said = 0.55 + simulated.quality[note] - 0.6 * simulated.polarity[note]
            notes.append(of.note_ids[note])
            raters.append(f"bot{bot}")
            values.append(1.0 if said > 2 / 3 else 0.0 if said < 1 / 3 else 0.5)
            times.append(int(simulated.written[note] + dice.integers(0, DAY)))
        notes += [f"pushed{number}" for number in range(8)]
        raters += [f"bot{bot}"] * 8
        values += [1.0] * 8
        times += list(of.times.min() + 6 * 3_600_000 + dice.integers(0, 600_000, 8))
    everything = Ratings.of(notes, raters, values, times=times)
    written = dict(zip(of.note_ids, simulated.written.tolist(), strict=True))
    count = len(everything.note_ids)
    table = NoteTable.of(
        everything.note_ids, [""] * count,
        [written.get(one, int(of.times.min())) for one in everything.note_ids], np.ones(count, bool),
    )  # fmt: skip
    for guarding, some in ((False, True), (True, False)):
        decided = score_all(everything, table, now=2**41, guarding=guarding).decided
        assert any(one.note_id.startswith("pushed") and one.status == HELPFUL for one in decided) is some


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
