"""What the model's answer may hang on, and what it may not: names, order, signs, silent raters; and where it finds the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from truthgpt.errors import BadInputError
from truthgpt.notes.bridging import BridgingModel
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.simulator import Simulated, World, simulate

WORLD = World(raters=300, notes=400, ratings=15_000)


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(WORLD, 2)


@pytest.fixture(scope="module")
def fitted(simulated: Simulated) -> BridgingModel:
    return BridgingModel(tolerance=1e-8).fit(simulated.ratings)


def rows(of: Ratings) -> tuple[list[str], list[str], np.ndarray]:
    return [of.note_ids[one] for one in of.notes], [of.rater_ids[one] for one in of.raters], of.values


def test_other_names_change_nothing_but_names(simulated: Simulated, fitted: BridgingModel) -> None:
    notes, raters, values = rows(simulated.ratings)
    # Backwards, so that the order of things is another, too.
    renamed = Ratings.of(
        [f"m{9999 - int(one[1:])}" for one in notes], [f"q{9999 - int(one[1:])}" for one in raters], values
    )
    other = BridgingModel(tolerance=1e-8).fit(renamed)
    mine = other.notes_.of(tuple(f"m{9999 - int(one[1:])}" for one in fitted.notes_.ids))
    assert mine == pytest.approx(fitted.notes_.rows, abs=1e-5)
    assert other.loss_ == pytest.approx(fitted.loss_, abs=1e-10)


def test_shuffled_ratings_give_the_same_bits(simulated: Simulated, fitted: BridgingModel) -> None:
    notes, raters, values = (np.array(column) for column in rows(simulated.ratings))
    order = np.random.default_rng(0).permutation(len(values))
    shuffled = BridgingModel(tolerance=1e-8).fit(Ratings.of(notes[order], raters[order], values[order]))
    assert np.array_equal(shuffled.notes_.rows, fitted.notes_.rows)


def test_a_start_with_the_factor_s_sign_flipped_ends_at_the_same_place(
    simulated: Simulated, fitted: BridgingModel
) -> None:
    flipped = BridgingModel()
    flipped.mean_, flipped.raters_ = fitted.mean_, fitted.raters_
    flipped.notes_ = replace(fitted.notes_, factors=-fitted.notes_.factors)
    found = BridgingModel(tolerance=1e-8).fit(simulated.ratings, start=flipped)
    assert found.notes_.rows == pytest.approx(fitted.notes_.rows, abs=1e-5)
    assert (found.raters_.factors < 0).sum() >= (found.raters_.factors > 0).sum()


def test_raters_and_notes_without_a_rating_change_nothing(
    simulated: Simulated, fitted: BridgingModel
) -> None:
    of = simulated.ratings
    with_silent = replace(of, rater_ids=(*of.rater_ids, "silent"), note_ids=(*of.note_ids, "unread"))
    found = BridgingModel(tolerance=1e-8).fit(with_silent)
    assert np.array_equal(found.notes_.rows, fitted.notes_.rows)
    assert "silent" not in found.raters_.places


def test_a_warm_start_ends_where_a_cold_one_does(simulated: Simulated, fitted: BridgingModel) -> None:
    warm = BridgingModel(tolerance=1e-8).fit(simulated.ratings, start=fitted)
    assert warm.notes_.rows == pytest.approx(fitted.notes_.rows, abs=1e-6)
    assert len(warm.losses_) < len(fitted.losses_)


def test_seeds_end_at_the_same_place(simulated: Simulated, fitted: BridgingModel) -> None:
    for seed in (1, 2, 3):
        found = BridgingModel(tolerance=1e-8, seed=seed).fit(simulated.ratings)
        assert found.notes_.rows == pytest.approx(fitted.notes_.rows, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_quality_is_found_again_and_the_side_too(seed: int) -> None:
    world = simulate(World(), seed)
    model = BridgingModel().fit(world.ratings.enough(a_note=5, a_rater=10))
    often = model.notes_.ratings >= 20
    places = {one: place for place, one in enumerate(world.ratings.note_ids)}
    order = [places[one] for one in model.notes_.ids]
    quality, polarity = world.quality[order], world.polarity[order]
    assert np.corrcoef(quality[often], model.notes_.intercepts[often])[0, 1] >= 0.9
    assert abs(np.corrcoef(polarity[often], model.notes_.factors[often, 0])[0, 1]) >= 0.9


def test_several_factors_are_principal_axes_and_explain_more(
    simulated: Simulated, fitted: BridgingModel
) -> None:
    two = BridgingModel(factors=2, tolerance=1e-8).fit(simulated.ratings)
    assert two.loss_ <= fitted.loss_
    theirs = two.raters_.factors
    assert theirs[:, 0] @ theirs[:, 1] == pytest.approx(0, abs=1e-6)
    assert (theirs**2).sum(axis=0)[0] >= (theirs**2).sum(axis=0)[1]
    with pytest.raises(BadInputError, match="2 factors"):
        BridgingModel().fit(simulated.ratings, start=two)


def test_the_second_round_holds_raters_and_mean_and_is_exact(
    simulated: Simulated, fitted: BridgingModel
) -> None:
    of = simulated.ratings
    again = fitted.fit_notes(of)
    assert again.notes_.rows == pytest.approx(fitted.notes_.rows, abs=1e-5)
    assert np.array_equal(again.raters_.rows, fitted.raters_.rows)
    strangers = Ratings.of([*rows(of)[0], "n000"], [*rows(of)[1], "stranger"], [*of.values, 1.0])
    assert fitted.fit_notes(strangers).notes_.rows == pytest.approx(again.notes_.rows, abs=1e-12)


@pytest.mark.parametrize(("share", "farthest"), [(0.98, 0.005), (0.995, 0.002)])
def test_new_ratings_update_a_model_to_what_a_full_fit_gives(share: float, farthest: float) -> None:
    of = simulate(World(raters=1_000, notes=1_500, ratings=60_000), 5).ratings
    old = of.times <= np.quantile(of.times, share)
    updated = BridgingModel().fit(of.only(old)).update(of, ~old)
    whole = BridgingModel().fit(of)
    assert updated.notes_.ids == whole.notes_.ids
    assert np.abs(updated.notes_.intercepts - whole.notes_.intercepts).max() <= farthest


def test_strangers_on_strange_notes_get_sides_of_their_own() -> None:
    of = simulate(WORLD, 2).ratings
    others = simulate(replace(WORLD, raters=40, notes=50, ratings=1_500), 7).ratings
    everything = Ratings.of(
        [*(of.note_ids[one] for one in of.notes), *(f"s{others.note_ids[one]}" for one in others.notes)],
        [*(of.rater_ids[one] for one in of.raters), *(f"s{others.rater_ids[one]}" for one in others.raters)],
        [*of.values, *others.values],
    )
    new = np.array([everything.note_ids[one].startswith("s") for one in everything.notes])
    before = BridgingModel().fit(everything.only(~new))
    whole = BridgingModel(tolerance=1e-8).fit(everything)
    for found in (
        before.update(everything, new),
        BridgingModel(tolerance=1e-8).fit(everything, start=before),
    ):
        assert found.loss_ == pytest.approx(whole.loss_, rel=0.01)
        strange = [place for place, one in enumerate(found.notes_.ids) if one.startswith("s")]
        assert np.abs(found.notes_.factors[strange]).mean() > 0.2


WEAK = World(raters=2_000, notes=3_000, ratings=30_000, divide=0.1, spread=0.1)


@pytest.mark.parametrize("world", [WEAK, World(raters=200, notes=200, ratings=1_500)])
def test_other_names_change_nothing_where_the_divide_is_weak_either(world: World) -> None:
    of = simulate(world, 0).ratings
    fitted = BridgingModel().fit(of)
    notes, raters, values = rows(of)
    renamed = Ratings.of([one[::-1] for one in notes], [one[::-1] for one in raters], values)
    mine = BridgingModel().fit(renamed).notes_.of(tuple(one[::-1] for one in fitted.notes_.ids))
    assert mine == pytest.approx(fitted.notes_.rows, abs=1e-6)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(BadInputError, match="no ratings"):
        BridgingModel().fit(Ratings.none())
    with pytest.raises(BadInputError, match="at least 1"):
        BridgingModel(factors=0)
    alone = BridgingModel().fit(Ratings.of(["n"], ["r"], [1.0]))
    assert 0 < alone.notes_.intercepts[0] < 1
