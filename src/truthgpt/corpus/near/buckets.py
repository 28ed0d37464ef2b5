"""Keys of posts in, pairs of posts that agree in a key out; all between lies in files, so memory is that of one file.

An external bucket sort: each key goes to the file that its first bits name, each file is sorted and read alone. On a
cluster the same split by first bits is the shuffle.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from truthgpt.corpus.compiled import compiled, mix, sort_with
from truthgpt.corpus.near.signature import Keys
from truthgpt.corpus.near.unionfind import Rows, find

FILES = 128
"""Files that keys are spread over, a power of two. All are open at once; some systems allow 256."""

BUCKET = 24
"""Posts in a bucket up to which each is paired with each; in a larger one, each with so many that come after it."""

MAX_ROWS = 1 << 32

_SLOTS = 1 << 20

_FILE_BITS = np.uint64(FILES.bit_length() - 1)
_ROW_MASK = np.uint64(MAX_ROWS - 1)


class Buckets:
    """Files of keys in a folder that is there. Used as a context, which closes and removes them."""

    def __init__(self, folder: Path) -> None:
        self._paths = [folder / f"keys-{number:03}" for number in range(FILES)]
        self._files: list[BinaryIO] = [path.open("w+b") for path in self._paths]

    def __enter__(self) -> Buckets:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for file, path in zip(self._files, self._paths, strict=True):
            with suppress(OSError):  # a full disk, of which the error that led here speaks
                file.close()
            path.unlink(missing_ok=True)

    def add(self, keys: Keys, first_row: int) -> None:
        """Keys (n, k) of the posts from `first_row` on; zeros are none."""
        entries, ends = _spread(keys, np.uint64(first_row))
        start = 0
        for file, end in zip(self._files, ends.tolist(), strict=True):
            file.write(entries[start:end].data)
            start = end

    def entries(self, number: int) -> Keys:
        """The sorted entries of file `number`: the upper half of each is 32 bits of a key, the lower a row."""
        self._files[number].flush()
        entries = np.fromfile(self._paths[number], np.uint64)
        entries.sort()
        return entries


@compiled
def _spread(keys: Keys, first_row: np.uint64) -> tuple[Keys, Rows]:
    """All entries, those of a file together, and where each file's end."""
    ends = np.zeros(FILES, np.int64)
    for row in range(len(keys)):
        for column in range(keys.shape[1]):
            if keys[row, column]:
                ends[keys[row, column] >> (np.uint64(64) - _FILE_BITS)] += 1
    places = np.cumsum(ends) - ends
    entries = np.empty(ends.sum(), np.uint64)
    for row in range(len(keys)):
        for column in range(keys.shape[1]):
            key = keys[row, column]
            if key:
                file = key >> (np.uint64(64) - _FILE_BITS)
                kept = (key << _FILE_BITS) >> np.uint64(32)
                entries[places[file]] = kept << np.uint64(32) | (first_row + np.uint64(row))
                places[file] += 1
    return entries, places


@compiled
def unjoined(entries: Keys, heads: Rows, parents: Rows) -> Rows:
    """Where the entries of keys begin whose posts are not all in one set.

    Only heads, rows that are their own in `heads`, count: their copies to the word go where they go. Most keys are one
    post's, and of the rest most are joined already by keys of files before.
    """
    found = np.empty(1024, np.int64)
    used = 0
    end = 0
    while end < len(entries):
        start = end
        key = entries[start] >> np.uint64(32)
        while end < len(entries) and entries[end] >> np.uint64(32) == key:
            end += 1
        root = -1
        for at in range(start, end if end - start > 1 else start):
            row = np.int64(entries[at] & _ROW_MASK)
            if heads[row] != row:
                continue
            other = find(parents, int(row))
            if root >= 0 and other != root:
                if used == len(found):
                    found = np.concatenate((found, found))
                found[used] = start
                used += 1
                break
            root = int(other)
    return found[:used]


def pairs(
    entries: Keys, starts: Rows, heads: Rows, wholes: Keys, parents: Rows, rejected: Keys, star: bool
) -> Rows:
    """Pairs (m, 2) of heads with one of the keys that begin at `starts`, each once, that are not in one set and were not
    rejected.

    With `star`, the first of each small bucket with the others: what that does not join, all pairs then may. A large
    bucket's posts are paired with their neighbours by `wholes`, an order that the posts alone decide, not their arrival.
    `rejected` is the table that `remember` writes.
    """
    packed = _distinct(_pairs(entries, starts, heads, wholes, parents, rejected, star))
    return np.column_stack([packed >> np.uint64(32), packed & _ROW_MASK]).view(np.int64)


def _distinct(values: Keys) -> Keys:
    # `numpy.unique` tells them by a hash table, which takes far longer for millions.
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


@compiled
def _pairs(
    entries: Keys, starts: Rows, heads: Rows, wholes: Keys, parents: Rows, rejected: Keys, star: bool
) -> Keys:
    found = np.empty(1024, np.uint64)
    used = 0
    bucket, roots = np.empty(1024, np.int64), np.empty(1024, np.int64)
    for start in starts:
        key = entries[start] >> np.uint64(32)
        size = 0
        at = start
        while at < len(entries) and entries[at] >> np.uint64(32) == key:
            row = np.int64(entries[at] & _ROW_MASK)
            at += 1
            if heads[row] == row and (size == 0 or bucket[size - 1] != row):
                if size == len(bucket):
                    bucket, roots = np.concatenate((bucket, bucket)), np.concatenate((roots, roots))
                bucket[size] = row
                size += 1
        if size > BUCKET:
            sort_with(wholes[bucket[:size]], bucket[:size])
        for first in range(size):
            roots[first] = find(parents, bucket[first])
        for first in range(1 if star and size <= BUCKET else size - 1):
            for second in range(first + 1, min(size, first + 1 + BUCKET) if size > BUCKET else size):
                if roots[first] == roots[second]:
                    continue
                pair = _packed(bucket[first], bucket[second])
                if rejected[_slot(pair)] == pair:
                    continue
                if used == len(found):
                    found = np.concatenate((found, found))
                found[used] = pair
                used += 1
    return found[:used]


def rejections() -> Keys:
    """An empty table of rejected pairs, 8 MB: a pair that was lost from it is only verified again."""
    return np.zeros(_SLOTS, np.uint64)


@compiled
def remember(rejected: Keys, pairs: Rows) -> None:
    """Note that `pairs` (m, 2) are no copies."""
    for place in range(len(pairs)):
        pair = _packed(pairs[place, 0], pairs[place, 1])
        rejected[_slot(pair)] = pair


@compiled
def _packed(one: int, other: int) -> np.uint64:
    return np.uint64(min(one, other)) << np.uint64(32) | np.uint64(max(one, other))


@compiled
def _slot(pair: np.uint64) -> np.uint64:
    return mix(pair) & np.uint64(_SLOTS - 1)
