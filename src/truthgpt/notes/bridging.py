"""The bridging model: a note is as helpful as raters of either side would find it, their leanings taken away.

    model = BridgingModel().fit(ratings)
    model.notes_.intercepts            # what all would say of each note, above the mean
    model.fit_notes(more)              # the second round: these raters, other ratings
    model.update(ratings, changed)     # new ratings, without a fit of all

See `factorisation` for the formula and its minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes import incremental
from truthgpt.notes.factorisation import FACTOR, INTERCEPT, Parameters, Problem
from truthgpt.notes.incidence import Numbers
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.sides import Floats


@dataclass(frozen=True, eq=False)
class Estimates:
    """What was found of notes, or of raters: those with a rating in the fit, by id.

    `intercepts` (n,), `factors` (n, factors), `ratings` (n,) how many of each were used.
    """

    ids: tuple[str, ...]
    intercepts: Floats
    factors: Floats
    ratings: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each id stands."""
        return {one: place for place, one in enumerate(self.ids)}

    @property
    def rows(self) -> Floats:
        """Intercept and factors side by side (n, 1 + factors)."""
        return np.column_stack([self.intercepts, self.factors])

    def of(self, ids: tuple[str, ...]) -> Floats:
        """Intercept and factors of `ids`, in their order; NaN for those that are not here."""
        found = np.full((len(ids), 1 + self.factors.shape[1]), np.nan)
        places = np.array([self.places.get(one, -1) for one in ids], np.int64)
        found[places >= 0] = self.rows[places[places >= 0]]
        return found


_STRANGE = 0.001
"""Share of ratings by strangers on strange notes from which a model is fitted anew: nothing in it tells their sides."""


