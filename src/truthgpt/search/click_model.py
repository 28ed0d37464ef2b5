"""What was clicked of what was shown in; how often each place is looked at, and trees that say what is wanted, out.

A post is clicked where it was looked at and is wanted (the position-based model, Craswell et al. 2008). Both are reckoned from the clicks by
turns, so that what always stood at the top is not taken for better (after Wang et al. 2018, whose regression EM fits the trees anew
each turn; here each tree is a turn). What is wanted begins with the score of the trees that ship, and the new trees are what the clicks say
beside it. Needs the extra `ranker`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.rerank import EVERY, Trees, ranker
from truthgpt.search.rerank.features import Floats

STEPS, TREES = 30, 120
"""Turns of the two reckonings before the first tree; trees that say what is wanted, at the most."""
_LEAF = 40
SETTINGS = {
    "objective": "none",
    "num_leaves": 15,
    "max_depth": 5,
    "learning_rate": 0.08,
    "min_data_in_leaf": _LEAF,
    "lambda_l2": 10.0,
    "verbose": -1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # two would wait for each other: a tree of so few rows takes a millisecond
}
_SMALLEST = 0.02
"""How often a place is looked at, at the least: a click there counts fifty times as much as one at the top, and no more."""
_SURE = 1e-6
_TURNS = 3
_LEAST_SLOPE = 0.25
"""What a score by the trees that ship says of what is wanted, at the least: so the new trees never count more than four times as much."""

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shown:
    """Posts that were shown, row by row: what the ranker knows of each (`rows`, (n, len(EVERY))), its score by fusion, its place from 0,
    whether it was clicked, the number of its impression, of which the rows stand together, and in which half (0, 1) the query is: one tells
    what the trees that grew on the other are worth."""

    rows: Floats
    fused: Numbers
    places: Places
    clicked: npt.NDArray[np.bool_]
    impressions: Places
    halves: Places

    def of(self, chosen: npt.NDArray[np.bool_]) -> Shown:
        """The `chosen` (n,) rows."""
        return Shown(*(getattr(self, each.name)[chosen] for each in fields(self)))


def taught(known: Shown) -> tuple[Trees, Numbers]:
    """The trees that the clicks in `known` teach, and how often each place is looked at, the first always."""
    shipped = ranker()
    before = shipped.scores(known.rows, known.fused)
    looks = _Looks(known)
    slope, level = 1.0, 0.0
    for _ in range(STEPS):
        slope, level = looks.line(before, slope, level)
        looks.reckon(_sigmoid(slope * before + level))
    start = slope * before + level
    # Trees know by heart the clicks that they grew on, and would take each other post there for one that nobody wants: how often a place is
    # looked at, and how many trees are best, is told by those that did not grow on it, brought to what they are worth (Platt 1999).
    halves = [known.halves == half for half in (0, 1)]
    if min(int(half.sum()) for half in halves) < 2 * _LEAF:
        raise BadInputError(
            "the clicks are of too few different queries: half of these have to tell what the others teach"
        )
    growing = [
        _Growing(known.rows, start, chosen) for chosen in (*halves[::-1], np.ones(len(start), np.bool_))
    ]
    worth, base = 1.0, 0.0
    best = looks.likelihood(_sigmoid(start)), 0, looks.seen
    for count in range(1, TREES + 1):
        for one in growing:
            one.grow(looks)
        logits = np.where(halves[0], growing[0].logits, growing[1].logits)
        for _ in range(_TURNS):
            worth, base = looks.line(logits, worth, base)
            looks.reckon(_sigmoid(worth * logits + base))
        best = max(
            best,
            (looks.likelihood(_sigmoid(worth * logits + base)), count, looks.seen),
            key=lambda one: one[0],
        )
    _, count, seen = best
    if not count:
        return shipped, seen
    return shipped.and_more(growing[-1].trees(count), 1 / slope), seen


class _Looks:
    """How often each place is looked at (`seen`, from the top), reckoned from what is `known`."""

    def __init__(self, known: Shown) -> None:
        self.places, self.clicked = known.places, known.clicked
        self._shown = np.bincount(known.places)
        rate = np.bincount(known.places, known.clicked) / np.maximum(self._shown, 1)
        self.seen = _bounded(rate / max(float(rate.max()), _SURE))

    def reckon(self, wanted: Numbers) -> None:
        """Anew, where posts (n,) are so likely `wanted`: the share of looks, where a post that was clicked was looked at, and another
        was passed over or not wanted."""
        for _ in range(_TURNS):
            looked = self.seen[self.places]
            unseen = looked * (1 - wanted) / np.maximum(1 - looked * wanted, _SURE)
            at = np.where(self.clicked, 1.0, unseen)
            self.seen = _bounded(np.bincount(self.places, at) / np.maximum(self._shown, 1))

    def likelihood(self, wanted: Numbers) -> float:
        """The mean logarithm of how likely the clicks are, where posts (n,) are so likely `wanted`."""
        clicked = np.clip(self.seen[self.places] * wanted, _SURE, 1 - _SURE)
        return float(np.log(np.where(self.clicked, clicked, 1 - clicked)).mean())

    def slopes(self, logits: Numbers, chosen: npt.NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Of the `chosen` posts, of which the log-odds to be wanted are `logits` (n,), how the loss of their clicks falls with these, and its
        expected curve (Fisher's information): a click has the probability looked times wanted."""
        looked, wanted = self.seen[self.places[chosen]], _sigmoid(logits[chosen])
        left = np.maximum(1 - looked * wanted, _SURE)
        passed = looked * wanted * (1 - wanted) / left
        return np.where(self.clicked[chosen], wanted - 1, passed), np.maximum(passed * (1 - wanted), _SURE)

    def line(self, x: Numbers, slope: float, level: float) -> tuple[float, float]:
        """One step of Fisher scoring for log-odds `slope` * x + `level` (n,)."""
        rise, bend = self.slopes(slope * x + level, np.ones(len(x), np.bool_))
        curve = np.array([[bend @ (x * x), bend @ x], [bend @ x, bend.sum()]])
        step = np.linalg.solve(curve + _SURE * np.eye(2), [rise @ x, rise.sum()])
        return max(slope - float(step[0]), _LEAST_SLOPE), level - float(step[1])


