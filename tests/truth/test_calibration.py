"""Calibration: the curves recover what is known, and the figures are those that their definitions give by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.truth import calibration
from truthgpt.truth.calibration import Beta, Calibrator, Floats, Isotonic, Platt


def drawn(many: int = 20_000) -> tuple[Floats, Floats]:
    """Scores that are surer than they should be: what happens with probability p is scored beyond p."""
    dice = np.random.default_rng(0)
    odds = dice.normal(0, 1.5, many)
    hits = (dice.random(many) < calibration.sigmoid(odds)).astype(float)
    return calibration.sigmoid(2.5 * odds + 0.7), hits


@pytest.mark.parametrize("calibrator", [Platt(), Beta(), Isotonic()])
def test_sure_scores_come_down_to_what_they_are_worth(calibrator: Calibrator) -> None:
    scores, hits = drawn()
    before = calibration.expected_error(scores, hits)
    after = calibration.expected_error(calibrator.fit(scores[:10_000], hits[:10_000]).predict(scores), hits)
    assert before > 0.1
    assert after < 0.015


def test_platt_finds_the_slope_and_the_offset_that_were_put_in() -> None:
    scores, hits = drawn(200_000)
    slope, offset = Platt().fit(scores, hits).coefficients_
    assert slope == pytest.approx(1 / 2.5, rel=0.03)
    assert offset == pytest.approx(-0.7 / 2.5, abs=0.03)


def test_isotonic_pools_what_falls() -> None:
    fitted = Isotonic().fit(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert fitted.shares_.tolist() == [0.0, 0.5, 1.0]
    assert fitted.predict(np.array([0.0, 0.25, 1.0])).tolist() == [0.0, 0.5, 1.0]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60))
def test_isotonic_never_falls_and_keeps_the_mean(cases: list[tuple[float, bool]]) -> None:
    scores, hits = np.array([c[0] for c in cases]), np.array([float(c[1]) for c in cases])
    fitted = Isotonic().fit(scores, hits)
    assert np.all(np.diff(fitted.shares_) > 0)
    assert np.all(np.diff(fitted.predict(np.linspace(0, 1, 50))) >= -1e-12)


def test_expected_error_by_hand() -> None:
    confidences = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    hits = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    # Four at 0.95 of which 0.75 are right, two at 0.55 of which half are.
    assert calibration.expected_error(confidences, hits) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert [one.count for one in calibration.reliability(confidences, hits)] == [2, 4]


def test_brier_and_risk_by_hand() -> None:
    assert calibration.brier(np.array([1.0, 0.5]), np.array([1.0, 0.0])) == pytest.approx(0.125)
    coverage, risk = calibration.risk_coverage(np.array([0.6, 0.9, 0.8]), np.array([0.0, 1.0, 1.0]))
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3])


def test_a_threshold_holds_its_risk() -> None:
    confidences, hits = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1.0, 0.0, 1.0])
    assert calibration.threshold_for(0.0, confidences, hits) == 0.8
    assert calibration.threshold_for(0.25, confidences, hits) == 0.6
    assert calibration.threshold_for(0.0, confidences, 0 * hits) > 1.0


def test_the_best_calibrator_is_chosen_on_what_it_did_not_see() -> None:
    scores, hits = drawn(3_000)
    chosen, tried = calibration.choose((Platt(), Isotonic()), scores, hits, np.arange(3_000) % 5)
    assert isinstance(chosen, Platt)  # the truth is a logistic curve, and steps have noise to follow
    assert tried[0] < tried[1] < calibration.brier(scores, hits)


def test_separable_cases_have_a_finite_curve() -> None:
    found = calibration.logistic(np.array([[-1.0, 1.0], [1.0, 1.0]]), np.array([0.0, 1.0]))
    assert np.isfinite(found).all()
    assert found[0] > 1


def test_nothing_to_fit_is_refused() -> None:
    with pytest.raises(BadInputError, match="0 scores"):
        Platt().fit(np.array([]), np.array([]))


def test_a_threshold_answers_all_of_one_confidence_or_none() -> None:
    confidences = np.array([0.9, *[0.8] * 100])
    hits = np.array([1.0, *[1.0] * 49, *[0.0] * 51])
    assert calibration.threshold_for(0.02, confidences, hits) == 0.9
    for hits in (np.array([1.0, 0, 0]), np.array([0, 0, 1.0])):
        assert calibration.threshold_for(0.0, np.full(3, 0.9), hits) > 1.0


def test_equal_scores_have_one_share_whatever_their_order() -> None:
    for hits in ([0.0, 1.0], [1.0, 0.0]):
        assert Isotonic().fit(np.array([0.5, 0.5]), np.array(hits)).predict(np.array([0.5]))[0] == 0.5


def test_beta_calibration_never_falls() -> None:
    dice = np.random.default_rng(3)
    scores = dice.random(2_000)
    hits = (dice.random(2_000) < (2 * scores - 1) ** 2).astype(float)  # shaped like a U
    shares = Beta().fit(scores, hits).predict(np.linspace(0.001, 0.999, 200))
    assert (np.diff(shares) >= -1e-12).all()