class BridgingModel:
    """Matrix factorisation of ratings with `factors` leanings; `fit` gives `notes_`, `raters_`, `mean_` and `loss_`.

    `intercept` and `factor` are what squares weigh in the loss. `seed` is of the numbers that the start is sought from; with
    any `threads` (None: one a core) the result is the same to the last bit. Signs are not identified: each factor's is
    such that more raters have a negative one than a positive (where as many do, their sum is not positive). Nor are
    directions, of several factors: they are the principal axes of the raters', the longest first.
    """

    notes_: Estimates
    raters_: Estimates
    mean_: float
    """μ, what ratings are on the whole."""
    loss_: float
    """What is minimised, at the end."""
    losses_: Floats
    """The same after each iteration; never rises."""

    def __init__(
        self,
        *,
        factors: int = 1,
        intercept: float = INTERCEPT,
        factor: float = FACTOR,
        iterations: int = 1_000,
        tolerance: float = 1e-6,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        if factors < 1 or iterations < 1 or intercept <= 0 or factor <= 0:
            raise BadInputError("factors and iterations are at least 1, and what squares weigh is above 0")
        self.factors = factors
        self.intercept, self.factor = intercept, factor
        self.iterations, self.tolerance = iterations, tolerance
        self.seed, self.threads = seed, threads

    def fit(self, ratings: Ratings, *, start: BridgingModel | None = None) -> Self:
        """Finds the parameters of `ratings`, beginning at those of `start` where there are any.

        Raises `BadInputError` where there is no rating, or `start` has another number of factors.
        """
        compact = _Compact(ratings)
        problem = self._problem(compact)
        begun = None
        if start is not None:
            if start.factors != self.factors:
                raise BadInputError(f"the start has {start.factors} factors, the model {self.factors}")
            begun = Parameters(
                start.mean_, np.zeros((0, 1 + self.factors)), start.notes_.of(compact.note_ids)
            )
        found = problem.fit(begun, iterations=self.iterations, tolerance=self.tolerance, seed=self.seed)
        self.losses_ = found.losses
        return self._take(compact, found.parameters, float(found.losses[-1]))

    def fit_notes(self, ratings: Ratings, *, ratings_a_note: float | None = None) -> BridgingModel:
        """A model of `ratings` with the raters and the mean of this one, held as they are: the second round.

        Ratings by raters that this model does not know are left out. `ratings_a_note` is the mean number of ratings a note
        that a note's parameters are weighed by (None: that of `ratings`). Exact, in one pass.
        """
        known = np.array([one in self.raters_.places for one in ratings.rater_ids], np.bool_)
        compact = _Compact(ratings.only(known[ratings.raters]))
        problem = self._problem(compact, ratings_a_note=ratings_a_note)
        raters = self.raters_.of(compact.rater_ids)
        parameters = Parameters(self.mean_, raters, problem.solve_notes(self.mean_, raters))
        made = self._like()
        made.losses_ = np.array([problem.loss(parameters)])
        made._keep(compact, parameters, float(made.losses_[-1]))
        return made

    def update(
        self, ratings: Ratings, changed: npt.NDArray[np.bool_], *, tolerance: float = 1e-3
    ) -> BridgingModel:
        """The model of all `ratings`, of which those `changed` (n,) are new or other than when this one was fitted.

        Only what they move is solved again: the notes and raters that have them, then those who share a rating with one
        that moved by more than `tolerance`, and so on (`incremental`). Where they move most of it, or come from strangers
        on strange notes, about whom this model says nothing, all is fitted from here. Ratings taken away since are not
        seen; fit anew.
        """
        if changed.shape != (len(ratings),):
            raise BadInputError(f"{changed.shape} says which are new of {len(ratings)} ratings")
        compact = _Compact(ratings)
        notes, raters = self.notes_.of(compact.note_ids), self.raters_.of(compact.rater_ids)
        strange = np.isnan(notes[compact.notes, 0]) & np.isnan(raters[compact.raters, 0])
        problem = self._problem(compact)
        begun = Parameters(self.mean_, np.nan_to_num(raters), np.nan_to_num(notes))
        found = None
        if strange.sum() <= _STRANGE * len(ratings):
            found = incremental.update(
                problem, begun, compact.notes[changed], compact.raters[changed], tolerance
            )
        made = self._like()
        if found is None:
            return made.fit(ratings, start=self)
        made.losses_ = np.array([problem.loss(found)])
        made._keep(compact, found, float(made.losses_[-1]))
        return made

    def _like(self) -> BridgingModel:
        return BridgingModel(
            factors=self.factors,
            intercept=self.intercept,
            factor=self.factor,
            iterations=self.iterations,
            tolerance=self.tolerance,
            seed=self.seed,
            threads=self.threads,
        )

    def _problem(self, compact: _Compact, *, ratings_a_note: float | None = None) -> Problem:
        return Problem(
            compact.notes,
            compact.raters,
            compact.ratings.values,
            len(compact.note_ids),
            len(compact.rater_ids),
            weights=compact.ratings.weights,
            factors=self.factors,
            intercept=self.intercept,
            factor=self.factor,
            ratings_a_note=ratings_a_note,
            threads=self.threads,
        )

    def _take(self, compact: _Compact, found: Parameters, loss: float) -> Self:
        turn = _turn(found.raters[:, 1:])
        raters, notes = found.raters.copy(), found.notes.copy()
        raters[:, 1:], notes[:, 1:] = raters[:, 1:] @ turn, notes[:, 1:] @ turn
        self._keep(compact, Parameters(found.mean, raters, notes), loss)
        return self

    def _keep(self, compact: _Compact, found: Parameters, loss: float) -> None:
        self.mean_, self.loss_ = found.mean, loss
        self.notes_ = Estimates(compact.note_ids, found.notes[:, 0], found.notes[:, 1:], compact.per_note)
        self.raters_ = Estimates(
            compact.rater_ids, found.raters[:, 0], found.raters[:, 1:], compact.per_rater
        )


class _Compact:
    """Ratings whose notes and raters are numbered without gaps: who has no rating has no number."""

    def __init__(self, ratings: Ratings) -> None:
        if not len(ratings):
            raise BadInputError("there are no ratings to learn from")
        self.ratings = ratings
        self.notes, self.note_ids, self.per_note = _without_gaps(
            ratings.notes, ratings.per_note(), ratings.note_ids
        )
        self.raters, self.rater_ids, self.per_rater = _without_gaps(
            ratings.raters, ratings.per_rater(), ratings.rater_ids
        )


def _without_gaps(
    numbers: Numbers, counts: npt.NDArray[np.int64], ids: tuple[str, ...]
) -> tuple[Numbers, tuple[str, ...], npt.NDArray[np.int64]]:
    used = counts > 0
    if used.all():
        return numbers, ids, counts
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return places[numbers], tuple(ids[place] for place in np.flatnonzero(used)), counts[used]


def _turn(leanings: Floats) -> Floats:
    """The rotation (factors, factors) to the raters' principal axes, and the signs of the class's rule."""
    turn = np.eye(leanings.shape[1])
    if leanings.shape[1] > 1:
        _, axes = np.linalg.eigh(leanings.T @ leanings)
        turn = axes[:, ::-1]
    turned = leanings @ turn
    negative, positive = (turned < 0).sum(axis=0), (turned > 0).sum(axis=0)
    flipped = (positive > negative) | ((positive == negative) & (turned.sum(axis=0) > 0))
    return np.asarray(turn * np.where(flipped, -1.0, 1.0))
