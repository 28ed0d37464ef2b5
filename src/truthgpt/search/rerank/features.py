"""A query and the posts found for it in, a row of numbers a post out.

None of them hangs on how many posts are stored or what BM25 comes to among these, so that trees which learned from one
archive rank another. Position stands for fields: the title of a post is its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.terms import terms
from truthgpt.corpus.unspaced import grams
from truthgpt.search.query import Query

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
_NEAR = 0.01
"""The cosine that others are told by, at least."""

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


def features(asked: Asked, found: Sequence[Scored]) -> Floats:
    """The features (n, len(FEATURES)) of the posts `found` for what was `asked`; not a number where nothing is known."""
    best = max((post.text_score for post in found), default=0.0) or 1.0
    least = min((post.text_score for post in found if post.text_rank), default=0.0)
    near = [post.cosine for post in found if post.cosine is not None]
    nearest, farthest = max(near, default=0.0), min(near, default=0.0)
    texts = sum(post.text_rank is not None for post in found)
    scored = []
    for post in found:
        by_text, by_vector = (
            min(rank or _RANKS + 1, _RANKS + 1) for rank in (post.text_rank, post.vector_rank)
        )
        scored.append(
            (
                (post.text_score if post.text_rank else least) / best,
                by_text,
                np.nan if post.cosine is None else post.cosine,
                (farthest if post.cosine is None else post.cosine) / max(nearest, _NEAR),
                by_vector,
                asked.count,
                nearest,
                1 / (3 + by_text),
                1 / (3 + by_vector),
                texts,
            )
        )
    if not scored:
        return np.empty((0, len(FEATURES)), np.float32)
    met = asked.met([post.terms.split()[:_READ] for post in found])
    return np.column_stack([np.array(scored, np.float32), *met]).astype(np.float32)


class Asked:
    """The terms of a query: those that are looked for, numbered from 0, then what else it has, which makes pairs with them."""

    def __init__(self, query: Query) -> None:
        wanted = [*terms(query.words).split(), *query.grams.split()]
        pairs = (gram for gram in grams(query.text) if len(gram) == 2)
        written = [*terms(query.text).split(), *pairs][:_READ]
        self._places: dict[str, int] = {}
        for term in (*wanted, *written):
            self._places.setdefault(term, len(self._places))
        self.count = len(dict.fromkeys(wanted))
        self._all = len(self._places) + 1
        places = np.array([self._places[term] for term in written], np.int64)
        self._pairs = np.unique(places[:-1] * self._all + places[1:])

    def met(self, posts: Sequence[Sequence[str]]) -> list[npt.NDArray[np.float64]]:
        """Of posts' terms, what the query's meet: the last eight features (n,)."""
        lengths = np.array([len(post) for post in posts])
        every = map(self._places.get, chain.from_iterable(posts), repeat(_OTHER))
        places = np.fromiter(every, np.int64, int(lengths.sum()))
        # Few terms of a post are the query's: the others are only counted.
        at = np.flatnonzero(places >= 0)
        places = places[at]
        ends = np.cumsum(lengths)
        of = np.searchsorted(ends, at, side="right")
        within = at - (ends - lengths)[of]
        count = self.count or 1
        looked_for = places < self.count
        seen = np.full((len(posts), count), _READ)
        np.minimum.at(seen, (of[looked_for], places[looked_for]), within[looked_for])
        met = (seen < _READ).sum(axis=1)
        pairs = self._pairs_met(places, of, at, len(posts))
        return [
            met.astype(np.float64),
            met / count,
            lengths.astype(np.float64),
            np.bincount(of[looked_for], minlength=len(posts)) / np.maximum(lengths, 1),
            pairs.astype(np.float64),
            pairs / (len(self._pairs) or 1),
            *((seen < end).sum(axis=1) / count for end in _BEGINNINGS),
        ]

    def _pairs_met(self, places: _Places, of: _Places, at: _Places, posts: int) -> _Places:
        """How many of the query's neighbours are neighbours in each post, whose terms `places` stand `at`."""
        seen = np.zeros((posts, max(1, len(self._pairs))), np.bool_)
        both = np.flatnonzero((at[1:] == at[:-1] + 1) & (of[1:] == of[:-1]))
        if len(both) and len(self._pairs):
            coded = places[both] * self._all + places[both + 1]
            found = np.minimum(np.searchsorted(self._pairs, coded), len(self._pairs) - 1)
            there = self._pairs[found] == coded
            seen[of[both][there], found[there]] = True
        return np.asarray(seen.sum(axis=1))
