"""A guard against raters who act together: they are found, and where they vote together they have one vote.

Two signs tell a pair of raters:

- **together**: they gave the same rating to the same notes within the hour, on more notes than chance brings.
  On a note where a share p of all pairs rate alike and together, two raters who have nothing to do with each other do so
  with probability p; over the notes that both rated the expected number is the sum of the p, and that many more happen
  with at most exp(k − λ) (λ/k)^k (Chernoff's bound for a Poisson variable).
- **alike**: what they rated, and how, is nearly the same list (Jaccard, candidates by MinHash), on more notes than two
  lists of such lengths share by chance, given how popular each note is.

A pair counts where fewer than `guard.chance` such pairs are expected among all raters who are honest. Pairs that share a
rater are one group. On a note where several of a group gave the same rating these weigh together as much as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.near.unionfind import UnionFind
from truthgpt.notes.incidence import Numbers, Places, grouped
from truthgpt.notes.ratings import UNKNOWN_TIME, Ratings, Values
from truthgpt.notes.thresholds import Guarding

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]

NEAR = 32
"""Raters that each is held against, of those who rated a note alike in one span of time: the next in the order of raters,
which is the same on every note, so that a large group is found by its neighbours."""
_USUAL = 0.9
"""Of notes, the share of pairs together that counts for a note where more are: that is what a brigade looks like."""
_ALIKE = 0.6
"""Jaccard from which two lists of ratings are nearly the same."""
_LONG = 10
"""Ratings that such a list has at least."""
_BANDS, _ROWS = 20, 2
_MINUTE = 60_000


@dataclass(frozen=True, eq=False)
class Guarded:
    """`group` (raters,) names the group of each rater, -1 for none; `weights` (n,) what each rating counts, in (0, 1]."""

    group: Numbers
    weights: Values

    @property
    def groups(self) -> int:
        """How many there are."""
        return int(self.group.max(initial=-1)) + 1


def guard(ratings: Ratings, numbers: Guarding) -> Guarded:
    """The groups among the raters of `ratings`, and what each rating counts. Linear in the number of ratings but for a sort."""
    raters = len(ratings.rater_ids)
    pairs = raters * (raters - 1) / 2
    if not len(ratings) or pairs < 1:
        return Guarded(np.full(raters, -1, np.int32), np.ones(len(ratings), np.float32))
    limit = float(np.log(numbers.chance / pairs))
    found = np.concatenate([_together(ratings, numbers, limit), _alike(ratings, limit)])
    group = _groups(found, raters, numbers.members)
    return Guarded(group, _weights(ratings, group))


def _together(ratings: Ratings, numbers: Guarding, limit: float) -> Keys:
    """Pairs of raters (lower << 32 | higher) who rated alike and together oftener than by chance."""
    timed = ratings.only(ratings.times != UNKNOWN_TIME)
    if not len(timed):
        return np.zeros(0, np.int64)
    span = int(numbers.minutes * _MINUTE)
    lists = _lists(timed)
    # Spans begin at fixed moments; with others that begin between them no two near ratings are always parted.
    return np.concatenate(
        [_in_spans(timed, lists, span, offset, numbers.together, limit) for offset in (0, span // 2)]
    )


def _in_spans(
    ratings: Ratings, lists: tuple[Places, Numbers], span: int, offset: int, least: int, limit: float
) -> Keys:
    bucket = (ratings.times + offset) // span
    bucket -= bucket.min()
    cell = (ratings.notes * (int(bucket.max()) + 1) + bucket) * 3 + (ratings.values * 2).astype(np.int64)
    order = np.argsort(cell, kind="stable")  # ratings stand by note and rater, so raters ascend in each cell
    starts = np.concatenate([[0], np.flatnonzero(np.diff(cell[order])) + 1, [len(order)]])
    size = np.diff(starts)
    alike = np.bincount(
        ratings.notes[order[starts[:-1]]], weights=size * (size - 1) / 2, minlength=len(ratings.note_ids)
    )
    rated = ratings.per_note()
    share = alike / np.maximum(1, rated * (rated - 1) / 2)
    keys, counts = np.unique(_neighbours(ratings.raters[order], starts, NEAR), return_counts=True)
    keys, counts = keys[counts >= least], counts[counts >= least]
    usual = float(np.quantile(share[rated >= least], _USUAL)) if (rated >= least).any() else 0.0
    expected = _expected(keys, *lists, np.minimum(share, usual))
    return np.asarray(keys[_tail(counts.astype(np.float64), expected) <= limit])


def _alike(ratings: Ratings, limit: float) -> Keys:
    """Pairs of raters whose lists of ratings are nearly the same."""
    starts, notes = _lists(ratings)
    said = ratings.notes.astype(np.int64) * 4 + (ratings.values * 2).astype(np.int64)
    signed = said[grouped(ratings.raters, len(ratings.rater_ids)).order]
    long = np.flatnonzero(np.diff(starts) >= _LONG)
    if len(long) < 2:
        return np.zeros(0, np.int64)
    candidates: list[Keys] = []
    for band in _signatures(starts, signed, long, _BANDS, _ROWS):
        order = np.argsort(band, kind="stable")
        same = np.flatnonzero(band[order][1:] == band[order][:-1])
        first, second = (
            long[order[same]],
            long[order[same + 1]],
        )  # neighbours: enough to hold a group together
        candidates.append(np.minimum(first, second) << 32 | np.maximum(first, second))
    keys = np.unique(np.concatenate(candidates))
    shared, either = _overlaps(keys, starts, signed)
    popular = ratings.per_note() / len(ratings)
    lengths = np.diff(starts)
    chance = _reached(keys, starts, notes, popular, lengths)
    near = (shared >= _ALIKE * either) & (shared >= _LONG)
    return np.asarray(keys[near & (_tail(shared.astype(np.float64), chance) <= limit)])


def _lists(ratings: Ratings) -> tuple[Places, Numbers]:
    """Each rater's notes, ascending: where the lists start (raters + 1,), and the notes (n,)."""
    by = grouped(ratings.raters, len(ratings.rater_ids))
    return by.starts, ratings.notes[by.order]


