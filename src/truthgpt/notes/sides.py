"""All raters, or all notes, each solved for those on the other side: the steps of the factorisation, and their kernels.

A thing's ratings stand in a row. Threads take spans of things with as many ratings each; what they write does not meet.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.notes.incidence import Numbers, Places, grouped

Floats: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]


class Side:
    """All raters, or all notes: where their ratings stand, and what the last solution left."""

    def __init__(
        self, mine: Numbers, theirs: Numbers, values: Values, weights: Values | None, count: int, workers: int
    ) -> None:
        groups = grouped(mine, count)
        self.starts = groups.starts
        self.others = theirs[groups.order]
        self.values = values[groups.order]
        self.weights = np.ones(0, np.float32) if weights is None else weights[groups.order]
        self.rated = int(np.count_nonzero(np.diff(self.starts)))
        self.left_over = np.zeros(count)
        """What each thing's solution leaves of its own loss (things,)."""
        self.unexplained = np.zeros(count)
        """The sum of what it leaves of its values (things,)."""
        self._bounds = np.searchsorted(
            self.starts, np.linspace(0, self.starts[-1], workers + 1)[1:-1]
        ).tolist()
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def solve(self, mine: Floats, theirs: Floats, mean: float, ridge: tuple[float, float]) -> None:
        """The intercepts and factors that are best for those of the other side, into `mine`."""
        solve = _solve_one if mine.shape[1] == 2 else _solve_many
        self._run(
            lambda first, last: solve(
                first, last, self.starts, self.others, self.values, self.weights, theirs, mean,
                ridge[0], ridge[1], mine, self.left_over, self.unexplained,
            )
        )  # fmt: skip

    def solve_some(
        self, which: Places, mine: Floats, theirs: Floats, mean: float, ridge: tuple[float, float]
    ) -> None:
        """The same for the things in `which` alone."""
        solve = _solve_one if mine.shape[1] == 2 else _solve_many
        for one in which.tolist():
            solve(
                one, one + 1, self.starts, self.others, self.values, self.weights, theirs, mean,
                ridge[0], ridge[1], mine, self.left_over, self.unexplained,
            )  # fmt: skip

    def mark(self, things: Places, marks: Flags) -> None:
        """Sets the marks of those on the other side of the ratings of `things`."""
        for one in things.tolist():
            marks[self.others[self.starts[one] : self.starts[one + 1]]] = True

    def project(self, leanings: Floats, mine: Floats, theirs: Floats, mean: float) -> Floats:
        """The sums of what is unexplained times the other side's `leanings` (things,)."""
        found = np.zeros(len(self.starts) - 1)
        self._run(
            lambda first, last: _project(
                first,
                last,
                self.starts,
                self.others,
                self.values,
                self.weights,
                theirs,
                mean,
                mine,
                leanings,
                found,
            )
        )
        return found

    def error(self, mine: Floats, theirs: Floats, mean: float) -> float:
        """The sum of squared errors."""
        found = np.zeros(len(self.starts) - 1)
        self._run(
            lambda first, last: _error(
                first, last, self.starts, self.others, self.values, self.weights, theirs, mean, mine, found
            )
        )
        return float(found.sum())

    def _run(self, part: Callable[[int, int], None]) -> None:
        bounds = [0, *self._bounds, len(self.starts) - 1]
        parts = list(pairwise(bounds))
        if self._pool is None:
            for first, last in parts:
                part(first, last)
        else:
            list(self._pool.map(lambda bound: part(*bound), parts))


