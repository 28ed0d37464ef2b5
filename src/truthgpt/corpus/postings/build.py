"""A column of terms in, blocks of postings out.

Each term is looked up by its hash in a table that grows, and what was counted is put in the order of the hashes by one
counting sort: time grows with the number of terms alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.compiled import compiled, mix
from truthgpt.corpus.postings.segment import (
    BLOCK,
    K1,
    LENGTH_BITS,
    LONGEST,
    MOST,
    OFTEN,
    Block,
    coded,
    worths,
)

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]

_SPACE = 32
_START = np.uint64(0xCBF29CE484222325)
_STEP = np.uint64(0x100000001B3)
_ROOM = 1 << 16
"""Places that the table of a block has to begin with."""
_THREADS = 2


def hashes(terms: str) -> tuple[Hashes, Counts]:
    """Those of `terms`, which spaces part, each once, rising, and how often each is there."""
    data = np.frombuffer(terms.encode(), np.uint8)
    return np.unique(_hashes(data, np.empty(len(data), np.uint64)), return_counts=True)


def blocks(parts: Iterable[tuple[Places, pa.Array]]) -> Iterator[Block]:
    """`parts` are rows, rising, by their places in the fragment, and their terms (strings or null); rows that are left out have
    none."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = []
        for number, rows, columns in _blocked(parts):
            waiting.append(pool.submit(_block, number, rows, columns))
            if len(waiting) >= _THREADS:
                yield waiting.pop(0).result()
        for made in waiting:
            yield made.result()


def _blocked(parts: Iterable[tuple[Places, pa.Array]]) -> Iterator[tuple[int, list[Places], list[pa.Array]]]:
    """The rows of each block and their terms, the blocks in a row, those without rows too."""
    number = 0
    rows: list[Places] = []
    columns: list[pa.Array] = []
    for places, terms in parts:
        while len(places):
            cut = int(np.searchsorted(places, (number + 1) * BLOCK))
            if cut:
                rows.append(places[:cut])
                columns.append(terms[:cut])
            places, terms = places[cut:], terms[cut:]
            if len(places):
                yield number, rows, columns
                number, rows, columns = number + 1, [], []
    if rows:
        yield number, rows, columns


def _block(number: int, rows: list[Places], columns: list[pa.Array]) -> Block:
    places = (np.concatenate(rows) - number * BLOCK).astype(np.uint16) if rows else np.empty(0, np.uint16)
    lengths = np.zeros(int(places[-1]) + 1 if rows else 0, np.uint16)
    room = sum(_room(column) for column in columns)
    terms, of, counts = np.empty(room, np.int32), np.empty(room, np.uint16), np.empty(room, np.uint8)
    known, numbers = np.zeros(_ROOM, np.uint64), np.empty(_ROOM, np.int32)
    found = np.empty(_ROOM, np.uint64)
    distinct = postings = begun = 0
    for column in columns:
        data, offsets = _buffers(column)
        here = places[begun : begun + len(column)]
        begun += len(column)
        known, numbers, found, distinct, postings = _count(
            data, offsets, here, known, numbers, found, distinct, terms, of, counts, postings, lengths
        )
    order = np.argsort(found[:distinct])
    rank = np.empty(distinct, np.int32)
    rank[order] = np.arange(distinct, dtype=np.int32)
    starts = np.zeros(distinct + 1, np.uint32)
    _tally(terms[:postings], rank, starts[1:])
    np.cumsum(starts, out=starts)
    most = np.zeros(distinct, np.float32)
    filled, words = int(np.count_nonzero(lengths)), int(lengths.sum(dtype=np.int64))
    rows_out, codes_out = np.empty(postings, np.uint16), np.empty(postings, np.uint16)
    _scatter(
        terms[:postings],
        of,
        counts,
        coded(lengths),
        rank,
        starts[:-1].copy(),
        worths(words / max(filled, 1)),
        rows_out,
        codes_out,
        most,
    )
    bounds = np.ceil(most / (K1 + 1) * MOST).clip(0, MOST).astype(np.uint8)
    return Block(found[:distinct][order], starts, bounds, rows_out, codes_out, len(lengths), filled, words)


def _buffers(column: pa.Array) -> tuple[Bytes, Places]:
    """The bytes of the strings of `column` and where each begins, and the last ends."""
    array = column.fill_null("") if column.null_count else column
    array = array.cast(pa.large_string())
    _, places, data = array.buffers()
    offsets = np.frombuffer(places, np.int64, len(array) + 1, array.offset * 8)
    return np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8), offsets


