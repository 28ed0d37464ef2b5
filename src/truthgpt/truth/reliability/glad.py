"""GLAD: a worker has an ability, an item a difficulty, and who is able is right the oftener the easier the item is.

J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma and J. Movellan, "Whose vote should count more: optimal integration of labels
from labelers of unknown expertise", NIPS 2009. With a_w the ability of worker w, 1 / e^(b_i) the difficulty of item i
and K classes, all equally probable beforehand,

    P(w is right on i) = σ(a_w · e^(b_i)),    P(w says a certain wrong class) = (1 - σ(a_w · e^(b_i))) / (K - 1),

a_w and b_i normal around 1 with variance 1. Expectation and maximisation in turn. Given all b, each a_w is by itself,
and the other way round, so that the maximum is climbed to by Newton's steps in one variable, each shortened until it
gains, instead of by a gradient in all: an M-step is a few passes over the labels.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from truthgpt.corpus.compiled import compiled
from truthgpt.notes.incidence import grouped
from truthgpt.truth.reliability.labels import Floats, Labels, Numbers, Places
from truthgpt.truth.reliability.majority import Aggregation, at_least_one, normalise

_MEAN = 1.0
"""Of the normal distributions of abilities and of logarithms of easiness, beforehand."""
_STEEP = 1e-2
"""An M-step is done where no derivative is greater."""
_SWEEPS = 100
"""Passes of an M-step at most; one that is cut short still gains."""
_FULL = 1e250
"""A product of factors that goes on to be a sum of logarithms."""
_HALVINGS = 30
"""How often a step that loses is halved before the value is left as it is."""


class GLAD(Aggregation):
    """At most `iterations`; it ends where the last of `bounds_` gained less than `tolerance`.

    Raises `BadInputError` for less than one iteration.
    """

    skills_: Floats
    """The ability of each worker (workers,): 0 guesses, below 0 says the opposite of what is true."""
    difficulties_: Floats
    """How difficult each item is (items,), above 0; e^(-1), about 0.37, beforehand."""
    bounds_: Floats
    """After each iteration (iterations,): what the M-step maximises, the expected log-likelihood plus the logarithm of
    the prior, per label and class. It lacks the entropy of `probabilities_`, so that it can fall: crowd-kit's rule."""
    log_posteriors_: Floats
    """The logarithm of likelihood times prior (iterations,) of what an iteration starts from; never falls."""

    def __init__(self, iterations: int = 100, tolerance: float = 1e-5) -> None:
        self.iterations = at_least_one(iterations)
        self.tolerance = tolerance

    def fit(self, labels: Labels) -> Self:
        """Learns from `labels`; `probabilities_` are those of the last E-step, which the parameters then follow."""
        given = (labels.items, labels.workers, labels.labels)
        by_item = grouped(labels.items, len(labels.item_names))
        by_worker = grouped(labels.workers, len(labels.worker_names))
        skills = np.full(len(labels.worker_names), _MEAN)
        ease = np.full(len(labels.item_names), _MEAN)
        found = np.empty((len(ease), len(labels.classes)))
        bounds: list[float] = []
        posteriors: list[float] = []
        while len(bounds) < self.iterations:
            likelihood = _expect(*given, skills, ease, found)
            posteriors.append(likelihood + _log_prior(skills) + _log_prior(ease))
            right = found[labels.items, labels.labels]
            for _ in range(_SWEEPS):
                steepest = _climb_skills(by_worker.order, by_worker.starts, labels.items, right, ease, skills)
                other = _climb_ease(by_item.order, by_item.starts, labels.workers, right, skills, ease)
                if max(steepest, other) < _STEEP:
                    break
            expected = _expected(labels.items, labels.workers, right, skills, ease, len(labels.classes))
            bound = expected + _log_prior(skills) + _log_prior(ease)
            bounds.append(bound / found.shape[1] / len(right))
            if len(bounds) > 1 and bounds[-1] - bounds[-2] < self.tolerance:
                break
        self.classes_, self.probabilities_ = labels.classes, found
        self.skills_, self.difficulties_ = skills, np.exp(-ease)
        self.bounds_, self.log_posteriors_ = np.array(bounds), np.array(posteriors)
        return self


def _log_prior(values: Floats) -> float:
    return float(-0.5 * ((values - _MEAN) ** 2 + np.log(2 * np.pi)).sum())


