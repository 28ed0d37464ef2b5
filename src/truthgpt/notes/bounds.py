"""What a note's intercept would be after one more rating of the most extreme kind: its upper and its lower bound.

Source: `pseudo_raters.py` of the published scorer. For the upper bound a helpful rating is added by a rater with the least
intercept of all, and the least, no, or the greatest factor; for the lower a not helpful one by one with the greatest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.notes.bridging import BridgingModel
from truthgpt.notes.ratings import Ratings

Floats = npt.NDArray[np.float64]


def bounds(model: BridgingModel, ratings: Ratings) -> tuple[Floats, Floats]:
    """Lower and upper bound (notes of the model,) of a model with one factor that `ratings` of its own raters were given to."""
    ids, theirs = model.notes_.ids, model.raters_.rows
    places = {one: place for place, one in enumerate(ratings.note_ids)}
    number = np.full(len(ratings.note_ids), -1)
    number[[places[one] for one in ids]] = np.arange(len(ids))
    raters = model.raters_.of(ratings.rater_ids)[ratings.raters]
    known = ~np.isnan(raters[:, 0]) & (number[ratings.notes] >= 0)
    notes, raters = number[ratings.notes[known]], raters[known]
    values = ratings.values[known] - model.mean_ - raters[:, 0]
    weights = np.ones(len(values)) if ratings.weights is None else ratings.weights[known].astype(np.float64)
    weights *= len(weights) / max(1e-12, float(weights.sum()))  # as the fit scales them

    def summed(column: Floats) -> Floats:
        return np.asarray(np.bincount(notes, weights=weights * column, minlength=len(ids)), np.float64)

    lean = raters[:, 1]
    sums = (summed(np.ones(len(lean))), summed(lean), summed(lean**2), summed(values), summed(values * lean))
    # One more rating a note is in the mean that the ridge is measured by.
    measure = (len(values) + len(ids)) / max(1, len(ids))
    ridge = (model.intercept * measure, model.factor * measure)
    factors = (theirs[:, 1].min(), 0.0, theirs[:, 1].max())
    found = [model.notes_.intercepts]
    for value, extreme in ((1.0, theirs[:, 0].min()), (0.0, theirs[:, 0].max())):
        found += [_intercepts(sums, ridge, value - model.mean_ - extreme, factor) for factor in factors]
    everything = np.array(found)
    return everything.min(axis=0), everything.max(axis=0)


def _intercepts(sums: tuple[Floats, ...], ridge: tuple[float, float], value: float, factor: float) -> Floats:
    """The intercepts that solve the normal equations with one rating more."""
    ones, crossed, squares, plain, leaning = sums
    ones, crossed = ones + 1 + ridge[0], crossed + factor
    squares, plain, leaning = squares + factor**2 + ridge[1], plain + value, leaning + value * factor
    return np.asarray((plain * squares - crossed * leaning) / (ones * squares - crossed**2))
