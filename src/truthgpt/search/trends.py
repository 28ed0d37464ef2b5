"""Posts that meet a query in; when, where and by how many authors they were written out, and which words of theirs are new.

Nothing here ranks: all posts that have what a query asks are counted, of a word as of any other demand. A word is rising
where more authors use it in the latest fifth of these posts than the four before would let expect. Authors are counted and
not posts, so that nobody makes a word rise alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.view import View
from truthgpt.search.rising import Counted, rising, spelled

Interval: TypeAlias = Literal["hour", "day", "week", "month", "year"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)

_UNITS = {"hour": "h", "day": "D", "month": "M", "year": "Y"}
"""Those that NumPy counts in."""
_COMFORTABLE = 60
"""Periods up to which a shorter interval is preferred to a longer."""
_PERIODS = 1000
"""Periods at most, the latest."""
_COMMUNITIES = 10
_TERMS = 12
_RECENT = 0.2
"""The share of the posts with a time, the latest, in which words rise."""
_COMPARED = 5_000
"""Posts of either part whose words are read, at most: the latest, and of those before some of all times."""
_FEW = 20
"""Posts with a time below which no word is told to rise."""
_SPELLED = 300
"""Posts that are read to see how the rising words are written."""


@dataclass(frozen=True, slots=True)
class Period:
    """How many posts by how many known authors were written from `start` (UTC) until the next period's."""

    start: datetime
    posts: int
    authors: int


@dataclass(frozen=True, slots=True)
class Community:
    """`posts` that meet the query by `authors`, of all the community's, `of`."""

    community: str
    posts: int
    authors: int
    of: int


@dataclass(frozen=True, slots=True)
class Rising:
    """A word: authors who use it since `Trends.rising_since` and `before`, of those who were read, and how far it stands
    above what these would let expect, in standard deviations."""

    term: str
    recent: int
    before: int
    score: float


@dataclass(frozen=True, slots=True)
class Trends:
    """`periods` are without a gap from the first post to the last, at most 1,000, the latest; `untimed` posts are in none.
    Words rise since `rising_since`; None where too few posts have a time to tell."""

    posts: int
    authors: int
    untimed: int
    interval: Interval
    periods: list[Period]
    communities: list[Community]
    rising: list[Rising]
    rising_since: datetime | None


def trends(view: View, where: str, interval: Interval | None = None) -> Trends:
    """Of the posts that `where` (SQL) holds for, which is empty for all."""
    rows = view.select(["created_at", "author", "community"], where).combine_chunks()
    authors = _codes(rows["author"])
    timed = rows["created_at"].is_valid().to_numpy()
    moments = rows["created_at"].filter(pa.array(timed)).to_numpy().astype("datetime64[us]")
    chosen = interval or _interval(moments)
    since, words = _rising(view, rows["_rowid"].to_numpy()[timed], moments, authors[timed])
    return Trends(
        rows.num_rows,
        _distinct(authors),
        int((~timed).sum()),
        chosen,
        _periods(moments, authors[timed], chosen),
        _communities(view, rows["community"], authors),
        words,
        since,
    )


def _codes(names: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A number for each name, equal ones for equal names, below 0 where it is unknown, and then for each its own."""
    codes: npt.NDArray[np.int64] = (
        pc.dictionary_encode(names).combine_chunks().indices.to_numpy().astype(np.int64)
    )
    unknown = pc.equal(names, "").to_numpy()
    codes[unknown] = -1 - np.arange(int(unknown.sum()))
    return codes


def _distinct(authors: npt.NDArray[np.int64]) -> int:
    return len(np.unique(authors[authors >= 0]))


def _starts(moments: npt.NDArray[np.datetime64], interval: Interval) -> npt.NDArray[np.int64]:
    """The number of the period that each of `moments` is in, in time's order, without gaps."""
    unit = "D" if interval == "week" else _UNITS[interval]
    numbers: npt.NDArray[np.int64] = moments.astype(f"datetime64[{unit}]").astype(np.int64)
    # A week begins on a Monday; 1970 began on a Thursday.
    return (numbers + 3) // 7 if interval == "week" else numbers


def _start(number: int, interval: Interval) -> datetime:
    if interval == "week":
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=7 * number - 3)
    found: datetime = np.array(number, f"datetime64[{_UNITS[interval]}]").astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)