def _room(column: pa.Array) -> int:
    """As many terms as there may be, or more."""
    data, offsets = _buffers(column)
    return int(np.count_nonzero(data[offsets[0] : offsets[-1]] == _SPACE)) + len(column) if len(column) else 0


@compiled
def _hashes(data: Bytes, out: Hashes) -> Hashes:
    found = 0
    value, inside = _START, False
    for at in range(len(data) + 1):
        if at == len(data) or data[at] == _SPACE:
            if inside:
                out[found] = max(mix(value), np.uint64(1))
                found += 1
            value, inside = _START, False
        else:
            value = (value ^ np.uint64(data[at])) * _STEP
            inside = True
    return out[:found]


@compiled
def _grown(known: Hashes, numbers: Numbers) -> tuple[Hashes, Numbers]:
    """The table with twice the places."""
    wider, moved = np.zeros(2 * len(known), np.uint64), np.empty(2 * len(known), np.int32)
    mask = np.uint64(len(wider) - 1)
    for at in range(len(known)):
        if known[at] != 0:
            place = known[at] & mask
            while wider[place] != 0:
                place = (place + np.uint64(1)) & mask
            wider[place] = known[at]
            moved[place] = numbers[at]
    return wider, moved


@compiled
def _count(
    data: Bytes,
    offsets: Places,
    places: Rows,
    known: Hashes,
    numbers: Numbers,
    found: Hashes,
    distinct: int,
    terms: Numbers,
    of: Rows,
    counts: Bytes,
    postings: int,
    lengths: Rows,
) -> tuple[Hashes, Numbers, Hashes, int, int]:
    """Adds postings, row by row: the number of the term, in the order in which terms are met, the row and how often it has it.

    `known` is the table of hashes, `numbers` those of its terms, `found` the hashes by number.
    """
    last = np.full(len(found), -1, np.int64)  # where the last posting of a term is
    for row in range(len(places)):
        first = postings
        length = 0
        value, inside = _START, False
        for at in range(offsets[row], offsets[row + 1] + 1):
            if at < offsets[row + 1] and data[at] != _SPACE:
                value = (value ^ np.uint64(data[at])) * _STEP
                inside = True
                continue
            if not inside:
                continue
            value = max(mix(value), np.uint64(1))
            length += 1
            mask = np.uint64(len(known) - 1)
            place = value & mask
            while known[place] != 0 and known[place] != value:
                place = (place + np.uint64(1)) & mask
            if known[place] == 0:
                known[place] = value
                numbers[place] = distinct
                if distinct == len(found):
                    wider, further = np.empty(2 * distinct, np.uint64), np.full(2 * distinct, -1, np.int64)
                    wider[:distinct] = found
                    further[:distinct] = last
                    found, last = wider, further
                found[distinct] = value
                number = distinct
                distinct += 1
                if 2 * distinct > len(known):
                    known, numbers = _grown(known, numbers)
            else:
                number = numbers[place]
            if last[number] >= first:
                at_last = last[number]
                counts[at_last] = min(counts[at_last] + 1, MOST)
            else:
                terms[postings] = number
                of[postings] = places[row]
                counts[postings] = 1
                last[number] = postings
                postings += 1
            value, inside = _START, False
        lengths[places[row]] = min(length, LONGEST)
    return known, numbers, found, distinct, postings


@compiled
def _tally(terms: Numbers, rank: Numbers, counts: npt.NDArray[np.uint32]) -> None:
    """Adds to `counts` (terms,), by rank, how many postings each term has."""
    for posting in range(len(terms)):
        counts[rank[terms[posting]]] += np.uint32(1)


@compiled
def _scatter(
    terms: Numbers,
    of: Rows,
    counts: Bytes,
    lengths: Rows,
    rank: Numbers,
    ends: npt.NDArray[np.uint32],
    worth: Floats,
    rows_out: Rows,
    codes_out: Rows,
    most: Floats,
) -> None:
    """Puts postings in the order of their terms' `rank`, with codes of how often and among how many terms (`lengths`, coded); `ends`
    (terms,) is where those of each begin, and then end. `most` (terms,) is what a term is worth to the row where that is most, by the
    `worth` of codes."""
    for posting in range(len(terms)):
        term = rank[terms[posting]]
        place = ends[term]
        ends[term] = place + 1
        row = of[posting]
        often = np.int64(min(counts[posting], OFTEN)) - 1
        code = (often << LENGTH_BITS) | np.int64(lengths[row])
        rows_out[place] = row
        codes_out[place] = code
        most[term] = max(most[term], worth[code])
