"""Terms that a post must have in, the rows that have them out: of which posts a text has to be read to see what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.postings import build, match
from truthgpt.corpus.postings.segment import BLOCK, POSTINGS, ROWS, STARTS, TERMS, Segment

Rows: TypeAlias = npt.NDArray[np.int64]
"""Places in a fragment, rising."""

_Bytes = npt.NDArray[np.uint8]
_Table = npt.NDArray[np.int64]
_Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Terms:
    """All of these `terms`, one at least, stand in `column`."""

    column: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Having, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Having, ...]


Having: TypeAlias = Terms | All | Some


def having(segments: Mapping[str, Segment], wanted: Having) -> Rows:
    """The rows of one fragment that have what is `wanted`, deleted ones too; `segments` are its postings by column."""
    if isinstance(wanted, Terms):
        return _with_all(segments[wanted.column], wanted.terms)
    found = [having(segments, part) for part in wanted.parts]
    if isinstance(wanted, Some):
        return np.unique(np.concatenate(found))
    return reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), found)


def _with_all(segment: Segment, terms: Sequence[str]) -> Rows:
    hashes, _ = build.hashes(" ".join(terms))
    places = np.empty((len(segment.table), len(hashes)), np.int32)
    frequency = np.zeros(len(hashes), np.int64)
    match.locate(segment.addressed(), hashes, places, frequency)
    found = np.empty(max(int(frequency.min(initial=segment.size)), 0), np.int64)
    return found[: _common(segment.content, segment.table, places, found)]


@compiled
def _common(content: _Bytes, table: _Table, places: _Places, found: Rows) -> int:
    """Writes the rows that have all terms to `found`, as many as it has room for; `places` (blocks, terms) are `match.locate`'s.
    How many they are."""
    held = 0
    for block in range(len(table)):
        terms = places.shape[1]
        begin = table[block, STARTS]
        starts = content[begin : begin + 4 * (table[block, TERMS] + 1)].view(np.uint32)
        postings = table[block, POSTINGS]
        begin = table[block, ROWS]
        rows = content[begin : begin + 2 * postings].view(np.uint16)
        rarest, least = -1, postings + 1
        for number in range(terms):
            place = places[block, number]
            many = np.int64(0) if place < 0 else np.int64(starts[place + 1]) - np.int64(starts[place])
            if many < least:
                rarest, least = number, many
        if least <= 0:
            continue
        place = places[block, rarest]
        for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
            row = rows[posting]
            has = True
            for number in range(terms):
                if number != rarest and has:
                    other = places[block, number]
                    end = min(np.int64(starts[other + 1]), postings)
                    at = match.least(rows, np.int64(starts[other]), end, row)
                    has = at < end and rows[at] == row
            if has and held < len(found):
                found[held] = block * BLOCK + np.int64(row)
                held += 1
    return held