def _interval(moments: npt.NDArray[np.datetime64]) -> Interval:
    """The shortest that cuts the time from the first to the last of `moments` into few enough periods."""
    ends = np.array([moments.min(), moments.max()]) if len(moments) else moments
    for interval in INTERVALS:
        numbers = _starts(ends, interval)
        if not len(numbers) or numbers[1] - numbers[0] < _COMFORTABLE:
            return interval
    return INTERVALS[-1]


def _periods(
    moments: npt.NDArray[np.datetime64], authors: npt.NDArray[np.int64], interval: Interval
) -> list[Period]:
    if not len(moments):
        return []
    numbers = _starts(moments, interval)
    last = int(numbers.max())
    first = max(int(numbers.min()), last - _PERIODS + 1)
    inside = numbers >= first
    places, authors = numbers[inside] - first, authors[inside]
    posts = np.bincount(places, minlength=last - first + 1)
    known = authors >= 0
    once = np.unique(np.column_stack([places[known], authors[known]]), axis=0)
    by = np.bincount(once[:, 0], minlength=last - first + 1)
    return [
        Period(_start(first + at, interval), int(posts[at]), int(by[at])) for at in range(last - first + 1)
    ]


_all: WeakKeyDictionary[View, dict[str, int]] = WeakKeyDictionary()


def _sizes(view: View) -> dict[str, int]:
    """How many posts each community has, counted once for each version."""
    if (sizes := _all.get(view)) is None:
        sizes = _all[view] = _counts(view.select(["community"])["community"])
    return sizes


def _counts(names: pa.ChunkedArray) -> dict[str, int]:
    """How often each of `names` is there."""
    counted = pc.value_counts(names)
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def _communities(view: View, names: pa.ChunkedArray, authors: npt.NDArray[np.int64]) -> list[Community]:
    """Those with the most of the posts, the most first."""
    named = _counts(names.filter(pc.not_equal(names, "")))
    most = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))[:_COMMUNITIES]
    sizes = _sizes(view) if most else {}
    return [
        Community(name, posts, _distinct(authors[pc.equal(names, name).to_numpy()]), sizes[name])
        for name, posts in most
    ]


def _rising(
    view: View,
    rows: npt.NDArray[np.uint64],
    moments: npt.NDArray[np.datetime64],
    authors: npt.NDArray[np.int64],
) -> tuple[datetime | None, list[Rising]]:
    """Since when words rise, and which do."""
    if len(rows) < _FEW:
        return None, []
    since = np.sort(moments)[int((1 - _RECENT) * len(moments))]
    recent = np.flatnonzero(moments >= since)
    recent = recent[np.argsort(moments[recent], kind="stable")][-_COMPARED:]
    before = np.flatnonzero(moments < since)
    if not len(before):
        return None, []
    before = before[:: -(-len(before) // _COMPARED)]
    here = Counted(_terms(view, rows[recent]), authors[recent])
    there = Counted(_terms(view, rows[before]), authors[before])
    found = rising(here, there, _TERMS)
    texts = _texts(view, rows[recent], here, [word.term for word in found])
    written = spelled(texts, [word.term for word in found])
    words = [
        Rising(name, word.recent, word.before, round(word.score, 2))
        for name, word in zip(written, found, strict=True)
    ]
    when: datetime = since.item()
    return when.replace(tzinfo=UTC), words


def _terms(view: View, rows: npt.NDArray[np.uint64]) -> list[str]:
    """The terms of each of `rows`, those of scripts without spaces after the others."""
    taken = view.take(rows.tolist(), ("terms", "grams"))
    columns = (taken["terms"].to_pylist(), taken["grams"].to_pylist())
    return [" ".join(filter(None, pair)) for pair in zip(*columns, strict=True)]


def _texts(view: View, rows: npt.NDArray[np.uint64], counted: Counted, terms: Sequence[str]) -> list[str]:
    """Texts of some of `rows` that have one of `terms`, the latest."""
    wanted = set(terms)
    having = [row for row, found in zip(rows.tolist(), counted.terms, strict=True) if wanted & found]
    if not having:
        return []
    taken = view.take(having[-_SPELLED:], ("text",))
    found: list[str] = taken["text"].to_pylist()
    return found
