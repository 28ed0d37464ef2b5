"""What is wanted and how many of it in, rows of one version of the store out: ranked by words and by vector, or the latest.

What posts have to meet holds before they are ranked. What their texts have to say is told of the best first, because to
tell it texts are read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.postings import Having
from truthgpt.corpus.view import View
from truthgpt.search import lookup
from truthgpt.search.filters import conjunction
from truthgpt.search.query import NOTHING, Query

RANKED = 60
"""Posts that each ranking gives in the first round."""
LATEST = 30
"""The latest posts that are taken in the first round of them."""
_TEXTS = 4
"""How many times as many are ranked where some will go, because of what their texts say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What posts are ranked by: a `query`, which may be empty, and its `vector` (d,), zeros where nothing is known of it. `where` and `text_where` (SQL)
    hold for those that are found, empty where they hold for all; for the second their texts have to be read, of those that have what is
    wanted by `having`. With
    `all_that_hold`, those that have nothing of the query come too, the latest first, after those that have some. `english` is
    what English has for its words in other languages, and `abroad` the vector of that: posts that have these are found too. `near` is
    the encoder's."""

    query: Query
    vector: npt.NDArray[np.float32]
    where: str = ""
    text_where: str = ""
    all_that_hold: bool = False
    english: Query = NOTHING
    abroad: npt.NDArray[np.float32] | None = None
    near: tuple[float, float] = (0.0, 0.0)
    having: Having | None = None

    def text_condition(self, view: View) -> str:
        """What holds for the same rows of `view` as `text_where`, and is told sooner where it can be."""
        return view.narrowed(self.text_where, self.having) if self.having else self.text_where


@dataclass(frozen=True, slots=True)
class Rankings:
    """Rows by their words, with BM25, and by their vector, with the cosine, best first. `exhausted`: there are no others.
    `spelled`: some post has some of the words."""

    words: dict[int, float]
    near: dict[int, float]
    exhausted: bool
    spelled: bool


def best(view: View, wanted: Wanted, condition: str, number: int, spelled: bool | None = None) -> Rankings:
    """The best rows for which `condition` holds, for round `number`; `spelled` as an earlier round said.

    What texts say is told in the first round of its best rows alone, and of four times as many; in those after it of all.
    """
    first = number == 0
    depth = _TEXTS * RANKED if first and wanted.text_where else RANKED << number
    where = condition if first else conjunction(condition, wanted.text_condition(view))
    vector = wanted.vector if wanted.vector.any() else None
    words, near = lookup.found(view, wanted.query, vector, where, depth, wanted.english, wanted.abroad)
    if spelled is None:
        spelled = bool(words)
    least = wanted.near[0 if spelled else 1]
    exhausted = len(words) < depth and (len(near) < depth or min(near.values(), default=0.0) < least)
    near = {row: cosine for row, cosine in near.items() if row in words or cosine >= least}
    if first and wanted.text_where:
        holding = lookup.holding(view, words | near, wanted.text_where)
        words, near = ({row: score for row, score in of.items() if row in holding} for of in (words, near))
    return Rankings(words, near, exhausted, spelled)


def latest(view: View, wanted: Wanted, condition: str, number: int) -> tuple[list[int], bool]:
    """The latest rows for which `condition` and what texts have to say hold, for round `number`, and whether there are no
    others; texts are read of as few as will do."""
    count = LATEST << number
    for deep in (_TEXTS * count, _TEXTS**3 * count) if wanted.text_where else ():
        rows = view.latest(condition, deep)
        holding = lookup.holding(view, rows, wanted.text_where)
        held = [row for row in rows if row in holding]
        if len(held) >= count or len(rows) < deep:
            return held[:count], len(held) <= count and len(rows) < deep
    rows = view.latest(conjunction(condition, wanted.text_condition(view)), count)
    return rows, len(rows) < count
