"""Matrix factorisation with one factor: what workers say of items, explained by a leaning of both.

S. Wojcik et al., "Birdwatch: crowd wisdom and bridging algorithms can inform understanding and reduce the spread of
misinformation", arXiv:2210.15723, 2022. A value r of worker w on item i is taken for

    μ + a_w + b_i + f_w · g_i,

and what is least is the mean of the squared errors, plus 0.15 times μ² and the means of a² and of b², plus 0.03 times
the means of f² and of g²: the weights of Community Notes' published code. Intercepts cost more than factors, so that
what leanings can explain is not held for agreement.

Alternating least squares: μ, then each worker's two numbers, then each item's, each exactly. No step raises the loss,
and none needs a rate. With few values an item there are many minima, and the start decides which is reached: items'
factors begin as the first singular vector of what intercepts alone leave unexplained, which ended at a lower loss than
random numbers did wherever these differed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truthgpt.corpus.compiled import compiled
from truthgpt.truth.reliability.labels import Floats, Groups, Numbers, Places

INTERCEPT, FACTOR = 0.15, 0.03
"""What the square of an intercept and that of a factor weigh beside a squared error."""
_ROUNDS = 20
"""Of intercepts alone, and then of the power iteration, for the start."""
_SMALLEST = 1e-12
"""Where nothing is left to explain, no leaning is blown up out of rounding."""


@dataclass(frozen=True, eq=False)
class Factorisation:
    """What was found. Signs of factors are such that the worker's that is farthest from 0 is positive."""

    mean: float
    worker_intercepts: Floats
    worker_factors: Floats
    item_intercepts: Floats
    item_factors: Floats
    losses: Floats
    """After each iteration (iterations,); never rises."""


def factorise(
    items: Numbers, workers: Numbers, values: Floats, *, iterations: int, tolerance: float, seed: int
) -> Factorisation:
    """Explains `values` (n,) that `workers` (n,) gave `items` (n,), numbers from 0 on of which each occurs.

    At most `iterations`, at least 1; it ends where one lowers the loss by no more than `tolerance` of it. The power
    iteration starts at numbers drawn with `seed`.
    """
    left, right = _Side(workers), _Side(items)
    right.factors = _start(items, workers, values, seed)
    losses: list[float] = []
    while len(losses) < iterations:
        mean = _iterate(left, right, values)
        losses.append(_loss(left, right, values, mean))
        if len(losses) > 1 and losses[-2] - losses[-1] <= tolerance * losses[-2]:
            break
    sign = np.copysign(1.0, left.factors[np.argmax(np.abs(left.factors))])
    return Factorisation(
        mean,
        left.intercepts,
        sign * left.factors,
        right.intercepts,
        sign * right.factors,
        np.array(losses),
    )


def _start(items: Numbers, workers: Numbers, values: Floats, seed: int) -> Floats:
    """The first singular vector, of items, of what intercepts alone leave unexplained."""
    left, right = _Side(workers), _Side(items)
    for _ in range(_ROUNDS):
        mean = _iterate(left, right, values)
    rest = values - mean - _explained(left, right)
    leanings: Floats = np.random.default_rng(seed).normal(size=len(right.factors))
    for _ in range(_ROUNDS):
        for numbers, others in ((workers, items), (items, workers)):
            leanings = np.bincount(numbers, weights=rest * leanings[others]).astype(np.float64)
            leanings /= max(_SMALLEST, np.sqrt(_mean_square(leanings)))
    return leanings


class _Side:
    """All workers or all items: which of them each value is of, and their intercepts and factors, at first 0."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.groups = Groups.by(numbers)
        self.intercepts = np.zeros(len(self.groups.starts) - 1)
        self.factors = np.zeros(len(self.intercepts))

    def solve(self, other: _Side, values: Floats) -> None:
        """The intercepts and factors that are best for those of the other side."""
        _solve(
            self.groups.order,
            self.groups.starts,
            other.numbers,
            values,
            other.intercepts,
            other.factors,
            self.intercepts,
            self.factors,
        )

    def cost(self) -> float:
        return INTERCEPT * _mean_square(self.intercepts) + FACTOR * _mean_square(self.factors)


def _iterate(workers: _Side, items: _Side, values: Floats) -> float:
    """One step of each kind; the mean."""
    mean = _mean(workers, items, values)
    workers.solve(items, values - mean)
    items.solve(workers, values - mean)
    return mean


def _mean(workers: _Side, items: _Side, values: Floats) -> float:
    return float((values - _explained(workers, items)).mean() / (1 + INTERCEPT))


def _loss(workers: _Side, items: _Side, values: Floats, mean: float) -> float:
    error = _mean_square(values - mean - _explained(workers, items))
    return error + INTERCEPT * mean**2 + workers.cost() + items.cost()


def _explained(workers: _Side, items: _Side) -> Floats:
    """All but the mean, of each value (n,)."""
    intercepts = workers.intercepts[workers.numbers] + items.intercepts[items.numbers]
    return np.asarray(intercepts + workers.factors[workers.numbers] * items.factors[items.numbers])


def _mean_square(values: Floats) -> float:
    return float(np.mean(values**2))


@compiled
def _solve(
    order: Places,
    starts: Places,
    others: Numbers,
    values: Floats,
    other_intercepts: Floats,
    other_factors: Floats,
    intercepts: Floats,
    factors: Floats,
) -> None:
    """For each thing the two numbers that solve its normal equations, a 2 x 2 system that is never singular."""
    # Means of squares over things weigh so much beside a sum over values.
    weight = len(order) / len(intercepts)
    for one in range(len(intercepts)):
        # (ones, crossed; crossed, squares) · (intercept, factor) = (sum of values, sum of values times factors)
        ones, crossed, squares = INTERCEPT * weight, 0.0, FACTOR * weight
        plain = leaning = 0.0
        for place in order[starts[one] : starts[one + 1]]:
            other = others[place]
            factor = other_factors[other]
            value = values[place] - other_intercepts[other]
            ones += 1.0
            crossed += factor
            squares += factor * factor
            plain += value
            leaning += value * factor
        determinant = ones * squares - crossed * crossed
        intercepts[one] = (plain * squares - crossed * leaning) / determinant
        factors[one] = (ones * leaning - crossed * plain) / determinant
