"""Blocks of postings and hashes of terms in, the best rows by BM25 out: what a search by words spends its time on, as machine code.

Scores are exact. Of the terms of a query those that could not lift a row among the best by themselves are only looked up for the
rows that the others bring (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995: MaxScore), block by
block, by the most that a term can be worth in each; of these, those that have most postings for what they are worth.

What a row needs to be among the best is known late where blocks are gone through one after the other. So it is done twice: for the rows that
have one of the rarest terms, which are few and mostly the best, and then for all others, most of which cannot reach these.

The blocks of all fragments are gone through in one call: each return to the interpreter waits for its lock, which other searches hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled, memory, prefetch
from truthgpt.corpus.heap import put
from truthgpt.corpus.postings.segment import (
    BLOCK,
    BOUNDS,
    CODES,
    FILLED,
    FIRST,
    HASHES,
    HELD,
    K1,
    MOST,
    POSTINGS,
    ROWS,
    STARTS,
    TERMS,
    WORDS,
)

Bytes = npt.NDArray[np.uint8]
Table = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

_HASHES = 2.0**64
"""How many there are."""
ALL, WITH_RARE, WITHOUT = range(3)
"""Rows that are gone through in one turn: all; those that have a rare term, and then those that have none."""
_OUT = np.float32(-1e30)
"""The score of rows that are left out of a turn."""
_SCANNED = 16
"""Postings of a term that are gone through sooner than one row is looked up among them."""


@compiled
def locate(table: Table, wanted: Hashes, places: Places, frequency: Numbers) -> None:
    """Where each of `wanted` (terms,) stands in each block, -1 where it does not, to `places` (blocks, terms); how many rows
    have it is added to `frequency` (terms,). `table` is `Segment.addressed` of any segments."""
    for block in range(len(table)):
        if block + 1 < len(table) and table[block + 1, TERMS]:
            for term in wanted:
                prefetch(table[block + 1, HASHES] + 8 * _expected(term, table[block + 1, TERMS]))
        terms = table[block, TERMS]
        hashes = memory(table[block, HASHES], 8 * terms).view(np.uint64)
        starts = memory(table[block, STARTS], 4 * (terms + 1)).view(np.uint32)
        for number in range(len(wanted)):
            place = _place(hashes, wanted[number])
            places[block, number] = place
            if place >= 0:
                frequency[number] += np.int64(starts[place + 1]) - np.int64(starts[place])


@compiled
def least(values: npt.NDArray[Any], low: Any, high: Any, wanted: Any) -> Any:
    """The first place from `low` on, and before `high`, where `values`, rising, have `wanted` or more; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _expected(wanted: np.uint64, many: int) -> int:
    """Where `wanted` would stand among so `many` hashes, more than none, if they were spread evenly."""
    return min(int(np.float64(wanted) / _HASHES * many), many - 1)


@compiled
def _place(hashes: Hashes, wanted: np.uint64) -> int:
    """Where `wanted` is in `hashes`, rising, or -1: they are evenly spread, so that it is near where it would be expected."""
    low, high = 0, len(hashes)
    if high == 0:
        return -1
    guess = _expected(wanted, high)
    # As far off as hashes before it are too many or too few: by what is there, nearer.
    found = hashes[guess]
    off = np.float64(wanted - found) if wanted > found else -np.float64(found - wanted)
    guess = min(max(guess + int(off / _HASHES * high), 0), high - 1)
    step = 8
    if hashes[guess] < wanted:
        low = guess + 1
        while low + step < high and hashes[low + step] < wanted:
            low += step
            step *= 2
        high = min(high, low + step + 1)
    else:
        high = guess + 1
        while high - step > low and hashes[high - step] >= wanted:
            high -= step
            step *= 2
        low = max(low, high - step)
    low = least(hashes, low, high, wanted)
    return low if low < len(hashes) and hashes[low] == wanted else -1


