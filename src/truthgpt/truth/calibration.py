"""Scores that mean what they say: three ways to fit them, and the figures by which they are judged.

A calibrated confidence p is right in a share p of the cases that are given it. Each calibrator has `fit(scores, hits)` and
`predict(scores)`; scores and what comes out lie in [0, 1], hits are 0 or 1, all of shape (n,), float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError

Floats = npt.NDArray[np.float64]

BINS = 15
"""Bins of equal width of a reliability diagram and of the expected calibration error."""
_TINY = 1e-6


class Calibrator(Protocol):
    def fit(self, scores: Floats, hits: Floats, weights: Floats | None = None) -> Self: ...
    def predict(self, scores: Floats) -> Floats: ...


class Platt:
    """A logistic curve over the log-odds of the score (Platt 1999)."""

    def fit(self, scores: Floats, hits: Floats, weights: Floats | None = None) -> Self:
        """`coefficients_` (2,): of the log-odds, and the constant."""
        self.coefficients_ = logistic(_columns(log_odds(scores)), hits, weights)
        return self

    def predict(self, scores: Floats) -> Floats:
        return sigmoid(_columns(log_odds(scores)) @ self.coefficients_)


class Beta:
    """Beta calibration (Kull, Silva Filho and Flach 2017): bends each end by itself, and may leave the scores as they are."""

    def fit(self, scores: Floats, hits: Floats, weights: Floats | None = None) -> Self:
        """`coefficients_` (3,): of ln s, of -ln(1 - s), and the constant; the first two are at least 0, so that it rises."""
        columns = self._columns(scores)
        kept = [0, 1, 2]
        found = logistic(columns, hits, weights)
        while len(kept) > 1 and min(found[:-1]) < 0:
            del kept[int(np.argmin(found[:-1]))]
            found = logistic(columns[:, kept], hits, weights)
        self.coefficients_ = np.zeros(3)
        self.coefficients_[kept] = found
        return self

    def predict(self, scores: Floats) -> Floats:
        return sigmoid(self._columns(scores) @ self.coefficients_)

    @staticmethod
    def _columns(scores: Floats) -> Floats:
        inside = np.clip(scores, _TINY, 1 - _TINY)
        return _columns(np.log(inside), -np.log1p(-inside))


class Isotonic:
    """The rising steps nearest to the hits, by pooling adjacent violators (Ayer et al. 1955); between steps, a line."""

    def fit(self, scores: Floats, hits: Floats, weights: Floats | None = None) -> Self:
        """`scores_` and `shares_` (k,): the corners of the curve."""
        _check(scores, hits)
        each = np.ones(len(scores)) if weights is None else weights
        levels, place = np.unique(scores, return_inverse=True)  # equal scores have one share
        weighed, right = np.bincount(place, each), np.bincount(place, each * hits)
        blocks: list[tuple[float, float, float]] = []  # weight, sum of hits, sum of scores
        for score, hit, weight in zip(levels, right, weighed, strict=True):
            blocks.append((weight, hit, weight * score))
            while len(blocks) > 1 and blocks[-2][1] * blocks[-1][0] >= blocks[-1][1] * blocks[-2][0]:
                last, before = blocks.pop(), blocks.pop()
                blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
        self.scores_ = np.array([total / weight for weight, _, total in blocks])
        self.shares_ = np.array([hit / weight for weight, hit, _ in blocks])
        return self

    def predict(self, scores: Floats) -> Floats:
        return np.asarray(np.interp(scores, self.scores_, self.shares_), np.float64)


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of a reliability diagram: how many fell in it, their mean confidence, and the share that was right."""

    count: int
    confidence: float
    right: float


def reliability(confidences: Floats, hits: Floats, bins: int = BINS) -> list[Bin]:
    """The filled bins of equal width over [0, 1], lowest first."""
    _check(confidences, hits)
    place = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    return [
        Bin(int(held.sum()), float(confidences[held].mean()), float(hits[held].mean()))
        for number in range(bins)
        if (held := place == number).any()
    ]


