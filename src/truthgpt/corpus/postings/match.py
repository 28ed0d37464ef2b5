"""Segments and hashes of terms in, the best rows by BM25 out: what a search by words spends its time on, as machine code.

Scores are exact. Of the terms of a query those that could not lift a row among the best by themselves are only looked up for the
rows that the others bring (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995: MaxScore), block by
block, by the most that a term can be worth in each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.heap import put
from truthgpt.corpus.postings.segment import (
    BLOCK,
    BOUNDS,
    COUNTS,
    FILLED,
    HASHES,
    HELD,
    K1,
    LENGTHS,
    MOST,
    POSTINGS,
    ROWS,
    STARTS,
    TERMS,
    WORDS,
    B,
)

Bytes = npt.NDArray[np.uint8]
Table = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


_SCANNED = 8
"""Postings of a term that are gone through sooner than one row is looked up among them."""


@compiled
def locate(content: Bytes, table: Table, wanted: Hashes, places: Places, frequency: Numbers) -> None:
    """Where each of `wanted` (terms,) stands in each block, -1 where it does not, to `places` (blocks, terms); how many rows
    have it is added to `frequency` (terms,)."""
    for block in range(len(table)):
        terms = table[block, TERMS]
        begin = table[block, HASHES]
        hashes = content[begin : begin + 8 * terms].view(np.uint64)
        begin = table[block, STARTS]
        starts = content[begin : begin + 4 * (terms + 1)].view(np.uint32)
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
def _place(hashes: Hashes, wanted: np.uint64) -> int:
    """Where `wanted` is in `hashes`, rising, or -1: they are evenly spread, so that it is near where it would be expected."""
    low, high = 0, len(hashes)
    if high == 0:
        return -1
    guess = int(np.float64(wanted) / 18446744073709551616.0 * high)
    guess = min(max(guess, 0), high - 1)
    step = 32
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
def match(
    content: Bytes,
    table: Table,
    places: Places,
    weights: Floats,
    average: float,
    allowed: Bytes,
    first: int,
    sums: Floats,
    best_rows: Numbers,
    best_scores: Floats,
    held: int,
) -> int:
    """Put the best rows of a segment among the best so far, a heap with the worst on top, `held` of the room that
    `best_rows` (k,) and `best_scores` (k,) have; how many are held then.

    `places` (blocks, terms) are `locate`'s and `weights` (terms,) what each is worth, the rarer the more; `average` is how many terms a row
    has. Rows are numbered from `first`. Those whose byte in `allowed` (rows,) is 0 are left out, none where it is empty.
    `sums` (`BLOCK`,) is room for scores, zeros before and after.
    """
    terms = places.shape[1]
    present = np.empty(terms, np.int64)
    bound = np.empty(terms, np.float32)
    above = np.empty(terms, np.float32)
    candidates = np.empty(BLOCK, np.uint16)
    steady, by_length = np.float32(K1 * (1 - B)), np.float32(K1 * B / max(average, 1.0))
    gain = np.float32(K1 + 1)
    for block in range(len(table)):
        postings, size = table[block, POSTINGS], table[block, HELD]
        begin = table[block, STARTS]
        starts = content[begin : begin + 4 * (table[block, TERMS] + 1)].view(np.uint32)
        bounds = content[table[block, BOUNDS] : table[block, BOUNDS] + table[block, TERMS]]
        own = np.float32(max(table[block, WORDS], 1)) / np.float32(max(table[block, FILLED], 1))
        # Sums are rounded.
        reach = gain / np.float32(MOST) * max(np.float32(1), np.float32(average) / own) * np.float32(1.0001)
        begin = table[block, ROWS]
        rows = content[begin : begin + 2 * postings].view(np.uint16)
        counts = content[table[block, COUNTS] : table[block, COUNTS] + postings]
        begin = table[block, LENGTHS]
        lengths = content[begin : begin + 2 * size].view(np.uint16)
        found = 0
        for number in range(terms):
            place = places[block, number]
            if place < 0:
                continue
            most = weights[number] * reach * np.float32(bounds[place])
            at = found
            while at and bound[at - 1] > most:
                bound[at], present[at] = bound[at - 1], present[at - 1]
                at -= 1
            bound[at], present[at] = most, number
            found += 1
        total = np.float32(0)
        for at in range(found):
            total += bound[at]
            above[at] = total
        least_score = best_scores[0] if held == len(best_rows) else np.float32(0)
        leading = 0
        while leading < found and above[leading] < least_score:
            leading += 1
        for at in range(leading, found):
            place = places[block, present[at]]
            worth = weights[present[at]] * gain
            for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                row = rows[posting]
                if row < size:
                    count = np.float32(counts[posting])
                    sums[row] += worth * count / (count + steady + by_length * np.float32(lengths[row]))
        hopeful = 0
        rest = above[leading - 1] if leading else np.float32(0)
        for at in range(leading, found):
            place = places[block, present[at]]
            for posting in range(starts[place], min(np.int64(starts[place + 1]), postings)):
                row = rows[posting]
                score = sums[row]
                if score < 0:  # of several lists, marked when it was met in the first
                    continue
                if not score > 0 or hopeful == BLOCK:  # as of a damaged file alone
                    sums[row] = 0
                    continue
                if score + rest < least_score or (
                    len(allowed)
                    and (block * BLOCK + row >= len(allowed) or allowed[block * BLOCK + row] == 0)
                ):
                    sums[row] = 0
                    continue
                sums[row] = -score
                candidates[hopeful] = row
                hopeful += 1
        for other in range(leading - 1, -1, -1):
            if not hopeful:
                break
            place = places[block, present[other]]
            begin, end = np.int64(starts[place]), min(np.int64(starts[place + 1]), postings)
            worth = weights[present[other]] * gain
            if hopeful * _SCANNED > end - begin:
                for posting in range(begin, end):
                    row = rows[posting]
                    if sums[row] < 0:
                        count = np.float32(counts[posting])
                        sums[row] -= worth * count / (count + steady + by_length * np.float32(lengths[row]))
            else:
                for at in range(hopeful):
                    row = candidates[at]
                    spot = least(rows, begin, end, row)
                    if spot < end and rows[spot] == row:
                        count = np.float32(counts[spot])
                        sums[row] -= worth * count / (count + steady + by_length * np.float32(lengths[row]))
            rest = above[other - 1] if other else np.float32(0)
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
            numbered = first + block * BLOCK + np.int64(row)
            if (
                held < len(best_rows)
                or score > least_score
                or (score == least_score and numbered < best_rows[0])
            ):
                held = put(best_rows, best_scores, held, numbered, score)
                if held == len(best_rows):
                    least_score = best_scores[0]
    return held