@compiled
def _near(rows: npt.NDArray[np.uint16], begin: Any, end: Any, row: Any) -> Any:
    """As `least`, of rows that are spread over a block more or less evenly."""
    many = end - begin
    at = begin + ((np.int64(row) * many) >> 16)
    step = np.int64(8)
    if at < end and rows[at] < row:
        low = at + 1
        while low + step < end and rows[low + step] < row:
            low += step
            step *= 2
        return least(rows, low, min(end, low + step + 1), row)
    high = at
    while high - step > begin and rows[high - step] >= row:
        high -= step
        step *= 2
    return least(rows, max(begin, high - step), high, row)


@compiled
def _parted(bound: Floats, many: Numbers, found: int, least_score: Any, order: Numbers) -> tuple[int, Any]:
    """Write the places (0 to `found`) of a block's terms to `order` (terms,), those first that rows are brought by, how many of these
    there are, and the most that the others are worth together; these come by what they are worth, the most first.

    Of a term, `bound` is what it is worth at most and `many` how many postings it has.
    """
    rest = np.float32(0)
    for at in range(found):
        order[at] = at
    leading = found
    while leading:
        chosen, dearest = -1, np.float32(-1)
        for at in range(leading):
            term = order[at]
            if rest + bound[term] < least_score:
                price = np.float32(many[term]) / max(bound[term], np.float32(1e-9))
                if price > dearest:
                    chosen, dearest = at, price
        if chosen < 0:
            break
        leading -= 1
        rest += bound[order[chosen]]
        order[chosen], order[leading] = order[leading], order[chosen]
    _most_first(bound, order, leading, found)
    return leading, rest


@compiled
def _led(bound: Floats, rare: npt.NDArray[np.bool_], found: int, order: Numbers) -> tuple[int, Any]:
    """As `_parted`, where rows are brought by terms that are `rare` (terms,)."""
    leading, rest = 0, np.float32(0)
    for at in range(found):
        order[at] = at
        if rare[at]:
            order[at], order[leading] = order[leading], order[at]
            leading += 1
        else:
            rest += bound[at]
    _most_first(bound, order, leading, found)
    return leading, rest


@compiled
def _most_first(bound: Floats, order: Numbers, begin: int, end: int) -> None:
    """Sort `order` between `begin` and `end` by what terms are worth at most."""
    for at in range(begin + 1, end):
        term, to = order[at], at
        while to > begin and bound[order[to - 1]] < bound[term]:
            order[to] = order[to - 1]
            to -= 1
        order[to] = term


@compiled
def _fetch(block: Numbers, places: Places) -> None:
    """Have memory bring where the postings of terms begin in a block, while the processor goes through another."""
    starts = memory(block[STARTS], 4 * (block[TERMS] + 1)).view(np.uint32)
    for place in places:
        if place >= 0:
            prefetch(block[BOUNDS] + place)
            prefetch(block[ROWS] + 2 * np.int64(starts[place]))
            prefetch(block[CODES] + 2 * np.int64(starts[place]))


