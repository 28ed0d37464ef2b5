"""Clicks in, a ranker of this store's own out: the trees that ship, and more that its readers taught.

A post is clicked where it was looked at and is wanted (the position-based model, Craswell et al. 2008). How often each place is looked
at, and how likely a post is wanted by what the ranker knows of it, are reckoned from the clicks by turns, so that what always stood at
the top is not taken for better (regression EM, Wang et al. 2018). What is wanted begins with the score of the trees that ship, and the
new trees are what the clicks say beside it: few clicks change little. Needs the extra `ranker`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.key import key
from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.clicks import Impression
from truthgpt.search.gather import Contest
from truthgpt.search.rerank import EVERY, Trees, ranker
from truthgpt.search.rerank.features import Floats
from truthgpt.search.searcher import Searcher
from truthgpt.search.syntax import QuerySyntaxError

LEAST, LEAST_HELD_BACK = 100, 20
"""Impressions with a click that a ranker is taught by, and measured on, at the least."""
STEPS, TREES = 30, 120
"""Turns of the two reckonings before the first tree; trees that say what is wanted, at the most."""
HELD_BACK = 51
"""Of 256 queries those that are only measured on."""
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
_SURELY = 1.64
"""Standard errors by which the gain is more than nothing: one of twenty that teach nothing passes."""
_TOP = 10
"""Places that are measured."""

_Numbers = npt.NDArray[np.float64]
_Places = npt.NDArray[np.int64]
Report = Callable[[int, int], None]
"""Told how many of how many queries were looked up."""


def unheard(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Posts that were shown, row by row: what the ranker knows of each (`rows`, (n, len(EVERY))), its score by fusion, its place from 0,
    whether it was clicked, the number of its impression, of which the rows stand together, and in which half (0, 1) the query is: one tells
    what the trees that grew on the other are worth."""

    rows: Floats
    fused: _Numbers
    places: _Places
    clicked: npt.NDArray[np.bool_]
    impressions: _Places
    halves: _Places

    def of(self, chosen: npt.NDArray[np.bool_]) -> Shown:
        """The `chosen` (n,) rows."""
        return Shown(*(getattr(self, each.name)[chosen] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Taught:
    """`trees` that rank by what clicks said, and what is known of them: how often each place is looked at (`seen`, from the top, whose is
    1); how many impressions taught and how many were held back, of queries of their own; and nDCG@10 of these in the order of the trees that
    rank now (`before`), and of these trees (`after`), a click counting the more the seldomer its place is looked at; `doubt` is the
    standard error of the gain."""

    trees: Trees
    seen: tuple[float, ...]
    impressions: int
    held_back: int
    before: float
    after: float
    doubt: float

    @property
    def better(self) -> bool:
        """Whether what was clicked stands higher for it, where it was not taught, by more than chance would have it."""
        return self.after - self.before > _SURELY * self.doubt

    def as_dict(self) -> dict[str, Any]:
        """As `truthgpt ranker learn --json` prints it."""
        return {
            "impressions": self.impressions,
            "held_back": self.held_back,
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "doubt": round(self.doubt, 4),
            "seen": [round(share, 4) for share in self.seen],
            "better": self.better,
        }


def learn(searcher: Searcher, impressions: Sequence[Impression], report: Report = unheard) -> Taught:
    """What `impressions` of posts that `searcher` finds teach, beside the ranker that orders them now.

    Raises `BadInputError` where those with a click on a post that is still ranked among the best for their query are too few, in all or of
    the queries that are only measured on, and `MissingError` where LightGBM is not installed.
    """
    _lightgbm()
    known = looked_up(searcher, impressions, report)
    known = known.of(np.isin(known.impressions, np.unique(known.impressions[known.clicked])))
    apart = np.array(
        [is_held_back(impressions[number].query) for number in known.impressions.tolist()], np.bool_
    )
    teaching, measured = known.of(~apart), known.of(apart)
    enough = [len(np.unique(some.impressions)) for some in (teaching, measured)]
    if enough[0] < LEAST or enough[1] < LEAST_HELD_BACK:
        raise BadInputError(
            f"{enough[0]} impressions to learn from and {enough[1]}, of other queries, to measure on have a click on a post that their query"
            f" still finds: {LEAST} and {LEAST_HELD_BACK} at the least"
        )
    trees, seen = taught(teaching)
    before, after = (
        ndcg(measured, by.scores(measured.rows, measured.fused), seen) for by in (searcher.ranker(), trees)
    )
    gain = after - before
    return Taught(
        trees,
        tuple(seen.tolist()),
        enough[0],
        enough[1],
        float(before.mean()),
        float(after.mean()),
        float(gain.std(ddof=1) / math.sqrt(len(gain))),
    )


def looked_up(searcher: Searcher, impressions: Sequence[Impression], report: Report = unheard) -> Shown:
    """What the ranker knows of the posts that were shown, where they are among the best that their queries find today; a copy stands for
    another, and of several the best ranked does. Queries that cannot be read are left out."""
    of_query: dict[str, list[int]] = {}
    for number, one in enumerate(impressions):
        of_query.setdefault(one.query, []).append(number)
    parts = [Shown(np.empty((0, len(EVERY)), np.float32), np.empty(0), *_none())]
    for done, (query, numbers) in enumerate(of_query.items()):
        report(done, len(of_query))
        try:
            found, known = searcher.contest(query)
        except QuerySyntaxError:
            continue
        if not found.candidates:
            continue
        rows, fused = _best_rows(found)
        theirs = np.array([candidate.id_key for candidate in found.candidates], np.int64)
        row_of = {leader: row for row, leader in reversed(list(enumerate(known.leaders_of(theirs).tolist())))}
        parts += [_shown(impressions[number], number, known, row_of, rows, fused) for number in numbers]
    return Shown(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Shown)))


