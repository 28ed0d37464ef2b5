"""What raters say of notes, explained by what all would say and by a leaning of both: the model and its minimum.

A value r of rater u on note n is taken for

    r̂ = μ + a_u + b_n + f_u · g_n,

and what is least is the mean of w (r − r̂)², weights w scaled to a mean of 1, plus 0.15 (μ² + mean a² + mean b²) and 0.03
(mean |f|² + mean |g|²), means over the raters and the notes that have ratings: Community Notes' published code
(`matrix_factorization.py:419-469`; S. Wojcik et al., "Birdwatch", arXiv:2210.15723, 2022). Intercepts cost more than
factors, so that what leanings can explain is not held for agreement.

Given the notes, what is best for each rater is the solution of a small linear system, and the other way round. An
iteration solves for all raters, then for all notes, and then for μ, each exactly (alternating least squares). Its
fixed point is sought by Anderson acceleration (D. G. Anderson 1965; H. F. Walker and P. Ni 2011): the next point is the
mixture of the last few whose step would be smallest. The loss is known at each point for nothing, since a rater's best
numbers come with what they leave unexplained; a point that raises it is given up for the plain iteration's.

Each thing is solved by itself, from its ratings in their order, and sums run over things in theirs. So the result is
the same to the last bit for any number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.notes.incidence import Numbers, Places, grouped

Floats: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]

INTERCEPT, FACTOR = 0.15, 0.03
"""What the square of an intercept and that of a factor weigh beside a squared error."""
REMEMBERED = 8
"""Points that the acceleration mixes."""
SMALL = 300_000
"""Ratings below which one thread is faster than several."""
_WARM_UP, _POWER = 4, 6
"""Iterations of intercepts alone, and then of the power iteration, for the start."""
_ALIKE = 1e-9
"""What is known of raters by which none differs from their mean further."""
_SMALLEST = 1e-12
"""Where nothing is left to explain, no leaning is blown up out of rounding."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """μ, and a row a rater and a note: intercept, then factors (raters, 1 + factors), (notes, 1 + factors)."""

    mean: float
    raters: Floats
    notes: Floats

    def explained(self, notes: Numbers, raters: Numbers) -> Floats:
        """What these say of pairs of notes and raters (n,)."""
        left, right = self.raters[raters], self.notes[notes]
        return np.asarray(self.mean + left[:, 0] + right[:, 0] + (left[:, 1:] * right[:, 1:]).sum(axis=1))


@dataclass(frozen=True, eq=False)
class Fitted:
    """The parameters found, and the loss after each iteration (iterations,), which never rises."""

    parameters: Parameters
    losses: Floats
    moved: float
    """How far the last iteration moved a note's intercept or factor at the most."""


