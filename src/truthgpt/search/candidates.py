"""Rows that were found in, the posts of these with what they scored out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truthgpt.corpus.key import key as hashed
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.corpus.view import View
from truthgpt.search.rank import spread
from truthgpt.search.rerank import Asked, Scored, features, ranker


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that was found, its score among all, what it scored by words and by vector, and the keys by which copies of it and
    it itself are known."""

    row: int
    score: float
    scored: Scored
    key: int
    post: Post

    @property
    def id_key(self) -> int:
        return hashed(self.post.id.encode())


def read(
    view: View,
    ranked: Sequence[tuple[int, float]],
    words: Mapping[int, float],
    near: Mapping[int, float],
    before: int = 0,
    terms: Sequence[str] = (),
) -> list[Candidate]:
    """The posts of `ranked`, rows and scores, in their order; `words` and `near` are both rankings, whose ranks count from 1
    after `before`. `terms` are the columns of terms that are read, without which nothing can be ranked again."""
    if not ranked:
        return []
    columns = (*POST_COLUMNS, "copy_key", *terms)
    taken = view.take([row for row, _ in ranked], columns)
    by_words, by_vector = ({row: rank for rank, row in enumerate(rows, before + 1)} for rows in (words, near))
    met = zip(*(taken[name].to_pylist() for name in terms), strict=True) if terms else [()] * len(ranked)
    return [
        Candidate(
            row,
            score,
            Scored(
                words.get(row, 0.0),
                by_words.get(row),
                near.get(row),
                by_vector.get(row),
                " ".join(filter(None, has)),
            ),
            key,
            post,
        )
        for (row, score), has, key, post in zip(
            ranked, met, taken["copy_key"].to_pylist(), to_posts(taken), strict=True
        )
    ]


def reranked(asked: Sequence[Asked], found: Sequence[Candidate]) -> list[Candidate]:
    """`found`, best first, in the order that what their terms have of `asked` gives them too, the text itself and any
    translations, of the one that fits a post best, and so that nobody takes a page; the scores stay in theirs."""
    if not found:
        return []
    fused = np.array([candidate.score for candidate in found])
    scored = [candidate.scored for candidate in found]
    scores = np.max([ranker().scores(features(one, scored), fused) for one in asked], axis=0)
    order = np.argsort(-scores, kind="stable").tolist()
    posts = [found[place].post for place in order]
    order = [order[place] for place in spread([(post.author, post.community) for post in posts])]
    return [replace(found[place], score=found[rank].score) for rank, place in enumerate(order)]