@compiled
def _log_wrong(x: float) -> float:
    """log(1 - σ(x)), exact for large |x| too."""
    return float(-np.log1p(np.exp(-abs(x))) - max(x, 0.0))


@compiled
def _value(own: Places, others: Numbers, right: Floats, scales: Floats, scale: float) -> float:
    """The part of the expected log-likelihood that hangs on one thing, whose x is `scale` times another's of `scales`."""
    total, product = 0.0, 1.0
    for place in own:
        x = scale * scales[others[place]]
        total += right[place] * x - max(x, 0.0)
        # Logarithms are slow; a product takes hundreds of factors, each from 1 to 2, before it needs one.
        product *= 1.0 + np.exp(-abs(x))
        if product > _FULL:
            total -= np.log(product)
            product = 1.0
    return float(total - np.log(product))


@compiled
def _slopes(own: Places, others: Numbers, right: Floats, scales: Floats, scale: float) -> tuple[float, float]:
    """Its first derivative by `scale`, and the second with the sign turned."""
    slope = curve = 0.0
    for place in own:
        other = scales[others[place]]
        sure = 1.0 / (1.0 + np.exp(-scale * other))
        slope += (right[place] - sure) * other
        curve += sure * (1.0 - sure) * other * other
    return slope, curve


@compiled
def _expect(
    items: Numbers, workers: Numbers, labels: Numbers, skills: Floats, ease: Floats, found: Floats
) -> float:
    """Fills `found` (items, classes) with what is probable; the log-likelihood of all labels."""
    others = float(np.log(max(1, found.shape[1] - 1)))
    found[:] = 0.0
    # A label counts log((1 - σ) / (K - 1)) for every class, and for its own that much more: x + log(K - 1).
    likelihood: float = -found.shape[0] * float(np.log(found.shape[1]))
    for place in range(len(items)):
        x = skills[workers[place]] * np.exp(ease[items[place]])
        found[items[place], labels[place]] += x + others
        likelihood += _log_wrong(x) - others
    return likelihood + normalise(found)


@compiled
def _expected(
    items: Numbers, workers: Numbers, right: Floats, skills: Floats, ease: Floats, classes: int
) -> float:
    """The log-likelihood of labels that are each right with probability `right` (n,)."""
    others = np.log(max(1, classes - 1))
    total = 0.0
    for place in range(len(items)):
        x = skills[workers[place]] * np.exp(ease[items[place]])
        total += right[place] * (x + others) + _log_wrong(x) - others
    return total


@compiled
def _climb_skills(
    order: Places, starts: Places, items: Numbers, right: Floats, ease: Floats, skills: Floats
) -> float:
    """One step of each of `skills`; the greatest derivative before it, absolute."""
    scales = np.exp(ease)
    steepest = 0.0
    for worker in range(len(skills)):
        own = order[starts[worker] : starts[worker + 1]]
        old = skills[worker]
        slope, curve = _slopes(own, items, right, scales, old)
        slope += _MEAN - old
        value = _value(own, items, right, scales, old) - 0.5 * (old - _MEAN) ** 2
        steepest = max(steepest, abs(slope))
        step = slope / (curve + 1.0)
        for _ in range(_HALVINGS):
            new = old + step
            if _value(own, items, right, scales, new) - 0.5 * (new - _MEAN) ** 2 >= value:
                skills[worker] = new
                break
            step /= 2
    return steepest


@compiled
def _climb_ease(
    order: Places, starts: Places, workers: Numbers, right: Floats, skills: Floats, ease: Floats
) -> float:
    """One step of each of `ease`; the greatest derivative before it, absolute.

    The second derivative may be positive here; Fisher's information, which never is, stands in for it.
    """
    steepest = 0.0
    for item in range(len(ease)):
        own = order[starts[item] : starts[item + 1]]
        old = ease[item]
        scale = np.exp(old)
        slope, curve = _slopes(own, workers, right, skills, scale)
        slope = slope * scale + _MEAN - old
        value = _value(own, workers, right, skills, scale) - 0.5 * (old - _MEAN) ** 2
        steepest = max(steepest, abs(slope))
        step = slope / (curve * scale * scale + 1.0)
        for _ in range(_HALVINGS):
            new = old + step
            if _value(own, workers, right, skills, np.exp(new)) - 0.5 * (new - _MEAN) ** 2 >= value:
                ease[item] = new
                break
            step /= 2
    return steepest