class Problem:
    """The ratings of one fit, twice: by rater and by note, so that both are read in a row.

    `notes` and `raters` are int32 (n,), numbers below `note_count` and `rater_count`; `values` and `weights` float32 (n,).
    `ratings_a_note` is what the mean number of ratings a note is taken for (None: what it is); it says how much a note's
    parameters weigh beside its ratings, so that a second round over other ratings keeps the first one's measure.
    """

    def __init__(
        self,
        notes: Numbers,
        raters: Numbers,
        values: Values,
        note_count: int,
        rater_count: int,
        *,
        weights: Values | None = None,
        factors: int = 1,
        intercept: float = INTERCEPT,
        factor: float = FACTOR,
        ratings_a_note: float | None = None,
        threads: int | None = None,
    ) -> None:
        self.factors = factors
        self.intercept, self.factor = intercept, factor
        self.total = float(len(values) if weights is None else weights.sum(dtype=np.float64))
        scaled = (
            None
            if weights is None
            else (weights * (len(values) / max(self.total, _SMALLEST))).astype(np.float32)
        )
        self.size = float(len(values))
        workers = 1 if len(values) < SMALL else threads or os.cpu_count() or 1
        self.notes = _Side(notes, raters, values, scaled, note_count, workers)
        self.raters = _Side(raters, notes, values, scaled, rater_count, workers)
        a_rater = self.size / max(1, self.raters.rated)
        a_note = ratings_a_note or self.size / max(1, self.notes.rated)
        self._rater_ridge, self._note_ridge = (
            (intercept * times, factor * times) for times in (a_rater, a_note)
        )

    def fit(
        self,
        start: Parameters | None = None,
        *,
        iterations: int = 1_000,
        tolerance: float = 1e-6,
        seed: int = 0,
    ) -> Fitted:
        """The least loss that is reached from `start`, or from what the values alone suggest; a note of `start` that is NaN is
        begun at that.

        It ends where an iteration moves no note by more than `tolerance`, or after `iterations`.
        """
        mean, notes = self._from(start, seed) if start else self._start(seed)
        raters = np.zeros((len(self.raters.starts) - 1, 1 + self.factors))
        memory = _Memory()
        losses: list[float] = []
        moved = np.inf
        plain = point = _packed(mean, notes)
        while True:
            mean, notes = _unpacked(point, notes.shape)
            loss = self._raters(mean, notes, raters)
            if losses and loss > losses[-1] and point is not plain:
                # The mixture was worse than what it was mixed from: on from there, without memories.
                memory.forget()
                point = plain
                continue
            losses.append(loss)
            if moved <= tolerance or len(losses) > iterations:
                break
            plain = self._notes(mean, raters, notes.copy())
            moved = float(np.max(np.abs(plain - point), initial=0.0))
            point = memory.mixed(point, plain)
        return Fitted(Parameters(mean, raters, notes), np.array(losses[1:] or losses), moved)

    def loss(self, parameters: Parameters) -> float:
        """What is minimised, at `parameters`."""
        left, right = parameters.raters, parameters.notes
        spent = self.raters.error(left, right, parameters.mean)
        spent += _ridged(left, self._rater_ridge) + _ridged(right, self._note_ridge)
        return spent / max(1.0, self.size) + self.intercept * parameters.mean**2

    def solve_notes(self, mean: float, raters: Floats) -> Floats:
        """The notes that are best for these raters and this mean, (notes, 1 + factors); 0 where nobody rated one."""
        notes = np.zeros((len(self.notes.starts) - 1, 1 + self.factors))
        self.notes.solve(notes, raters, mean, self._note_ridge)
        return notes

    def solve_some_notes(self, notes: Floats, which: Flags, mean: float, raters: Floats) -> None:
        """Solves those of `notes` that `which` (notes,) marks, in place."""
        self.notes.solve_some(np.flatnonzero(which), notes, raters, mean, self._note_ridge)

    def solve_some_raters(self, raters: Floats, which: Flags, mean: float, notes: Floats) -> None:
        """Solves those of `raters` that `which` (raters,) marks, in place."""
        self.raters.solve_some(np.flatnonzero(which), raters, notes, mean, self._rater_ridge)

    def _raters(self, mean: float, notes: Floats, raters: Floats) -> float:
        """Solves the raters in place; the loss."""
        self.raters.solve(raters, notes, mean, self._rater_ridge)
        spent = float(self.raters.left_over.sum()) + _ridged(notes, self._note_ridge)
        return spent / max(1.0, self.size) + self.intercept * mean**2

    def _notes(self, mean: float, raters: Floats, notes: Floats) -> Floats:
        """Solves the notes in place, then the mean; both, packed."""
        self.notes.solve(notes, raters, mean, self._note_ridge)
        unexplained = float(self.notes.unexplained.sum())
        mean = (mean * self.size + unexplained) / (max(1.0, self.size) * (1 + self.intercept))
        return _packed(mean, notes)

    def _start(self, seed: int) -> tuple[float, Floats]:
        """Intercepts alone, and the first singular vectors of what they leave unexplained.

        With few ratings a note there are many minima, and the start decides which is reached. This one ended at a lower
        loss than random numbers did wherever these differed. The vectors are sought from mixtures of what is known of each
        rater, drawn with `seed`, and not from a number for each: so other names, or another order, change nothing.
        """
        notes = np.zeros((len(self.notes.starts) - 1, 1 + self.factors))
        raters = np.zeros((len(self.raters.starts) - 1, 1 + self.factors))
        mean = 0.0
        frozen = (self.intercept, 1e30)  # factors so dear that they stay at 0
        for _ in range(_WARM_UP):
            self.raters.solve(raters, notes, mean, (self._rater_ridge[0], frozen[1]))
            self.notes.solve(notes, raters, mean, (self._note_ridge[0], frozen[1]))
            mean = (mean * self.size + float(self.notes.unexplained.sum())) / (
                max(1.0, self.size) * (1 + self.intercept)
            )
        dice = np.random.default_rng(seed)
        for number in range(1, 1 + self.factors):
            theirs = self._hint(raters, notes, mean, dice)
            for _ in range(_POWER):
                leanings = _unit(self.notes.project(theirs, notes, raters, mean))
                theirs = _unit(self.raters.project(leanings, raters, notes, mean))
            notes[:, number] = leanings
            if number < self.factors:  # what is left is for the next
                self.raters.solve(raters, notes, mean, self._rater_ridge)
        return mean, notes

    def _from(self, start: Parameters, seed: int) -> tuple[float, Floats]:
        """`start`, with what the values suggest for the notes that it does not know: at a factor of 0 they would stay there.

        What is suggested is known but for its sign and scale, which are taken from the notes that both have."""
        notes, strange = start.notes.copy(), np.isnan(start.notes[:, 0])
        if strange.any():
            _, suggested = self._start(seed)
            for factor in range(1, notes.shape[1]):
                mine, theirs = suggested[~strange, factor], notes[~strange, factor]
                squares = float((mine**2).sum())
                scale = float((mine * theirs).sum()) / squares if squares > _SMALLEST else 1.0
                notes[strange, factor] = suggested[strange, factor] * (scale or 1.0)
            notes[strange, 0] = suggested[strange, 0]
        return start.mean, notes

    def _hint(self, raters: Floats, notes: Floats, mean: float, dice: np.random.Generator) -> Floats:
        """A mixture of what is known of the raters (raters,): intercepts, numbers of ratings, how much of them is unexplained,
        and how that goes with notes' intercepts and numbers. Plain random numbers where all raters are alike in these."""
        activity, popularity = (
            np.log1p(np.diff(side.starts).astype(np.float64)) for side in (self.raters, self.notes)
        )
        columns = (
            raters[:, 0],
            activity,
            self.raters.left_over,
            self.raters.project(notes[:, 0], raters, notes, mean),
            self.raters.project(popularity, raters, notes, mean),
        )
        known = [column - column.mean() for column in columns] if len(raters) else []
        told = [_unit(column) for column in known if np.abs(column).max(initial=0.0) > _ALIKE]
        if not told:
            return dice.normal(size=len(raters))
        return _unit(np.column_stack(told) @ dice.normal(size=len(told)))


