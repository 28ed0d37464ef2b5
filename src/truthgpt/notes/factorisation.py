"""What raters say of notes, explained by what all would say and by a leaning of both: the model and its minimum.

A value r of rater u on note n is taken for

    r̂ = μ + a_u + b_n + f_u · g_n,

and what is least is the mean of w (r − r̂)², weights w scaled to a mean of 1, plus 0.15 (μ² + mean a² + mean b²) and 0.03
(mean |f|² + mean |g|²), means over the raters and the notes that have ratings: Community Notes' published code
(`matrix_factorization.py:419-469`; S. Wojcik et al., "Birdwatch", arXiv:2210.15723, 2022). Intercepts cost more than
factors, so that what leanings can explain is not held for agreement.

Given the notes, what is best for each rater is the solution of a small linear system, and the other way round. An
iteration solves for all raters, then for all notes, and then for μ, each exactly (alternating least squares). Its
fixed point is sought by `acceleration`. The loss is known at each point for nothing, since a rater's best
numbers come with what they leave unexplained; a point that raises it is given up for the plain iteration's.

Each thing is solved by itself, from its ratings in their order, and sums run over things in theirs. So the result is
the same to the last bit for any number of threads.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from truthgpt.notes.acceleration import Memory
from truthgpt.notes.cancelling import check
from truthgpt.notes.incidence import Numbers
from truthgpt.notes.sides import Flags, Floats, Side, Values

INTERCEPT, FACTOR = 0.15, 0.03
"""What the square of an intercept and that of a factor weigh beside a squared error."""
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
        self.notes = Side(notes, raters, values, scaled, note_count, workers)
        self.raters = Side(raters, notes, values, scaled, rater_count, workers)
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
        memory = Memory()
        losses: list[float] = []
        moved = np.inf
        plain = point = _packed(mean, notes)
        while True:
            check()
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
