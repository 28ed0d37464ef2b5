"""Rankings in, one ranking out; ranked posts in, the same spread over authors and communities, or groups of copies, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

K = 3
"""The constant of reciprocal rank fusion: the smaller, the more the first ranks count above the rest. The usual 60 is for
rankings of hundreds by many systems; of two, a post that is first in one is better than one that is tenth in both."""


def fuse(rankings: Sequence[Sequence[int]], weights: Sequence[float]) -> list[tuple[int, float]]:
    """Rows and their scores, best first: a row's score is the sum of weight / (K + rank) over `rankings`.

    Ranks count from 1. Rows of equal score stand in the order of their first ranking. Cormack, Clarke and Büttcher,
    "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + weight / (K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


PAGE = 10
OF_AUTHOR, OF_COMMUNITY = 2, 7
"""Of each ten posts, how many one author and one community have at most, where others are there."""


def spread(ranked: Sequence[tuple[str, str]]) -> list[int]:
    """The places of posts, of which author and community are known or empty, best first: as they are ranked, but on each page
    those of whom others have enough come after the others."""
    left = list(range(len(ranked)))
    placed: list[int] = []
    authors: Counter[str] = Counter()
    communities: Counter[str] = Counter()
    while left:
        if len(placed) % PAGE == 0:
            authors.clear()
            communities.clear()
        chosen = next(
            (
                place
                for place in left
                if authors[ranked[place][0]] < OF_AUTHOR and communities[ranked[place][1]] < OF_COMMUNITY
            ),
            left[0],
        )
        left.remove(chosen)
        placed.append(chosen)
        author, community = ranked[chosen]
        authors[author] += bool(author)
        communities[community] += bool(community)
    return placed


@dataclass(slots=True)
class Group:
    """Copies of one text among the posts found: their places in the ranking, best first, their keys and leaders."""

    members: list[int]
    keys: set[int]
    leaders: set[int]


def group(candidates: Iterable[tuple[int, int]]) -> list[Group]:
    """Groups of copies, in the order of their best. A candidate is its copy key, which exact copies share, and the leader
    of its cluster, which near copies share too once an import has reckoned them; best first."""
    groups: list[Group] = []
    by_key: dict[int, Group] = {}
    by_leader: dict[int, Group] = {}
    for place, (key, leader) in enumerate(candidates):
        home = by_key.get(key) or by_leader.get(leader)
        if home is None:
            home = Group([], set(), set())
            groups.append(home)
        home.members.append(place)
        home.keys.add(key)
        home.leaders.add(leader)
        by_key[key] = by_leader[leader] = home
    return groups