def expected_error(confidences: Floats, hits: Floats, bins: int = BINS) -> float:
    """ECE (Naeini, Cooper and Hauskrecht 2015): the mean over cases of |confidence - share right| of their bin."""
    found = reliability(confidences, hits, bins)
    return sum(one.count * abs(one.confidence - one.right) for one in found) / len(confidences)


def brier(probabilities: Floats, hits: Floats) -> float:
    """Brier score (1950) of the probability of one event: the mean of (p - hit)²."""
    _check(probabilities, hits)
    return float(np.mean((probabilities - hits) ** 2))


def risk_coverage(confidences: Floats, hits: Floats) -> tuple[Floats, Floats]:
    """Coverage and risk (n,): answering only the k most confident cases, k = 1 … n, what share of cases, and of errors.

    Cases of equal confidence are taken in the order that they came in, which must not depend on the hits.
    """
    _check(confidences, hits)
    order = np.argsort(-confidences, kind="stable")
    taken = np.arange(1, len(hits) + 1, dtype=np.float64)
    return taken / len(hits), np.cumsum(1 - hits[order]) / taken


def threshold_for(risk: float, confidences: Floats, hits: Floats) -> float:
    """The least confidence from which at most a share `risk` of the answers was wrong; above 1 where there is none."""
    _, risks = risk_coverage(confidences, hits)
    ordered = -np.sort(-confidences)
    last = np.append(ordered[:-1] > ordered[1:], True)  # of those with one confidence, all are answered
    kept = np.flatnonzero((risks <= risk) & last)
    return float(ordered[kept[-1]]) if len(kept) else 1.0 + _TINY


def choose(
    calibrators: Sequence[Calibrator], scores: Floats, hits: Floats, folds: npt.NDArray[np.int64]
) -> tuple[Calibrator, list[float]]:
    """The calibrator with the least cross-validated Brier score, fitted on everything, and all their scores.

    `folds` (n,) names the part that each case is left out with: cases of one topic share one.
    """
    found = []
    for calibrator in calibrators:
        predicted = np.empty(len(scores))
        for fold in np.unique(folds):
            out = folds == fold
            predicted[out] = calibrator.fit(scores[~out], hits[~out]).predict(scores[out])
        found.append(brier(predicted, hits))
    best = calibrators[int(np.argmin(found))]
    return best.fit(scores, hits), found


def logistic(columns: Floats, hits: Floats, weights: Floats | None = None, penalty: float = 1e-3) -> Floats:
    """Coefficients (k,) of a logistic regression of `hits` on `columns` (n, k), by Newton's method.

    `penalty` times the mean square of the coefficients, the last apart, which is the constant's, keeps them finite.
    """
    _check(columns[:, 0], hits)
    weighed = np.full(len(hits), 1 / len(hits)) if weights is None else weights / weights.sum()
    ridge = np.full(columns.shape[1], penalty)
    ridge[-1] = 1e-9
    found = np.zeros(columns.shape[1])
    for _ in range(100):
        shares = sigmoid(columns @ found)
        slope = columns.T @ (weighed * (hits - shares)) - ridge * found
        curve = (
            columns * (weighed * np.maximum(shares * (1 - shares), 1e-9))[:, None]
        ).T @ columns + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        # A full step may overshoot far from the end; none longer than 5 keeps the descent sure.
        step *= min(1.0, 5.0 / max(1e-12, float(np.abs(step).max())))
        found += step
        if np.abs(step).max() < 1e-9:
            break
    return found


def sigmoid(values: Floats) -> Floats:
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def log_odds(shares: Floats) -> Floats:
    inside = np.clip(shares, _TINY, 1 - _TINY)
    return np.log(inside) - np.log1p(-inside)


def _columns(*columns: Floats) -> Floats:
    return np.stack([*columns, np.ones(len(columns[0]))], axis=1)


def _check(scores: Floats, hits: Floats) -> None:
    if len(scores) != len(hits) or not len(scores):
        raise BadInputError(
            f"{len(scores)} scores and {len(hits)} hits; needs as many of each, and one at least"
        )
