"""Clicks in, a ranker of this store's own out: the trees that ship, and more that its readers taught (`click_model`).

A fifth of the queries teaches nothing: by these it is told whether the ranker is better for it.
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
from truthgpt.errors import BadInputError
from truthgpt.search.click_model import Numbers, Places, Shown, lightgbm, taught
from truthgpt.search.clicks import Impression
from truthgpt.search.gather import Contest
from truthgpt.search.rerank import EVERY, Trees, ranker
from truthgpt.search.rerank.features import Floats
from truthgpt.search.searcher import Searcher
from truthgpt.search.syntax import QuerySyntaxError

LEAST, LEAST_HELD_BACK = 100, 20
"""Impressions with a click that a ranker is taught by, and measured on, at the least."""
HELD_BACK = 51
"""Of 256 queries those that are only measured on."""
_SURELY = 1.64
"""Standard errors by which the gain is more than nothing: one of twenty that teach nothing passes."""
_TOP = 10
"""Places that are measured."""

Report = Callable[[int, int], None]
"""Told how many of how many queries were looked up."""


def unheard(done: int, total: int) -> None:
    """Tells nobody."""


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
    lightgbm()
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


def _none() -> tuple[Places, npt.NDArray[np.bool_], Places, Places]:
    return np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.int64), np.empty(0, np.int64)


def _best_rows(found: Contest) -> tuple[Floats, Numbers]:
    """What the ranker knows of each candidate, for the text or the translation that fits it best, and the scores by fusion."""
    fused = found.fused()
    best = np.argmax([ranker().scores(rows, fused) for rows in found.rows], axis=0)
    return np.stack(found.rows)[best, np.arange(len(best))], fused


def _shown(
    one: Impression, number: int, known: Clusters, row_of: Mapping[int, int], rows: Floats, fused: Numbers
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


def ndcg(known: Shown, scores: Numbers, seen: Numbers) -> Numbers:
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


def is_held_back(query: str) -> bool:
    """Whether what was clicked for `query` is only measured on."""
    return _digest(query)[0] < HELD_BACK


def _half(query: str) -> int:
    return _digest(query)[1] % 2


def _digest(query: str) -> bytes:
    """The same however a query is spaced and whatever its case."""
    return hashlib.sha256(" ".join(query.split()).casefold().encode()).digest()
