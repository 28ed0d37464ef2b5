"""Rankings in, one ranking out; ranked posts in, groups of copies out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truthgpt.corpus.copies import Sketch

K = 60
"""The constant of reciprocal rank fusion: how much the first ranks count above the rest."""


def fuse(rankings: Sequence[Sequence[int]], before: int = 0) -> list[tuple[int, float]]:
    """Rows and their scores, best first: a row's score is the sum of 1 / (K + rank) over `rankings`.

    Ranks count from 1, after `before` rows that were taken out of the rankings. Rows of equal score stand in the
    order of their first ranking. Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and
    individual rank learning methods", SIGIR 2009.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking, start=before + 1):
            scores[row] = scores.get(row, 0.0) + 1 / (K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


@dataclass(slots=True)
class Group:
    """Copies of one text among the posts found: their places in the ranking, best first, and their keys."""

    members: list[int]
    keys: set[int]


def group(candidates: Iterable[tuple[int, Sketch]]) -> list[Group]:
    """Groups of copies, in the order of their best; a candidate is a copy key and a sketch, best first.

    Near copies are found by counting, through an index of shingles, how many each earlier post shares: linear in
    the shingles, where comparing all pairs is not.
    """
    groups: list[Group] = []
    by_key: dict[int, Group] = {}
    by_shingle: dict[int, list[int]] = {}
    seen: list[tuple[Sketch, Group]] = []
    for place, (key, sketch) in enumerate(candidates):
        home = by_key.get(key)
        if home is not None:
            home.members.append(place)
            continue
        shared: dict[int, int] = {}
        for shingle in sketch.shingles & by_shingle.keys():
            for other in by_shingle[shingle]:
                shared[other] = shared.get(other, 0) + 1
        home = next(
            (seen[other][1] for other, count in shared.items() if sketch.is_near(seen[other][0], count)), None
        )
        if home is None:
            home = Group([], set())
            groups.append(home)
        home.members.append(place)
        home.keys.add(key)
        by_key[key] = home
        for shingle in sketch.shingles:
            by_shingle.setdefault(shingle, []).append(len(seen))
        seen.append((sketch, home))
    return groups
