"""A guard against raters who act together: they are found, and where they vote together they have one vote.

Two signs tell a pair of raters:

- **together**: they gave the same rating to the same notes within the hour, on more notes than chance brings.
  On a note where a share p of all pairs rate alike and together, two raters who have nothing to do with each other do so
  with probability p; over the notes that both rated the expected number is the sum of the p, and that many more happen
  with at most exp(k − λ) (λ/k)^k (Chernoff's bound for a Poisson variable).
- **alike**: what they rated, and how, is nearly the same list (Jaccard, candidates by MinHash), on more notes than two
  lists of such lengths share by chance, given how popular each note is.

A pair counts where fewer than `guard.chance` such pairs are expected among all raters who are honest. Pairs that share a
rater are gathered, and of these who is told together with at least half of the others is a group: who only has votes that
somebody copies is told together with the copies alone, and stays out. On a note where several of a group gave the same
rating these weigh together as much as one, and count as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.near.unionfind import UnionFind
from truthgpt.notes.incidence import Numbers, Places, grouped
from truthgpt.notes.ratings import LATEST_TIME, UNKNOWN_TIME, Flags, Ratings, Times, Values
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
_ASKED = 24
"""Others that each rater of a group is held against."""
_MINUTE = 60_000


@dataclass(frozen=True, eq=False)
class Guarded:
    """`group` (raters,) names the group of each rater, -1 for none; `weights` (n,) what each rating weighs, in (0, 1], and
    `echoes` (n,) which are votes that another of the group has given already."""

    group: Numbers
    weights: Values
    echoes: Flags

    @property
    def groups(self) -> int:
        """How many there are."""
        return int(self.group.max(initial=-1)) + 1


def guard(ratings: Ratings, numbers: Guarding) -> Guarded:
    """The groups among the raters of `ratings`, and what each rating weighs. Linear in the number of ratings but for a sort."""
    raters = int(np.count_nonzero(ratings.per_rater()))
    pairs = raters * (raters - 1) / 2
    group = np.full(len(ratings.rater_ids), -1, np.int32)
    if pairs:
        told = _Told(ratings, numbers, float(np.log(numbers.chance / pairs)))
        found = np.concatenate([told.together(), told.alike()])
        _group(found, group, numbers.members, told)
    return Guarded(group, *_votes(ratings, group))


class _Told:
    """Which pairs of raters (lower << 32 | higher) are told by either sign, where the logarithm of chance is at most `limit`."""

    def __init__(self, ratings: Ratings, numbers: Guarding, limit: float) -> None:
        self._limit, self._least = limit, numbers.together
        self._span = int(numbers.minutes * _MINUTE)
        self._timed = ratings.only(ratings.times != UNKNOWN_TIME)
        self._lists = _lists(self._timed)
        rated = self._timed.per_note()
        # Spans begin at fixed moments; with others that begin between them no two near ratings are always parted.
        self._cells = [_in_spans(self._timed, self._span, offset) for offset in (0, self._span // 2)]
        shares = [
            np.bincount(notes, weights=size * (size - 1) / 2, minlength=len(rated))
            / np.maximum(1, rated * (rated - 1) / 2)
            for _, _, notes, size in self._cells
        ]
        # On a brigade's notes far more are together than on others: these must not count for chance.
        usual = [
            float(np.quantile(one[rated >= self._least], _USUAL)) if (rated >= self._least).any() else 0.0
            for one in shares
        ]
        self._shares = [np.minimum(one, most) for one, most in zip(shares, usual, strict=True)]
        self._all_lists = _lists(ratings)
        said = ratings.notes.astype(np.int64) * 4 + (ratings.values * 2).astype(np.int64)
        self._signed = said[grouped(ratings.raters, len(ratings.rater_ids)).order]
        self._popular = ratings.per_note() / max(1, len(ratings))

    def together(self) -> Keys:
        """Pairs who rated alike and together oftener than by chance, of raters who are neighbours in a span."""
        found = [np.zeros(0, np.int64)]
        for (order, starts, _, _), share in zip(self._cells, self._shares, strict=True):
            keys, counts = np.unique(_neighbours(self._timed.raters[order], starts, NEAR), return_counts=True)
            keys, counts = keys[counts >= self._least], counts[counts >= self._least]
            expected = _expected(keys, *self._lists, share)
            found.append(keys[_tail(counts.astype(np.float64), expected) <= self._limit])
        return np.concatenate(found)

    def alike(self) -> Keys:
        """Pairs whose lists of ratings are nearly the same, of those that MinHash puts together."""
        starts, _ = self._all_lists
        long = np.flatnonzero(np.diff(starts) >= _LONG)
        if len(long) < 2:
            return np.zeros(0, np.int64)
        candidates: list[Keys] = []
        for band in _signatures(starts, self._signed, long, _BANDS, _ROWS):
            order = np.argsort(band, kind="stable")
            same = np.flatnonzero(band[order][1:] == band[order][:-1])
            first, second = (
                long[order[same]],
                long[order[same + 1]],
            )  # neighbours: enough to hold a group together
            candidates.append(np.minimum(first, second) << 32 | np.maximum(first, second))
        keys = np.unique(np.concatenate(candidates))
        return np.asarray(keys[self._are_alike(keys)])

    def are(self, keys: Keys) -> Flags:
        """Which of any `keys` (pairs,) are told by one sign or the other."""
        starts, notes = self._lists
        order = grouped(self._timed.raters, len(self._timed.rater_ids)).order
        counts = _met(keys, starts, notes, self._timed.times[order], self._timed.values[order], self._span)
        expected = _expected(keys, starts, notes, np.maximum(*self._shares))
        often = (counts >= self._least) & (_tail(counts.astype(np.float64), expected) <= self._limit)
        return np.asarray(often | self._are_alike(keys))

    def _are_alike(self, keys: Keys) -> Flags:
        starts, notes = self._all_lists
        shared, either = _overlaps(keys, starts, self._signed)
        chance = _reached(keys, starts, notes, self._popular, np.diff(starts))
        near = (shared >= _ALIKE * either) & (shared >= _LONG)
        return np.asarray(near & (_tail(shared.astype(np.float64), chance) <= self._limit))


def _in_spans(ratings: Ratings, span: int, offset: int) -> tuple[Places, Places, Numbers, Places]:
    """Ratings of one note, one value and one span side by side: their order (n,), where each such cell starts (cells + 1,), its
    note and its size (cells,). In a cell raters ascend."""
    bucket = (ratings.times + offset) // span
    bucket -= bucket.min(initial=LATEST_TIME)
    values = (ratings.values * 2).astype(np.int64)
    cell = (ratings.notes.astype(np.int64) * (int(bucket.max(initial=0)) + 1) + bucket) * 3 + values
    order = np.argsort(cell, kind="stable")  # ratings stand by note and rater
    edges = np.flatnonzero(np.diff(cell[order])) + 1
    starts = (
        np.concatenate([[0], edges, [len(order)]]).astype(np.int64) if len(order) else np.zeros(1, np.int64)
    )
    return order, starts, ratings.notes[order[starts[:-1]]], np.diff(starts)


def _lists(ratings: Ratings) -> tuple[Places, Numbers]:
    """Each rater's notes, ascending: where the lists start (raters + 1,), and the notes (n,)."""
    by = grouped(ratings.raters, len(ratings.rater_ids))
    return by.starts, ratings.notes[by.order]