def _none() -> tuple[_Places, npt.NDArray[np.bool_], _Places, _Places]:
    return np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.int64), np.empty(0, np.int64)


def _best_rows(found: Contest) -> tuple[Floats, _Numbers]:
    """What the ranker knows of each candidate, for the text or the translation that fits it best, and the scores by fusion."""
    fused = found.fused()
    best = np.argmax([ranker().scores(rows, fused) for rows in found.rows], axis=0)
    return np.stack(found.rows)[best, np.arange(len(best))], fused


def _shown(
    one: Impression, number: int, known: Clusters, row_of: Mapping[int, int], rows: Floats, fused: _Numbers
) -> Shown:
    """Of what was shown, each text once, at its first place; it was clicked where a copy of it was. `row_of` gives the row of a leader."""
    keys = np.array([key(post.encode()) for post in one.shown], np.int64)
    places: dict[int, int] = {}
    clicked: set[int] = set()
    for place, (post, leader) in enumerate(zip(one.shown, known.leaders_of(keys).tolist(), strict=True)):
        if (row := row_of.get(leader)) is not None:
            places.setdefault(row, place)
            if post in one.clicked:
                clicked.add(row)
    chosen = list(places)
    count = len(chosen)
    return Shown(
        rows[chosen],
        fused[chosen],
        np.array(list(places.values()), np.int64),
        np.array([row in clicked for row in chosen], np.bool_),
        np.full(count, number, np.int64),
        np.full(count, _half(one.query), np.int64),
    )


def taught(known: Shown) -> tuple[Trees, _Numbers]:
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

    def reckon(self, wanted: _Numbers) -> None:
        """Anew, where posts (n,) are so likely `wanted`: the share of looks, where a post that was clicked was looked at, and another
        was passed over or not wanted."""
        for _ in range(_TURNS):
            looked = self.seen[self.places]
            unseen = looked * (1 - wanted) / np.maximum(1 - looked * wanted, _SURE)
            at = np.where(self.clicked, 1.0, unseen)
            self.seen = _bounded(np.bincount(self.places, at) / np.maximum(self._shown, 1))

    def likelihood(self, wanted: _Numbers) -> float:
        """The mean logarithm of how likely the clicks are, where posts (n,) are so likely `wanted`."""
        clicked = np.clip(self.seen[self.places] * wanted, _SURE, 1 - _SURE)
        return float(np.log(np.where(self.clicked, clicked, 1 - clicked)).mean())

    def slopes(self, logits: _Numbers, chosen: npt.NDArray[np.bool_]) -> tuple[_Numbers, _Numbers]:
        """Of the `chosen` posts, of which the log-odds to be wanted are `logits` (n,), how the loss of their clicks falls with these, and its
        expected curve (Fisher's information): a click has the probability looked times wanted."""
        looked, wanted = self.seen[self.places[chosen]], _sigmoid(logits[chosen])
        left = np.maximum(1 - looked * wanted, _SURE)
        passed = looked * wanted * (1 - wanted) / left
        return np.where(self.clicked[chosen], wanted - 1, passed), np.maximum(passed * (1 - wanted), _SURE)

    def line(self, x: _Numbers, slope: float, level: float) -> tuple[float, float]:
        """One step of Fisher scoring for log-odds `slope` * x + `level` (n,)."""
        rise, bend = self.slopes(slope * x + level, np.ones(len(x), np.bool_))
        curve = np.array([[bend @ (x * x), bend @ x], [bend @ x, bend.sum()]])
        step = np.linalg.solve(curve + _SURE * np.eye(2), [rise @ x, rise.sum()])
        return max(slope - float(step[0]), _LEAST_SLOPE), level - float(step[1])


class _Growing:
    """Trees that grow on the `chosen` of `rows`, from the log-odds `start` (n,) on; `logits` are those of all rows so far."""

    def __init__(self, rows: Floats, start: _Numbers, chosen: npt.NDArray[np.bool_]) -> None:
        gbm = _lightgbm()
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


def ndcg(known: Shown, scores: _Numbers, seen: _Numbers) -> _Numbers:
    """Of each impression that has a click (m,) that of the first ten by `scores` (n,); a click counts 1 / `seen` of its place."""
    counts = known.clicked / seen[np.minimum(known.places, len(seen) - 1)]
    borders = np.flatnonzero(np.diff(known.impressions)) + 1
    found = []
    for worth, scored in zip(np.split(counts, borders), np.split(scores, borders), strict=True):
        discounts = 1 / np.log2(np.arange(2, 2 + min(_TOP, len(worth))))
        gained, most = (
            float(worth[order][:_TOP] @ discounts)
            for order in (np.argsort(-scored, kind="stable"), np.argsort(-worth, kind="stable"))
        )
        if most:
            found.append(gained / most)
    return np.array(found)


def _bounded(seen: _Numbers) -> _Numbers:
    """The first place is looked at always."""
    bounded = np.clip(seen, _SMALLEST, 1.0)
    bounded[0] = 1.0
    return np.asarray(bounded)


def _sigmoid(x: _Numbers) -> _Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))


def is_held_back(query: str) -> bool:
    """Whether what was clicked for `query` is only measured on."""
    return _digest(query)[0] < HELD_BACK


def _half(query: str) -> int:
    return _digest(query)[1] % 2


def _digest(query: str) -> bytes:
    """The same however a query is spaced and whatever its case."""
    return hashlib.sha256(" ".join(query.split()).casefold().encode()).digest()


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ImportError:
        raise MissingError("a ranker is taught with LightGBM: pip install 'truthgpt[ranker]'") from None
    return lightgbm
