"""Rows that were found in, the posts of these with what they scored out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from truthgpt.corpus.key import key as hashed
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.search import lookup
from truthgpt.search.rerank import Scored, features, ranker

if TYPE_CHECKING:
    from lancedb.table import AsyncTable


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


async def read(
    table: AsyncTable,
    ranked: Sequence[tuple[int, float]],
    words: Mapping[int, float],
    near: Mapping[int, float],
    before: int = 0,
    *,
    with_terms: bool = False,
) -> list[Candidate]:
    """The posts of `ranked`, rows and scores, in their order; `words` and `near` are both rankings, whose ranks count from 1
    after `before`. Of scores without terms nothing can be ranked again."""
    if not ranked:
        return []
    columns = (*POST_COLUMNS, "copy_key", *(("terms", "grams") if with_terms else ()))
    taken = await lookup.take(table, [row for row, _ in ranked], columns)
    by_words, by_vector = ({row: rank for rank, row in enumerate(rows, before + 1)} for rows in (words, near))
    found = [""] * len(ranked)
    if with_terms:
        both = zip(taken["terms"].to_pylist(), taken["grams"].to_pylist(), strict=True)
        found = [" ".join(filter(None, pair)) for pair in both]
    return [
        Candidate(
            row,
            score,
            Scored(words.get(row, 0.0), by_words.get(row), near.get(row), by_vector.get(row), terms),
            key,
            post,
        )
        for (row, score), terms, key, post in zip(
            ranked, found, taken["copy_key"].to_pylist(), to_posts(taken), strict=True
        )
    ]


def reranked(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """`found`, best first, in the order that what their terms have of `text` gives them too; the scores stay in theirs."""
    if not found:
        return []
    fused = np.array([candidate.score for candidate in found])
    scores = ranker().scores(features(text, [candidate.scored for candidate in found]), fused)
    order = np.argsort(-scores, kind="stable").tolist()
    return [replace(found[place], score=found[rank].score) for rank, place in enumerate(order)]