def _tail(count: Floats, expected: Floats) -> Floats:
    """The logarithm of a bound on the probability of `count` or more where `expected` are; 0 where that is no surprise."""
    mean = np.maximum(expected, 1e-9)
    return np.where(count > mean, count - mean - count * np.log(np.maximum(count, 1e-9) / mean), 0.0)


def _group(pairs: Keys, group: Numbers, members: int, told: _Told) -> None:
    """Numbers the groups among connected raters into `group` (raters,)."""
    sets = UnionFind(len(group))
    sets.union(np.column_stack([pairs >> 32, pairs & 0xFFFFFFFF]))
    root = sets.roots()
    connected = np.unique(np.concatenate([pairs >> 32, pairs & 0xFFFFFFFF]))
    number = 0
    for one in np.unique(root[connected]):
        held = connected[root[connected] == one]
        while len(held) >= max(2, members):
            kept = held[_held_together(held, told)]
            if len(kept) == len(held):
                group[held] = number
                number += 1
                break
            held = kept


def _held_together(held: Places, told: _Told) -> Flags:
    """Which raters are told together with at least half of the others, of whom `_ASKED` are asked, evenly."""
    count = len(held)
    steps = np.unique(np.linspace(1, count - 1, min(count - 1, _ASKED)).astype(np.int64))
    one = np.repeat(np.arange(count), len(steps))
    other = (one + np.tile(steps, count)) % count
    first, second = held[one].astype(np.int64), held[other].astype(np.int64)
    yes = told.are(np.minimum(first, second) << 32 | np.maximum(first, second))
    return np.asarray(yes.reshape(count, len(steps)).mean(axis=1) >= 0.5)


