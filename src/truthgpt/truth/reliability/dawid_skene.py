"""Dawid and Skene's model: a worker is a confusion matrix, or in its one-coin form a single probability to be right.

A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied
Statistics 28(1), 1979. One coin: Y. Zhang, X. Chen, D. Zhou and M. I. Jordan, "Spectral methods meet EM", JMLR 17, 2016.

With p_c the share of items that are c, and e_w(c, k) the probability that worker w calls k what is c,

    P(item i is c) ∝ p_c · Π e_w(c, k) over the labels (w, k) of i,

and p and e are the shares that follow from these probabilities: one after the other, from the shares of votes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from truthgpt.corpus.compiled import compiled
from truthgpt.truth.reliability.labels import Floats, Labels, Numbers
from truthgpt.truth.reliability.majority import Aggregation, at_least_one, normalise, shares

_LEAST = 1e-10
"""What no probability falls below, so that no logarithm is infinite."""


class _Expectation(Aggregation, ABC):
    """Expectation and maximisation in turn; how errors follow from probabilities is the subclass's.

    At most `iterations`; it ends where the last of `bounds_` gained less than `tolerance`. Raises `BadInputError` for
    less than one iteration.
    """

    priors_: Floats
    """The share of items that are of each class (classes,)."""
    confusion_: Floats
    """(workers, classes, classes): the probability that a worker calls an item of one class another; rows add up to 1."""
    bounds_: Floats
    """After each iteration (iterations,), per label: the expected log-likelihood of labels and classes under
    `probabilities_`, plus the entropy of these. The prior counts once a label in it, where in the evidence lower
    bound it counts once an item; so does crowd-kit, and this is what makes both stop at the same iteration."""
    log_likelihoods_: Floats
    """The log-likelihood of all labels (iterations,) under the parameters that an iteration starts from; never falls."""

    def __init__(self, iterations: int = 100, tolerance: float = 1e-5) -> None:
        self.iterations = at_least_one(iterations)
        self.tolerance = tolerance

    def fit(self, labels: Labels) -> Self:
        """Learns from `labels`. It holds (items, classes) and a few times (workers, classes, classes) numbers."""
        given = (labels.items, labels.workers, labels.labels)
        size = len(labels.classes)
        found, counts = shares(labels), np.empty((len(labels.worker_names), size, size))
        bounds: list[float] = []
        likelihoods: list[float] = []
        _count(*given, found, counts)
        prior, errors = found.mean(axis=0), self._errors(counts)
        logs, log_prior = _log(errors), np.log(np.maximum(prior, _LEAST))
        while len(bounds) < self.iterations:
            likelihoods.append(_expect(*given, logs, log_prior, found))
            _count(*given, found, counts)
            prior, errors = found.mean(axis=0), self._errors(counts)
            logs, log_prior = _log(errors), np.log(np.maximum(prior, _LEAST))
            expected = float((counts * (logs + log_prior)).sum())
            bounds.append((expected + _entropy(found)) / len(labels.labels))
            if len(bounds) > 1 and bounds[-1] - bounds[-2] < self.tolerance:
                break
        self.classes_ = labels.classes
        self.probabilities_, self.priors_ = found, prior
        self.confusion_ = np.ascontiguousarray(errors.transpose(0, 2, 1))
        self.bounds_, self.log_likelihoods_ = np.array(bounds), np.array(likelihoods)
        return self

    @abstractmethod
    def _errors(self, counts: Floats) -> Floats:
        """From how often a worker (first axis) is likely to have said what (second) of which class (third), how probable
        each label is of a worker on a class; same shape."""


class DawidSkene(_Expectation):
    """A worker is a confusion matrix: who calls everything true is told from who errs at random."""

    def _errors(self, counts: Floats) -> Floats:
        # A label that a worker never gave keeps the probability 0; one that was given has some on every class.
        given = counts.any(axis=2, keepdims=True)
        errors = np.where(given, np.maximum(counts, _LEAST), 0.0)
        return np.asarray(errors / errors.sum(axis=1, keepdims=True))


class OneCoinDawidSkene(_Expectation):
    """A worker is right with one probability, whatever the item is, and errs evenly: for few labels a worker."""

    @property
    def skills_(self) -> Floats:
        """The probability that each worker is right (workers,)."""
        return np.asarray(self.confusion_[:, 0, 0])

    def _errors(self, counts: Floats) -> Floats:
        size = counts.shape[1]
        right = np.trace(counts, axis1=1, axis2=2) / counts.sum(axis=(1, 2))
        skills = right[:, None, None]
        errors = np.where(np.eye(size, dtype=np.bool_), skills, (1 - skills) / max(1, size - 1))
        return np.asarray(np.clip(errors, _LEAST, 1 - _LEAST))


def _log(errors: Floats) -> Floats:
    """The logarithm; 0 for what is 0, which is of labels that nobody gave and that none asks for."""
    return np.log(errors, out=np.zeros_like(errors), where=errors > 0)


def _entropy(found: Floats) -> float:
    clipped = np.maximum(found, _LEAST)
    return float(-(clipped * np.log(clipped)).sum())


@compiled
def _count(items: Numbers, workers: Numbers, labels: Numbers, found: Floats, counts: Floats) -> None:
    """Fills `counts` (workers, classes, classes) with how often each said which (second) of which, by what is probable."""
    counts[:] = 0.0
    for place in range(len(items)):
        for one in range(found.shape[1]):
            counts[workers[place], labels[place], one] += found[items[place], one]


@compiled
def _expect(
    items: Numbers, workers: Numbers, labels: Numbers, logs: Floats, prior: Floats, found: Floats
) -> float:
    """Fills `found` (items, classes) with what is probable; the log-likelihood of all labels."""
    found[:] = prior
    for place in range(len(items)):
        for one in range(found.shape[1]):
            found[items[place], one] += logs[workers[place], labels[place], one]
    return normalise(found)
