"""What is known of posts beside their words in, a row of numbers a post out: age, engagement, copies, the author's record.

A post's age is told against the latest of those found with it, so that none hangs on when it is asked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from truthgpt.corpus.authors import engagement
from truthgpt.search.rerank.features import Floats

SIGNALS = (
    "age",
    "engagement",
    "engagement_of_best",
    "copies",
    "posts_of_author",
    "engagement_of_author",
)
"""What each column is, in their order."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Standing:
    """When a post was written and what readers gave it; how many posts carry its text, and how many its author wrote and the
    sum of what these were given (`corpus.authors.engagement`), None where it is not known."""

    created_at: datetime | None
    score: int
    copies: int | None = None
    posts_of_author: int | None = None
    engagement_of_author: float | None = None


def signals(found: Sequence[Standing]) -> Floats:
    """The signals (n, len(SIGNALS)) of the posts `found` for one query; not a number where nothing is known.

    In their order: log(1 + days) before the latest of them, what readers gave the post, the share that this is of the most, log(copies),
    log(posts) of its author, and the mean of what the author's other posts were given.
    """
    if not found:
        return np.empty((0, len(SIGNALS)), np.float32)
    times = np.array([_seconds(post.created_at) for post in found])
    latest = np.nanmax(times) if np.isfinite(times).any() else np.nan
    latest = min(latest, time.time())  # nobody gets older by a post that claims to be of the future
    given = engagement([post.score for post in found])
    copies, posts, sums = (
        np.array([np.nan if value is None else float(value) for value in column])
        for column in zip(
            *((post.copies, post.posts_of_author, post.engagement_of_author) for post in found), strict=True
        )
    )
    others = np.where(posts > 1, posts - 1, np.nan)
    columns = (
        np.log1p(np.maximum(latest - times, 0.0) / _DAY),
        given,
        given / max(float(given.max()), 1.0),
        np.log(np.maximum(copies, 1)),
        np.log(np.where(posts > 0, posts, np.nan)),
        np.maximum(sums - given, 0.0) / others,
    )
    return np.column_stack(columns).astype(np.float32)


def _seconds(moment: datetime | None) -> float:
    if moment is None:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
