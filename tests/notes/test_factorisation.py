"""The fit ends at the minimum of the loss as it is written, the same for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from truthgpt.notes.factorisation import FACTOR, INTERCEPT, Parameters, Problem
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.simulator import World, simulate

SMALL = World(raters=60, notes=80, ratings=2_000)


def ratings(world: World = SMALL, seed: int = 0) -> Ratings:
    return simulate(world, seed).ratings


def problem(of: Ratings, **options: object) -> Problem:
    return Problem(of.notes, of.raters, of.values, len(of.note_ids), len(of.rater_ids), **options)  # type: ignore[arg-type]


def written_out(of: Ratings, at: Parameters, weights: np.ndarray | None = None) -> float:
    """The loss, term by term."""
    errors = (of.values - at.explained(of.notes, of.raters)) ** 2
    weights = np.ones(len(of)) if weights is None else weights * len(of) / weights.sum()
    squares = [np.mean(side[:, 0] ** 2) for side in (at.raters, at.notes)]
    leanings = [np.mean((side[:, 1:] ** 2).sum(axis=1)) for side in (at.raters, at.notes)]
    return float(np.mean(weights * errors) + INTERCEPT * (at.mean**2 + sum(squares)) + FACTOR * sum(leanings))


@pytest.mark.parametrize("factors", [1, 2, 3])
@pytest.mark.parametrize("weighed", [False, True])
def test_no_direction_lowers_the_loss_that_is_reached(factors: int, weighed: bool) -> None:
    of = ratings()
    weights = np.random.default_rng(1).uniform(0.1, 2, len(of)).astype(np.float32) if weighed else None
    posed = problem(of, factors=factors, weights=weights)
    found = posed.fit(tolerance=1e-9, iterations=20_000)
    at = found.parameters
    least = written_out(of, at, weights)
    assert found.losses[-1] == pytest.approx(least, abs=1e-7)  # values are 32-bit numbers
    assert posed.loss(at) == pytest.approx(least, abs=1e-7)
    assert np.diff(found.losses).max() <= 1e-12
    dice = np.random.default_rng(4)
    for _ in range(5):
        turned = dice.normal(), dice.normal(size=at.raters.shape), dice.normal(size=at.notes.shape)
        ahead, behind = (
            written_out(of, Parameters(at.mean + step * turned[0], at.raters + step * turned[1], at.notes + step * turned[2]), weights)
            for step in (1e-4, -1e-4)
        )  # fmt: skip
        assert (ahead - behind) / 2e-4 == pytest.approx(0, abs=1e-5)
        assert min(ahead, behind) > least


def test_one_factor_written_out_is_the_general_case() -> None:
    of = ratings()
    posed = problem(of)
    mean, notes = 0.4, np.random.default_rng(0).normal(0, 0.3, (len(of.note_ids), 2))
    one, many = np.zeros((len(of.rater_ids), 2)), np.zeros((len(of.rater_ids), 3))
    posed.raters.solve(one, notes, mean, (0.7, 0.2))
    left = posed.raters.left_over.copy(), posed.raters.unexplained.copy()
    # A second factor that no note has is left at nothing.
    posed.raters.solve(many, np.column_stack([notes, np.zeros(len(notes))]), mean, (0.7, 0.2))
    assert many[:, :2] == pytest.approx(one, abs=1e-9)
    assert many[:, 2] == pytest.approx(0)
    assert posed.raters.left_over == pytest.approx(left[0], abs=1e-9)
    assert posed.raters.unexplained == pytest.approx(left[1], abs=1e-9)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    of = ratings(World(raters=900, notes=1_500, ratings=70_000))
    fits = [problem(of, threads=threads).fit() for threads in (1, 2, 5)]
    for other in fits[1:]:
        assert np.array_equal(fits[0].parameters.notes, other.parameters.notes)
        assert np.array_equal(fits[0].losses, other.losses)


def test_doubling_all_weights_changes_nothing() -> None:
    of = ratings()
    weights = np.random.default_rng(1).uniform(0.1, 2, len(of)).astype(np.float32)
    one, other = (problem(of, weights=each).fit(tolerance=1e-9) for each in (weights, 2 * weights))
    assert other.parameters.notes == pytest.approx(one.parameters.notes, abs=1e-5)


def test_the_public_ratings_end_below_where_the_published_scorer_stops(datasets) -> None:  # type: ignore[no-untyped-def]
    import gzip

    with gzip.open(datasets / "notes" / "ratings.tsv.gz", "rt") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    from truthgpt.notes.bridging import BridgingModel
    from truthgpt.notes.ratings import levels

    of = Ratings.of([row[0] for row in rows], [row[1] for row in rows], levels([row[3] for row in rows]))
    learned = of.enough(a_note=5, a_rater=10)
    assert len(learned) == 133_361
    model = BridgingModel().fit(learned)
    assert model.loss_ <= 0.09937
    lines = (datasets / "notes" / "reference_notes.tsv").read_text().splitlines()[1:]
    reference = {line.split("\t")[0]: float(line.split("\t")[1]) for line in lines}
    theirs = np.array([reference[one] for one in model.notes_.ids])
    apart = np.abs(model.notes_.intercepts - theirs)
    assert apart.mean() <= 0.005
    assert apart.max() <= 0.03
    assert np.mean((model.notes_.intercepts >= 0.4) == (theirs >= 0.4)) >= 0.995