class _Growing:
    """Trees that grow on the `chosen` of `rows`, from the log-odds `start` (n,) on; `logits` are those of all rows so far."""

    def __init__(self, rows: Floats, start: Numbers, chosen: npt.NDArray[np.bool_]) -> None:
        gbm = lightgbm()
        self._rows, self._chosen, self.logits = rows, chosen, start
        data = gbm.Dataset(rows[chosen], np.zeros(int(chosen.sum())))
        self._booster = gbm.Booster(SETTINGS, data)

    def grow(self, looks: _Looks) -> None:
        """One tree more."""
        slopes = looks.slopes(self.logits, self._chosen)
        if self._booster.update(fobj=lambda *_: slopes):
            return  # nothing is left to be told apart
        last = self._booster.current_iteration() - 1
        self.logits = self.logits + self._booster.predict(
            self._rows, start_iteration=last, num_iteration=1, raw_score=True
        )

    def trees(self, count: int) -> Trees:
        """The first `count`."""
        return Trees.grown(self._booster.dump_model(num_iteration=count)["tree_info"], 0.0, EVERY)


def _bounded(seen: Numbers) -> Numbers:
    """The first place is looked at always."""
    bounded = np.clip(seen, _SMALLEST, 1.0)
    bounded[0] = 1.0
    return np.asarray(bounded)


def _sigmoid(x: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))


def lightgbm() -> Any:
    """The library. Raises `MissingError` where it is not installed."""
    try:
        import lightgbm as library
    except ImportError:
        raise MissingError("a ranker is taught with LightGBM: pip install 'truthgpt[ranker]'") from None
    return library
