"""What is counted of each note: ratings by side, ticks by tag, and how they weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.notes.decision import Side
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.tags import NOT_HELPFUL_TAGS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

INCORRECT = "notHelpfulIncorrect"
_UNCLEAR = "notHelpfulHardToUnderstand"
"""The one tag that filters no note: it says nothing of whether the note is right."""
_NEAR_PERCENTILE = 40
_SHARPNESS = 5
_FACTOR_ENDS = 0.4


@dataclass(frozen=True, eq=False)
class Sides:
    """Ratings of each note by level (0 not helpful, 1 somewhat, 2 helpful) and by raters' side (notes, 3, 3): with a negative
    factor, with a positive one (or 0), unknown."""

    counts: Counts

    @classmethod
    def clear(cls, ratings: Ratings, factors: Floats, share: float) -> Sides:
        """Of raters whose factor is at least `share` of the raters' median one from 0; the others are of unknown side."""
        if np.isnan(factors).all():
            return cls.of(ratings, factors)
        with np.errstate(invalid="ignore"):
            return cls.of(
                ratings, np.where(np.abs(factors) >= share * np.nanmedian(np.abs(factors)), factors, np.nan)
            )

    @classmethod
    def of(cls, ratings: Ratings, factors: Floats) -> Sides:
        """Counted over all `ratings`; `factors` (raters,), NaN where unknown."""
        side = np.where(np.isnan(factors), 2, np.where(factors < 0, 0, 1))[ratings.raters]
        level = np.where(ratings.values == 1, 2, np.where(ratings.values == 0, 0, 1))
        cells = np.bincount(
            (ratings.notes.astype(np.int64) * 3 + side) * 3 + level, minlength=9 * len(ratings.note_ids)
        )
        return cls(cells.reshape(-1, 3, 3))

    def row(self, note: int) -> tuple[Side, Side, Side]:
        """One note's negative, positive and unplaced raters."""
        return tuple(Side(int(cell[2]), int(cell[1]), int(cell[0])) for cell in self.counts[note])  # type: ignore[return-value]

    @property
    def smaller(self) -> Counts:
        """Ratings on the side that gave fewer (notes,)."""
        return np.asarray(self.counts[:, :2].sum(axis=2).min(axis=1))

    @property
    def means(self) -> Floats:
        """The mean value of each side's ratings (notes, 2), NaN where it gave none."""
        given = self.counts[:, :2].sum(axis=2)
        with np.errstate(invalid="ignore"):
            return np.asarray((self.counts[:, :2, 2] + self.counts[:, :2, 1] / 2) / given)

    @property
    def minority(self) -> Counts:
        """Helpful ratings less not helpful ones, on the side where that is less, at least 0 (notes,)."""
        net = self.counts[:, :2, 2] - self.counts[:, :2, 0]
        return np.asarray(np.clip(net.min(axis=1), 0, None))

    @property
    def placed(self) -> Counts:
        """Ratings by raters whose side is known (notes,)."""
        return np.asarray(self.counts[:, :2].sum(axis=(1, 2)))


@dataclass(frozen=True, eq=False)
class TagWeights:
    """For each not-helpful tag the weight of its ticks on each note, and their share of the weight of all ratings (tags, notes)."""

    tags: tuple[str, ...]
    totals: Floats
    shares: Floats

    @classmethod
    def none(cls, notes: int) -> TagWeights:
        """No tag."""
        return cls((), np.zeros((0, notes)), np.zeros((0, notes)))

    @classmethod
    def of(cls, ratings: Ratings, note_factors: Floats, rater_factors: Floats) -> TagWeights:
        """Ticks weigh by how near the rater's factor is to the note's, both z-scored: 1 / (1 + (distance / d)^5), d being the
        distance that 40% of ratings are within (`tag_filter.py`). Factors are NaN where unknown; such ratings do not count."""
        notes, raters = _z_scored(note_factors)[ratings.notes], _z_scored(rater_factors)[ratings.raters]
        known = ~np.isnan(notes) & ~np.isnan(raters)
        tags = tuple(tag for tag in NOT_HELPFUL_TAGS if tag in ratings.tags and tag != _UNCLEAR)
        count = len(ratings.note_ids)
        if not known.any() or not tags:
            return cls.none(count)
        apart = np.abs(notes - raters)[known]
        scale = np.percentile(apart, _NEAR_PERCENTILE) or 1.0
        weights = 1.0 / (1.0 + (apart / scale) ** _SHARPNESS)
        of = ratings.notes[known]
        all_weights = np.bincount(of, weights=weights, minlength=count)
        totals = np.array(
            [np.bincount(of, weights=weights * ratings.tags[tag][known], minlength=count) for tag in tags]
        )
        with np.errstate(invalid="ignore"):
            return cls(tags, totals, np.nan_to_num(totals / all_weights))


@dataclass(frozen=True, eq=False)
class Incorrect:
    """Ticks of "incorrect" by raters near a note, beside how often these tick it: all (notes,)."""

    ticks: Floats
    raters: Counts
    weight: Floats

    @classmethod
    def none(cls, notes: int) -> Incorrect:
        """No tick."""
        return cls(np.zeros(notes), np.zeros(notes, np.int64), np.zeros(notes))

    @classmethod
    def of(cls, ratings: Ratings, note_factors: Floats, rater_factors: Floats, width: float) -> Incorrect:
        """Of raters whose factor, cut to ±0.4, is within `width` of the note's, and ratings with a not-helpful tag: the
        number of "incorrect", over log(1 + the sum of the shares of their tagged ratings that say so) (`incorrect_filter.py`)."""
        count = len(ratings.note_ids)
        tagged = any_tag(ratings)
        incorrect = ratings.ticked(INCORRECT)
        given = np.bincount(ratings.raters[tagged], minlength=len(ratings.rater_ids))
        said = np.bincount(ratings.raters[tagged & incorrect], minlength=len(ratings.rater_ids))
        share = said / np.maximum(1, given)
        cut = (np.clip(factors, -_FACTOR_ENDS, _FACTOR_ENDS) for factors in (rater_factors, note_factors))
        raters, notes = cut
        with np.errstate(invalid="ignore"):
            near = tagged & (np.abs(raters[ratings.raters] - notes[ratings.notes]) < width)
        of = ratings.notes[near]
        ticks = np.bincount(of, weights=incorrect[near], minlength=count).astype(np.float64)
        usual = np.bincount(of, weights=share[ratings.raters[near]], minlength=count)
        weight = np.divide(ticks, np.log1p(usual), out=np.zeros(count), where=usual > 0)
        return cls(ticks, np.bincount(of, minlength=count), weight)


def any_tag(ratings: Ratings) -> Flags:
    """Which ratings have a not-helpful tag (n,)."""
    found = np.zeros(len(ratings), np.bool_)
    for tag in NOT_HELPFUL_TAGS:
        found |= ratings.ticked(tag)
    return found


def _z_scored(factors: Floats) -> Floats:
    if np.isnan(factors).all():
        return factors
    return np.asarray((factors - np.nanmean(factors)) / (np.nanstd(factors) or 1.0))