@compiled
def _solve_one(
    first: int, last: int, starts: Places, others: Numbers, values: Values, weights: Values, theirs: Floats,
    mean: float, intercept: float, factor: float, mine: Floats, left_over: Floats, unexplained: Floats,
) -> None:  # fmt: skip
    """One factor: a system of two, written out."""
    weighed = len(weights) > 0
    for one in range(first, last):
        ones = crossed = squares = plain = leaning = square = 0.0
        for place in range(starts[one], starts[one + 1]):
            other = others[place]
            weight = np.float64(weights[place]) if weighed else 1.0
            value = values[place] - mean - theirs[other, 0]
            lean = theirs[other, 1]
            ones += weight
            crossed += weight * lean
            squares += weight * lean * lean
            plain += weight * value
            leaning += weight * value * lean
            square += weight * value * value
        determinant = (ones + intercept) * (squares + factor) - crossed * crossed
        a = (plain * (squares + factor) - crossed * leaning) / determinant
        f = ((ones + intercept) * leaning - crossed * plain) / determinant
        mine[one, 0], mine[one, 1] = a, f
        left_over[one] = square - a * plain - f * leaning
        unexplained[one] = plain - a * ones - f * crossed


@compiled
def _solve_many(
    first: int, last: int, starts: Places, others: Numbers, values: Values, weights: Values, theirs: Floats,
    mean: float, intercept: float, factor: float, mine: Floats, left_over: Floats, unexplained: Floats,
) -> None:  # fmt: skip
    """Any number of factors: the normal equations by Cholesky, A = L Lᵀ."""
    size = theirs.shape[1]
    weighed = len(weights) > 0
    system, right, sums = np.empty((size, size)), np.empty(size), np.empty(size)
    for one in range(first, last):
        system[:], right[:] = 0.0, 0.0
        square = 0.0
        for place in range(starts[one], starts[one + 1]):
            other = others[place]
            weight = np.float64(weights[place]) if weighed else 1.0
            value = values[place] - mean - theirs[other, 0]
            square += weight * value * value
            for row in range(size):
                here = weight * (theirs[other, row] if row else 1.0)
                right[row] += here * value
                for column in range(row + 1):
                    system[row, column] += here * (theirs[other, column] if column else 1.0)
        sums[:] = system[:, 0]
        plain = right[0]
        spared = 0.0
        for row in range(size):
            system[row, row] += factor if row else intercept
        for row in range(size):
            for column in range(row + 1):
                value = system[row, column]
                for inner in range(column):
                    value -= system[row, inner] * system[column, inner]
                system[row, column] = np.sqrt(value) if row == column else value / system[column, column]
        for row in range(size):
            value = right[row]
            for inner in range(row):
                value -= system[row, inner] * mine[one, inner]
            mine[one, row] = value / system[row, row]
            spared += mine[one, row] ** 2
        for back in range(size):
            row = size - 1 - back
            value = mine[one, row]
            for inner in range(row + 1, size):
                value -= system[inner, row] * mine[one, inner]
            mine[one, row] = value / system[row, row]
        left_over[one] = square - spared
        for row in range(size):
            plain -= mine[one, row] * sums[row]
        unexplained[one] = plain


@compiled
def _unexplained(value: float, mean: float, mine: Floats, theirs: Floats) -> float:
    """What is left of a value by the parameters of its rater and its note."""
    left = value - mean - mine[0] - theirs[0]
    for factor in range(1, len(mine)):
        left -= mine[factor] * theirs[factor]
    return float(left)


@compiled
def _project(
    first: int, last: int, starts: Places, others: Numbers, values: Values, weights: Values, theirs: Floats,
    mean: float, mine: Floats, leanings: Floats, found: Floats,
) -> None:  # fmt: skip
    weighed = len(weights) > 0
    for one in range(first, last):
        total = 0.0
        for place in range(starts[one], starts[one + 1]):
            value = _unexplained(values[place], mean, mine[one], theirs[others[place]])
            total += (np.float64(weights[place]) if weighed else 1.0) * value * leanings[others[place]]
        found[one] = total


@compiled
def _error(
    first: int, last: int, starts: Places, others: Numbers, values: Values, weights: Values, theirs: Floats,
    mean: float, mine: Floats, found: Floats,
) -> None:  # fmt: skip
    weighed = len(weights) > 0
    for one in range(first, last):
        total = 0.0
        for place in range(starts[one], starts[one + 1]):
            value = _unexplained(values[place], mean, mine[one], theirs[others[place]])
            total += (np.float64(weights[place]) if weighed else 1.0) * value * value
        found[one] = total