@compiled
def match(
    table: Table,
    places: Places,
    weights: Floats,
    rare: npt.NDArray[np.bool_],
    turn: int,
    worth: Floats,
    average: float,
    allowed: Table,
    sums: Floats,
    best_rows: Numbers,
    best_scores: Floats,
    held: int,
) -> int:
    """Put the best rows of one `turn` on a heap with the worst on top, `held` of the room that `best_rows` (k,) and `best_scores` (k,) have;
    how many are held then.

    `table` is `Segment.addressed` of any segments, `places` (blocks, terms) are `locate`'s, `weights` (terms,) what each is worth, the
    rarer the more, `rare` (terms,) those that turns are told apart by, and `worth` (65,536,) what codes are, where rows have
    `average` terms. `allowed` (blocks, 2) is for each block the address of a byte a row, 0 for one that is left out, and of how many rows
    these are; where that is negative none is left out. `sums` (`BLOCK`,) is room for scores, zeros before and after.
    """
    terms = places.shape[1]
    present = np.empty(terms, np.int64)
    many = np.empty(terms, np.int64)
    bound = np.empty(terms, np.float32)
    is_rare = np.empty(terms, np.bool_)
    order = np.empty(terms, np.int64)
    candidates = np.empty(BLOCK, np.uint16)
    for block in range(len(table)):
        if block + 1 < len(table):
            _fetch(table[block + 1], places[block + 1])
        if allowed[block, 1] == 0:
            continue
        postings, size = table[block, POSTINGS], table[block, HELD]
        starts = memory(table[block, STARTS], 4 * (table[block, TERMS] + 1)).view(np.uint32)
        bounds = memory(table[block, BOUNDS], table[block, TERMS])
        own = np.float32(max(table[block, WORDS], 1)) / np.float32(max(table[block, FILLED], 1))
        # Sums are rounded.
        reach = (
            np.float32((K1 + 1) / MOST) * max(np.float32(1), np.float32(average) / own) * np.float32(1.0001)
        )
        rows = memory(table[block, ROWS], 2 * postings).view(np.uint16)
        codes = memory(table[block, CODES], 2 * postings).view(np.uint16)
        mask = memory(allowed[block, 0], max(allowed[block, 1], 0))
        found = 0
        for number in range(terms):
            place = places[block, number]
            if place >= 0 and turn == WITHOUT and rare[number]:
                for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                    sums[rows[posting]] = _OUT
            elif place >= 0:
                is_rare[found] = rare[number]
                present[found] = number
                bound[found] = weights[number] * reach * np.float32(bounds[place])
                many[found] = np.int64(starts[place + 1]) - np.int64(starts[place])
                found += 1
        least_score = best_scores[0] if held == len(best_rows) else np.float32(0)
        leading, rest = (
            _led(bound, is_rare, found, order)
            if turn == WITH_RARE
            else _parted(bound, many, found, least_score, order)
        )
        for at in range(leading):
            number = present[order[at]]
            place, weight = places[block, number], weights[number]
            for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                sums[rows[posting]] += weight * worth[codes[posting]]
        hopeful = 0
        for at in range(leading):
            place = places[block, present[order[at]]]
            for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                row = rows[posting]
                score = sums[row]
                if score < 0:  # of several lists, marked when it was met in the first; or left out
                    continue
                if not score > 0 or hopeful == BLOCK:  # as of a damaged file alone
                    sums[row] = 0
                    continue
                if score + rest < least_score or (
                    allowed[block, 1] > 0 and (row >= len(mask) or mask[row] == 0)
                ):
                    sums[row] = 0
                    continue
                sums[row] = -score
                candidates[hopeful] = row
                hopeful += 1
        for other in range(leading, found):
            if not hopeful:
                break
            number = present[order[other]]
            place, weight = places[block, number], weights[number]
            begin, end = np.int64(starts[place]), min(np.int64(starts[place + 1]), postings)
            if hopeful * _SCANNED > end - begin:
                for posting in range(begin, end):
                    row = rows[posting]
                    if sums[row] < 0:
                        sums[row] -= weight * worth[codes[posting]]
            else:
                for at in range(hopeful):
                    guess = begin + ((np.int64(candidates[at]) * (end - begin)) >> 16)
                    prefetch(table[block, ROWS] + 2 * guess)
                    prefetch(table[block, CODES] + 2 * guess)
                for at in range(hopeful):
                    row = candidates[at]
                    spot = _near(rows, begin, end, row)
                    if spot < end and rows[spot] == row:
                        sums[row] -= weight * worth[codes[spot]]
            rest -= bound[order[other]]
            kept = 0
            for at in range(hopeful):
                row = candidates[at]
                if rest - sums[row] < least_score:
                    sums[row] = 0
                else:
                    candidates[kept] = row
                    kept += 1
            hopeful = kept
        for at in range(hopeful):
            row = candidates[at]
            score = -sums[row]
            sums[row] = 0
            numbered = table[block, FIRST] + np.int64(row)
            if row < size and (
                held < len(best_rows)
                or score > least_score
                or (score == least_score and numbered < best_rows[0])
            ):
                held = put(best_rows, best_scores, held, numbered, score)
                if held == len(best_rows):
                    least_score = best_scores[0]
        if turn == WITHOUT:
            for number in range(terms):
                place = places[block, number]
                if place >= 0 and rare[number]:
                    for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                        sums[rows[posting]] = 0
    return held