def _tail(count: Floats, expected: Floats) -> Floats:
    """The logarithm of a bound on the probability of `count` or more where `expected` are; 0 where that is no surprise."""
    mean = np.maximum(expected, 1e-9)
    return np.where(count > mean, count - mean - count * np.log(np.maximum(count, 1e-9) / mean), 0.0)


def _groups(pairs: Keys, raters: int, members: int) -> Numbers:
    """Connected raters, numbered by their first; groups of fewer than `members` are none."""
    sets = UnionFind(raters)
    sets.union(np.column_stack([pairs >> 32, pairs & 0xFFFFFFFF]))
    root = sets.roots()
    size = np.bincount(root, minlength=raters)
    group = np.full(raters, -1, np.int32)
    large = size[root] >= max(2, members)
    _, group[large] = np.unique(root[large], return_inverse=True)
    return group


def _weights(ratings: Ratings, group: Numbers) -> Values:
    """One vote for all of a group that gave a note the same rating."""
    weights = np.ones(len(ratings), np.float32)
    mine = np.flatnonzero(group[ratings.raters] >= 0)
    cell = (
        ratings.notes[mine].astype(np.int64) * (int(group.max(initial=0)) + 1) + group[ratings.raters[mine]]
    )
    _, number, count = np.unique(
        cell * 4 + (ratings.values[mine] * 2).astype(np.int64), return_inverse=True, return_counts=True
    )
    weights[mine] = 1.0 / count[number]
    return weights


def _neighbours(raters: Numbers, starts: Places, near: int) -> Keys:
    """A key for each rater of a cell and each of the `near` after them in it."""
    size = np.diff(starts)
    short = np.minimum(size - 1, near)
    found = np.empty(int((short * size - short * (short + 1) // 2).sum()), np.int64)
    _pair(raters, starts, near, found)
    return found


@compiled
def _pair(raters: Numbers, starts: Places, near: int, found: Keys) -> None:
    total = 0
    for cell in range(len(starts) - 1):
        for one in range(starts[cell], starts[cell + 1]):
            for other in range(one + 1, min(starts[cell + 1], one + 1 + near)):
                found[total] = np.int64(raters[one]) << 32 | np.int64(raters[other])
                total += 1


@compiled
def _expected(keys: Keys, starts: Places, notes: Numbers, share: Floats) -> Floats:
    """For each pair the sum of `share` over the notes that both rated."""
    found = np.zeros(len(keys))
    for number in range(len(keys)):
        one, other = keys[number] >> 32, keys[number] & 0xFFFFFFFF
        here, there = starts[one], starts[other]
        while here < starts[one + 1] and there < starts[other + 1]:
            if notes[here] == notes[there]:
                found[number] += share[notes[here]]
                here += 1
                there += 1
            elif notes[here] < notes[there]:
                here += 1
            else:
                there += 1
    return found


@compiled
def _reached(keys: Keys, starts: Places, notes: Numbers, popular: Floats, lengths: Places) -> Floats:
    """For each pair how many notes of the first's list the second's would reach by chance."""
    found = np.zeros(len(keys))
    for number in range(len(keys)):
        one, other = keys[number] >> 32, keys[number] & 0xFFFFFFFF
        for place in range(starts[one], starts[one + 1]):
            found[number] += min(1.0, popular[notes[place]] * lengths[other])
    return found


@compiled
def _signatures(
    starts: Places, signed: Keys, raters: Places, bands: int, rows: int
) -> npt.NDArray[np.uint64]:
    """MinHash of each list, a row a band (bands, raters): the least hash of its ratings, `rows` of them mixed."""
    found = np.zeros((bands, len(raters)), np.uint64)
    for number in range(len(raters)):
        for band in range(bands):
            whole = np.uint64(band)
            for row in range(rows):
                least = np.uint64(0xFFFFFFFFFFFFFFFF)
                salt = mix(np.uint64(band * rows + row + 1))
                for place in range(starts[raters[number]], starts[raters[number] + 1]):
                    least = min(least, mix(np.uint64(signed[place]) ^ salt))
                whole = mix(whole ^ least)
            found[band, number] = whole
    return found


@compiled
def _overlaps(keys: Keys, starts: Places, signed: Keys) -> tuple[Places, Places]:
    """For each pair how many ratings both lists have, and how many either has."""
    shared, either = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    for number in range(len(keys)):
        one, other = keys[number] >> 32, keys[number] & 0xFFFFFFFF
        here, there = starts[one], starts[other]
        while here < starts[one + 1] and there < starts[other + 1]:
            if signed[here] == signed[there]:
                shared[number] += 1
                here += 1
                there += 1
            elif signed[here] < signed[there]:
                here += 1
            else:
                there += 1
        either[number] = starts[one + 1] - starts[one] + starts[other + 1] - starts[other] - shared[number]
    return shared, either