class _Side:
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


class _Memory:
    """The last points, as where the iteration took each and how far: Anderson's mixture, of type II."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._taken: list[Floats] = []
        self._steps: list[Floats] = []
        self._products = np.zeros((0, 0))
        """Of each two steps."""

    def mixed(self, point: Floats, taken: Floats) -> Floats:
        """The next point, after `point` was taken to `taken`; that itself while there is nothing to mix."""
        self._taken.append(taken)
        self._steps.append(taken - point)
        row = [float((self._steps[-1] * step).sum()) for step in self._steps]
        self._products = np.block([[self._products, np.array([row[:-1]]).T], [np.array([row])]])
        del self._taken[:-REMEMBERED], self._steps[:-REMEMBERED]
        self._products = self._products[-REMEMBERED:, -REMEMBERED:]
        if len(self._steps) < 3:
            return taken
        # Of the steps less the last one, which the shares make as small as can be.
        last = self._products[-1]
        inner = (self._products - last[:, None] - last[None, :] + last[-1])[:-1, :-1]
        inner[np.diag_indices_from(inner)] += 1e-10 * np.trace(inner) + _SMALLEST**2
        shares = np.linalg.solve(inner, last[-1] - last[:-1])
        mixed = taken * (1.0 - shares.sum())
        for share, other in zip(shares, self._taken[:-1], strict=True):
            mixed += share * other
        return np.asarray(mixed)


def _packed(mean: float, notes: Floats) -> Floats:
    return np.concatenate([[mean], notes.ravel()])


def _unpacked(point: Floats, shape: tuple[int, ...]) -> tuple[float, Floats]:
    return float(point[0]), point[1:].reshape(shape)


def _ridged(parameters: Floats, ridge: tuple[float, float]) -> float:
    squares = parameters**2
    return ridge[0] * float(squares[:, 0].sum()) + ridge[1] * float(squares[:, 1:].sum())


def _unit(leanings: Floats) -> Floats:
    """Scaled to a mean square of 1."""
    return np.asarray(
        leanings / max(_SMALLEST, float(np.sqrt(np.mean(leanings**2))) if len(leanings) else 1.0)
    )


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
def _project(
    first: int, last: int, starts: Places, others: Numbers, values: Values, weights: Values, theirs: Floats,
    mean: float, mine: Floats, leanings: Floats, found: Floats,
) -> None:  # fmt: skip
    weighed = len(weights) > 0
    for one in range(first, last):
        total = 0.0
        for place in range(starts[one], starts[one + 1]):
            other = others[place]
            value = values[place] - mean - theirs[other, 0] - mine[one, 0]
            for factor in range(1, mine.shape[1]):
                value -= mine[one, factor] * theirs[other, factor]
            total += (np.float64(weights[place]) if weighed else 1.0) * value * leanings[other]
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
            other = others[place]
            value = values[place] - mean - theirs[other, 0] - mine[one, 0]
            for factor in range(1, mine.shape[1]):
                value -= mine[one, factor] * theirs[other, factor]
            total += (np.float64(weights[place]) if weighed else 1.0) * value * value
        found[one] = total
