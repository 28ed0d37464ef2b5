"""Rows that were found in, the posts of these with what they scored out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truthgpt.corpus.authors import Authors
from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.key import key as hashed
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.corpus.view import View
from truthgpt.search.rank import spread
from truthgpt.search.rerank import Asked, Scored, Standing, Trees, features, ranker, signals
from truthgpt.search.rerank.features import Floats


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


def rows_of(asked: Asked, found: Sequence[Candidate], standings: Sequence[Standing]) -> Floats:
    """What the ranker knows of each of `found` (n, ·) for what was `asked`, with its signals where there are `standings`."""
    told = features(asked, [candidate.scored for candidate in found])
    return np.column_stack([told, signals(standings)]) if standings else told


def standings_of(
    found: Sequence[Candidate], known: Clusters | None, authors: Authors | None
) -> list[Standing]:
    """Where each of `found` stands among all posts; copies are told by the clusters `known`."""
    posts = [candidate.post for candidate in found]
    copies: list[int | None] = [None] * len(found)
    if known is not None:
        keys = np.array([candidate.id_key for candidate in found], np.int64)
        copies = known.counts_of(known.leaders_of(keys)).tolist()
    written: list[int | None] = [None] * len(found)
    given: list[float | None] = [None] * len(found)
    if authors is not None:
        counts, sums = authors.of([post.author for post in posts])
        written = [count or None for count in counts.tolist()]
        given = [
            total if count else None for count, total in zip(counts.tolist(), sums.tolist(), strict=True)
        ]
    return [
        Standing(post.created_at, post.score, copies_, written_, given_)
        for post, copies_, written_, given_ in zip(posts, copies, written, given, strict=True)
    ]


def reranked(
    asked: Sequence[Asked],
    found: Sequence[Candidate],
    trees: Trees | None = None,
    standings: Sequence[Standing] = (),
) -> list[Candidate]:
    """`found`, best first, in the order that what their terms have of `asked` gives them too, the text itself and any
    translations, of the one that fits a post best, and so that nobody takes a page; the scores stay in theirs. `trees` are those
    that ship where there are none; where they want signals, `standings` are those of the posts."""
    if not found:
        return []
    trees = trees or ranker()
    fused = np.array([candidate.score for candidate in found])
    scores = np.max([trees.scores(rows_of(one, found, standings), fused) for one in asked], axis=0)
    order = np.argsort(-scores, kind="stable").tolist()
    posts = [found[place].post for place in order]
    order = [order[place] for place in spread([(post.author, post.community) for post in posts])]
    return [replace(found[place], score=found[rank].score) for rank, place in enumerate(order)]