def _votes(ratings: Ratings, group: Numbers) -> tuple[Values, Flags]:
    """One vote for all of a group that gave a note the same rating: what each weighs, and which are no vote of their own."""
    weights, echoes = np.ones(len(ratings), np.float32), np.zeros(len(ratings), np.bool_)
    mine = np.flatnonzero(group[ratings.raters] >= 0)
    cell = (
        ratings.notes[mine].astype(np.int64) * (int(group.max(initial=0)) + 1) + group[ratings.raters[mine]]
    )
    _, first, number, count = np.unique(
        cell * 4 + (ratings.values[mine] * 2).astype(np.int64),
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    weights[mine] = 1.0 / count[number]
    echoes[mine] = True
    echoes[mine[first]] = False
    return weights, echoes


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
def _next_shared(starts: Places, lists: Numbers | Keys, key: int, here: int, there: int) -> tuple[int, int]:
    """The next places, from `here` and `there` on, at which the two raters of a pair have the same; the lists' ends if none."""
    end, other_end = starts[(key >> 32) + 1], starts[(key & 0xFFFFFFFF) + 1]
    while here < end and there < other_end and lists[here] != lists[there]:
        if lists[here] < lists[there]:
            here += 1
        else:
            there += 1
    return (here, there) if there < other_end else (end, other_end)


@compiled
def _met(keys: Keys, starts: Places, notes: Numbers, times: Times, values: Values, span: int) -> Places:
    """For each pair on how many notes both gave the same rating within `span`."""
    found = np.zeros(len(keys), np.int64)
    for number in range(len(keys)):
        key = keys[number]
        end = starts[(key >> 32) + 1]
        here, there = _next_shared(starts, notes, key, starts[key >> 32], starts[key & 0xFFFFFFFF])
        while here < end:
            if values[here] == values[there] and abs(times[here] - times[there]) <= span:
                found[number] += 1
            here, there = _next_shared(starts, notes, key, here + 1, there + 1)
    return found


@compiled
def _expected(keys: Keys, starts: Places, notes: Numbers, share: Floats) -> Floats:
    """For each pair the sum of `share` over the notes that both rated."""
    found = np.zeros(len(keys))
    for number in range(len(keys)):
        key = keys[number]
        end = starts[(key >> 32) + 1]
        here, there = _next_shared(starts, notes, key, starts[key >> 32], starts[key & 0xFFFFFFFF])
        while here < end:
            found[number] += share[notes[here]]
            here, there = _next_shared(starts, notes, key, here + 1, there + 1)
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
        key = keys[number]
        one, other = key >> 32, key & 0xFFFFFFFF
        here, there = _next_shared(starts, signed, key, starts[one], starts[other])
        while here < starts[one + 1]:
            shared[number] += 1
            here, there = _next_shared(starts, signed, key, here + 1, there + 1)
        either[number] = starts[one + 1] - starts[one] + starts[other + 1] - starts[other] - shared[number]
    return shared, either
