"""The same factorisation for boxes that are ticked or not: whether a note was found careless, or abusive.

The log-odds that rater u ticks the box on note n are

    μ + a_u + s_u b_n + f_u g_n,

s being what u's ticks are worth (1 where it is not learned), and what is least is the mean of the weighted log-loss plus
means of the squares, each with its own weight. Raters, notes and μ take turns, a few Newton steps each.

`careless` is the published scorer's low-diligence model (`reputation_matrix_factorization/diligence_model.py`), `consensus`
its model of one tag (`tag_consensus.py`), both at their losses' minimum, where the published code stops after 300 steps.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.notes.cancelling import check
from truthgpt.notes.incidence import Numbers, Places, grouped

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Part = Literal["mean", "rater", "worth", "rater leaning", "note", "note leaning"]

_SWEEPS, _STEPS = 100, 3
_MOVED = 1e-3
"""Where no parameter moves further in a sweep, it ends."""
_FARTHEST = 2.0
"""Of a Newton step: beyond it a logistic curve is flat."""


@dataclass(frozen=True, slots=True)
class Squares:
    """What the mean square of each parameter weighs beside the mean log-loss."""

    mean: float
    rater: float
    note: float
    leaning: float
    worth: float = 0.0


CARELESS = Squares(mean=0.0, rater=0.3, note=0.03, leaning=0.03, worth=1.5)
CONSENSUS = Squares(mean=0.15, rater=0.15, note=0.15, leaning=0.03)


@dataclass(eq=False)
class Ticks:
    """Who ticked what: `notes` and `raters` int32 (n,), `ticked` (n,); and the parameters, which fits change in place."""

    notes: Numbers
    raters: Numbers
    ticked: Flags
    note_count: int
    rater_count: int
    squares: Squares
    mean: float = 0.0
    rater: Floats = field(init=False)
    """Intercept, leaning, worth (raters, 3)."""
    note: Floats = field(init=False)
    """Intercept, leaning (notes, 2)."""

    def __post_init__(self) -> None:
        self.rater = np.zeros((self.rater_count, 3))
        self.rater[:, 2] = 1.0
        self.note = np.zeros((self.note_count, 2))
        self._by_note, self._by_rater = (
            grouped(self.notes, self.note_count),
            grouped(self.raters, self.rater_count),
        )

    def fit(self, weights: Floats, learned: Collection[Part]) -> None:
        """Fits the parts `learned` to the ticks, weighed by `weights` (n,); the others stay."""
        a_note = len(self.ticked) / max(1, int(np.count_nonzero(np.diff(self._by_note.starts))))
        a_rater = len(self.ticked) / max(1, int(np.count_nonzero(np.diff(self._by_rater.starts))))
        squares = self.squares
        rater_ridge = np.array([squares.rater, squares.leaning, squares.worth]) * a_rater
        note_ridge = np.array([squares.note, squares.leaning]) * a_note
        free_rater = np.array([part in learned for part in ("rater", "rater leaning", "worth")])
        free_note = np.array([part in learned for part in ("note", "note leaning")])
        for _ in range(_SWEEPS):
            check()
            moved = 0.0
            if free_rater.any():
                features = np.column_stack([np.ones(self.note_count), self.note[:, 1], self.note[:, 0]])
                moved = max(moved, _newton(
                    self._by_rater.order, self._by_rater.starts, self.notes, self.ticked, weights, features,
                    np.zeros(self.note_count), self.mean, rater_ridge, free_rater, self.rater, _STEPS,
                ))  # fmt: skip
            if free_note.any():
                features = np.ascontiguousarray(self.rater[:, [2, 1]])
                moved = max(moved, _newton(
                    self._by_note.order, self._by_note.starts, self.raters, self.ticked, weights, features,
                    self.rater[:, 0].copy(), self.mean, note_ridge, free_note, self.note, _STEPS,
                ))  # fmt: skip
            if "mean" in learned:
                moved = max(moved, self._fit_mean(weights))
            if moved <= _MOVED:
                return

    def _fit_mean(self, weights: Floats) -> float:
        """One Newton step of μ; how far it went."""
        left, right = self.rater[self.raters], self.note[self.notes]
        odds = self.mean + left[:, 0] + left[:, 2] * right[:, 0] + left[:, 1] * right[:, 1]
        chance = 0.5 * (1.0 + np.tanh(odds / 2))
        ridge = 2 * self.squares.mean * len(odds)
        slope = float((weights * (chance - self.ticked)).sum()) + ridge * self.mean
        bend = float((weights * chance * (1 - chance)).sum()) + ridge
        step = float(np.clip(-slope / max(bend, 1e-9), -_FARTHEST, _FARTHEST))
        self.mean += step
        return abs(step)


def careless(notes: Numbers, raters: Numbers, ticked: Flags, leanings: Floats, note_count: int) -> Floats:
    """How careless raters of all sides find each note (notes,): the intercept of the low-diligence model.

    `ticked` (n,) says that a rating calls a note incorrect, its sources missing or beside the point; `leanings` (raters,) are
    where the helpfulness model put the raters, at which these begin. Notes without a rating are 0.
    """
    ticks = Ticks(notes, raters, ticked, note_count, len(leanings), CARELESS)
    ticks.rater[:, 1] = leanings
    heavy = np.where(ticked, 100.0, 1.0)
    ticks.fit(heavy, ("mean", "rater", "rater leaning", "note", "note leaning"))
    ticks.fit(heavy, ("mean", "rater", "rater leaning", "worth", "note leaning"))
    # Third round: what ticks are worth weighs them, and a note counts by the root of its weight.
    weights = np.where(ticked, 500.0, 1.0) * ((0.1 + np.sqrt(np.clip(ticks.rater[raters, 2], 0, None))) / 1.1)
    weights *= (np.bincount(notes, weights=weights, minlength=note_count) + 2.0**-20)[notes] ** -0.5
    ticks.fit(weights, ("mean", "rater", "note"))
    return np.asarray(ticks.note[:, 0])


def consensus(
    notes: Numbers, raters: Numbers, ticked: Flags, rater_leanings: Floats, note_leanings: Floats
) -> Floats:
    """How far raters of all sides agree on a tag of each note (notes,): its intercept in log-odds.

    `rater_leanings` (raters,) and `note_leanings` (notes,) are those of the helpfulness model, from which it begins. Zero
    everywhere where the tag was ticked never or always.
    """
    share = float(ticked.mean()) if len(ticked) else 0.0
    if not 0 < share < 1:
        return np.zeros(len(note_leanings))
    ticks = Ticks(notes, raters, ticked, len(note_leanings), len(rater_leanings), CONSENSUS)
    ticks.rater[:, 1], ticks.note[:, 1] = 2 * rater_leanings, 2 * note_leanings
    ticks.fit(
        np.where(ticked, (1 - share) / share, 1.0), ("mean", "rater", "rater leaning", "note", "note leaning")
    )
    return np.asarray(ticks.note[:, 0])


@compiled
def _newton(
    order: Places, starts: Places, others: Numbers, ticked: Flags, weights: Floats, features: Floats,
    offsets: Floats, mean: float, ridge: Floats, free: Flags, found: Floats, steps: int,
) -> float:  # fmt: skip
    """A few Newton steps for each thing; how far the farthest went in its first."""
    size = found.shape[1]
    bend, slope = np.empty((size, size)), np.empty(size)
    farthest = 0.0
    for one in range(len(starts) - 1):
        if starts[one] == starts[one + 1]:
            continue
        for step in range(steps):
            bend[:], slope[:] = 0.0, 0.0
            for at in range(starts[one], starts[one + 1]):
                row = order[at]
                other = others[row]
                odds = mean + offsets[other]
                for column in range(size):
                    odds += found[one, column] * features[other, column]
                chance = 0.5 * (1.0 + np.tanh(odds / 2))
                off = weights[row] * (chance - (1.0 if ticked[row] else 0.0))
                flat = weights[row] * chance * (1.0 - chance)
                for column in range(size):
                    slope[column] += off * features[other, column]
                    for beside in range(column + 1):
                        bend[column, beside] += flat * features[other, column] * features[other, beside]
            for column in range(size):
                slope[column] += 2 * ridge[column] * found[one, column]
                bend[column, column] += 2 * ridge[column] + 1e-9
                if not free[column]:
                    slope[column] = 0.0
                    for beside in range(size):
                        bend[max(column, beside), min(column, beside)] = 0.0
                    bend[column, column] = 1.0
            for column in range(size):
                for beside in range(column + 1):
                    value = bend[column, beside]
                    for inner in range(beside):
                        value -= bend[column, inner] * bend[beside, inner]
                    bend[column, beside] = (
                        np.sqrt(max(value, 1e-12)) if column == beside else value / bend[beside, beside]
                    )
            for column in range(size):
                for inner in range(column):
                    slope[column] -= bend[column, inner] * slope[inner]
                slope[column] /= bend[column, column]
            for back in range(size):
                column = size - 1 - back
                for inner in range(column + 1, size):
                    slope[column] -= bend[inner, column] * slope[inner]
                slope[column] /= bend[column, column]
            longest = 0.0
            for column in range(size):
                longest = max(longest, abs(slope[column]))
            scale = 1.0 if longest <= 2.0 else 2.0 / longest
            for column in range(size):
                found[one, column] -= scale * slope[column]
            if step == 0:
                farthest = max(farthest, min(longest, 2.0))
            if longest < 1e-4:
                break
    return farthest
