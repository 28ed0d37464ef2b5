"""Rankings in, one ranking out; ranked posts in, groups of copies out."""

from __future__ import annotations

from collections.abc import Sequence
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


def group(candidates: Sequence[tuple[int, Sketch]]) -> list[Group]:
    """Groups of copies, in the order of their best; a candidate is a copy key and a sketch, best first.

    Near copies are found by counting, through an index of shingles, how many each earlier post of the same stance
    shares: linear in the shingles, where comparing all pairs is not. A stance that one post alone has needs none.
    """
    groups: list[Group] = []
    by_key: dict[int, Group] = {}
    keys_of: dict[frozenset[str], set[int]] = {}
    for key, sketch in candidates:
        keys_of.setdefault(sketch.stance, set()).add(key)
    seen: dict[frozenset[str], _Seen] = {}
    for place, (key, sketch) in enumerate(candidates):
        home = by_key.get(key)
        if home is None:
            alike = seen.setdefault(sketch.stance, _Seen()) if len(keys_of[sketch.stance]) > 1 else None
            home = alike.near(sketch) if alike else None
            if home is None:
                home = Group([], set())
                groups.append(home)
            home.keys.add(key)
            by_key[key] = home
            if alike:
                alike.add(sketch, home)
        home.members.append(place)
    return groups


class _Seen:
    """The sketches of one stance seen so far, each with its group, by their shingles."""

    def __init__(self) -> None:
        self._sketches: list[tuple[Sketch, Group]] = []
        self._by_shingle: dict[int, list[int]] = {}

    def near(self, sketch: Sketch) -> Group | None:
        """The group of the first near copy of `sketch`."""
        shared: dict[int, int] = {}
        for shingle in sketch.shingles & self._by_shingle.keys():
            for other in self._by_shingle[shingle]:
                shared[other] = shared.get(other, 0) + 1
        alike = (
            self._sketches[other] for other, count in shared.items() if self._is_near(sketch, other, count)
        )
        return next((home for _, home in alike), None)

    def add(self, sketch: Sketch, home: Group) -> None:
        for shingle in sketch.shingles:
            self._by_shingle.setdefault(shingle, []).append(len(self._sketches))
        self._sketches.append((sketch, home))

    def _is_near(self, sketch: Sketch, other: int, count: int) -> bool:
        return sketch.is_near(self._sketches[other][0], count)
