"""A query and the posts found for it in, a row of numbers a post out.

None of them hangs on how many posts are stored or what BM25 comes to among these, so that trees which learned from one
archive rank another. Position stands for fields: the title of a post is its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.terms import terms
from truthgpt.corpus.unspaced import grams
from truthgpt.search.query import MAX_CHARACTERS, analyse

FEATURES = (
    "bm25_of_best",
    "text_rank",
    "cosine",
    "cosine_of_best",
    "vector_rank",
    "query_terms",
    "best_cosine",
    "text_reciprocal",
    "vector_reciprocal",
    "texts_found",
    "terms_met",
    "share_met",
    "length",
    "density",
    "pairs_met",
    "share_of_pairs",
    "met_in_20",
    "met_in_60",
)
"""What each column is, in their order."""

_RANKS = 60
"""Ranks beyond are one: what a ranking does not have stands there too."""
_READ = 400
"""Terms of a post that are read, and of a query."""
_BEGINNINGS = 20, 60
_OTHER = -1

Floats = npt.NDArray[np.float32]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A post's BM25 and cosine and its ranks by each, from 1, None where it is not among the best; and its `terms`, those of
    scripts without spaces after the others."""

    text_score: float
    text_rank: int | None
    cosine: float | None
    vector_rank: int | None
    terms: str


def features(text: str, found: Sequence[Scored]) -> Floats:
    """The features (n, len(FEATURES)) of the posts `found` for `text`; not a number where nothing is known."""
    asked = _Asked(text)
    best = max((post.text_score for post in found), default=0.0) or 1.0
    least = min((post.text_score for post in found if post.text_rank), default=0.0)
    near = [post.cosine for post in found if post.cosine is not None]
    nearest, farthest = max(near, default=0.0), min(near, default=0.0)
    texts = sum(post.text_rank is not None for post in found)
    rows = np.empty((len(found), len(FEATURES)), np.float32)
    for row, post in zip(rows, found, strict=True):
        by_text, by_vector = (
            min(rank or _RANKS + 1, _RANKS + 1) for rank in (post.text_rank, post.vector_rank)
        )
        row[:10] = (
            (post.text_score if post.text_rank else least) / best,
            by_text,
            np.nan if post.cosine is None else post.cosine,
            (farthest if post.cosine is None else post.cosine) / (nearest or 1.0),
            by_vector,
            asked.count,
            nearest,
            1 / (3 + by_text),
            1 / (3 + by_vector),
            texts,
        )
        row[10:] = asked.met(post.terms)
    return rows


class _Asked:
    """The terms of a query: those that are looked for, numbered from 0, then what else it has, which makes pairs with them."""

    def __init__(self, text: str) -> None:
        query = analyse(text)
        wanted = [*terms(query.words).split(), *query.grams.split()]
        cut = text[:MAX_CHARACTERS]
        written = [*terms(cut).split(), *(gram for gram in grams(cut) if len(gram) == 2)][:_READ]
        self._places: dict[str, int] = {}
        for term in wanted:
            self._places.setdefault(term, len(self._places))
        self.count = len(self._places)
        for term in written:
            self._places.setdefault(term, len(self._places))
        self._all = len(self._places) + 1
        self._pairs = np.unique(self._paired(self._numbered(written)))

    def _numbered(self, found: Sequence[str]) -> _Places:
        return np.fromiter((self._places.get(term, _OTHER) for term in found), np.int64, len(found))

    def _paired(self, places: _Places) -> _Places:
        """A number for each two neighbours that are both known."""
        both = (places[:-1] >= 0) & (places[1:] >= 0)
        return np.asarray(places[:-1][both] * self._all + places[1:][both])

    def met(self, found: str) -> tuple[float, ...]:
        """Of a post's terms, what the query's meet: the last eight features."""
        places = self._numbered(found.split()[:_READ])
        looked_for = (places >= 0) & (places < self.count)
        met = len(np.unique(places[looked_for]))
        pairs = np.isin(self._pairs, self._paired(places)).sum() if len(self._pairs) else 0
        count = self.count or 1
        return (
            met,
            met / count,
            len(places),
            looked_for.sum() / (len(places) or 1),
            pairs,
            pairs / (len(self._pairs) or 1),
            *(len(np.unique(places[:end][looked_for[:end]])) / count for end in _BEGINNINGS),
        )
