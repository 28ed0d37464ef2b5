"""Shards in, batches of tokens out: each a pure function of what it is asked for, so that a run resumes exactly.

The stream of an epoch is its documents in an order drawn from the seed and the epoch, each as often as its weight says
(`mixture`), packed one behind the other; each ends with a token of its own. Row r of the epoch is the stream's tokens from
r·length to (r + 1)·length, both counted: as its inputs the first `length` of them, as targets the last. The tokens behind
the last whole row are not read in that epoch; in the next, the order is another. Rows are numbered through all epochs, and
a step takes the next `rows` of them, whichever ranks share them: rank k of n asks for rows from rows·k/n to rows·(k + 1)/n.

So nothing about the past is kept: the same step, from any number of ranks, started anew or not, gives the same rows. In memory
are 28 bytes a document, and 16 for each of two epochs; the tokens are read from the maps of the files.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.errors import BadInputError
from truthgpt.training.data.conversations import Places
from truthgpt.training.data.mixture import Mixture, copies, salt
from truthgpt.training.data.shards import ShardSet, Split
from truthgpt.training.data.splits import hashed

_KEPT = 2
"""Epochs whose order is in memory: a batch may end one and begin the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows of tokens.

    tokens     (rows, length + 1): inputs are `[:, :-1]`, targets `[:, 1:]`
    documents  (rows, length): number of each input token's document within its row, from 0
    """

    tokens: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class _Epoch:
    """The documents of an epoch in their order (n,), and where in the stream each ends (n,)."""

    order: Places
    ends: Places


class Loader:
    """The rows of one split. Threads may share it."""

    def __init__(
        self, shards: ShardSet, split: str, length: int, rows: int, seed: int, mixture: Mixture | None = None
    ) -> None:
        """Rows of `length` input tokens, `rows` of them a step.

        Raises `BadInputError` for names that the shards do not have, and where the documents do not fill a row.
        """
        if length < 1 or rows < 1:
            raise BadInputError(f"a batch of {rows} rows of {length} tokens is none; both are at least 1")
        self.length, self.rows, self.seed = length, rows, seed
        self._split = shards.split(split)
        self._keys = self._split.keys
        self._weights = (mixture or Mixture()).weights(shards, self._split)
        self._whole = bool((self._weights == np.floor(self._weights)).all())
        self._rows_before = [0]
        self._epochs: dict[int, _Epoch] = {}
        self._lock = threading.Lock()
        tokens = float(self._weights @ self._split.lengths)
        if tokens < length + 1:
            raise BadInputError(
                f"the {split} split in {shards.folder} has {tokens:,.0f} tokens to read in an epoch, "
                f"fewer than the {length + 1:,} of a row; choose a smaller length or bring in more posts"
            )

    def rows_of(self, epoch: int) -> int:
        """Rows of `epoch`, from 0."""
        with self._lock:
            return self._first(epoch + 1) - self._first(epoch)

    def batch(self, step: int, start: int = 0, stop: int | None = None) -> Batch:
        """Rows `start` to `stop` (exclusive; None: all) of the `rows` of the global step `step`, from 0.

        Raises `BadInputError` where a shard holds tokens that its vocabulary has not.
        """
        stop = self.rows if stop is None else stop
        if step < 0 or not 0 <= start < stop <= self.rows:
            raise BadInputError(f"step {step} has no rows {start} to {stop}; it has {self.rows}")
        tokens = np.empty((stop - start, self.length + 1), np.int64)
        documents = np.empty((stop - start, self.length), np.int32)
        row, end = step * self.rows + start, step * self.rows + stop
        filled = 0
        while row < end:
            with self._lock:
                number, first = self._located(row)
                count = min(end, self._first(number + 1)) - row
                epoch = self._epoch(number)
            part = slice(filled, filled + count)
            self._fill(epoch, row - first, tokens[part], documents[part])
            row, filled = row + count, filled + count
        return Batch(tokens, documents)

    def ahead(self, first_step: int, start: int = 0, stop: int | None = None) -> Generator[Batch, None, None]:
        """`batch` of `first_step` and of each step after it, without end: the next is made in a thread while one is used."""
        with ThreadPoolExecutor(1, thread_name_prefix="loader") as pool:
            step = first_step
            coming = pool.submit(self.batch, step, start, stop)
            while True:
                made = coming.result()
                step += 1
                coming = pool.submit(self.batch, step, start, stop)
                yield made

    def _located(self, row: int) -> tuple[int, int]:
        """The epoch of global `row`, and its first row."""
        if self._whole:
            epoch = row // self._first(1)
            return epoch, epoch * self._first(1)
        while self._rows_before[-1] <= row:
            self._first(len(self._rows_before))
        epoch = bisect_right(self._rows_before, row) - 1
        return epoch, self._rows_before[epoch]

    def _first(self, epoch: int) -> int:
        """The first global row of `epoch`."""
        if self._whole and epoch > 1:
            return epoch * self._first(1)
        while len(self._rows_before) <= epoch:
            drawn = copies(self._weights, self._keys, self.seed, len(self._rows_before) - 1)
            tokens = int(drawn @ self._split.lengths.astype(np.int64))
            self._rows_before.append(self._rows_before[-1] + max(0, tokens - 1) // self.length)
        return self._rows_before[epoch]

    def _epoch(self, number: int) -> _Epoch:
        found = self._epochs.pop(number, None)
        if found is None:
            found = self._drawn(number)
        self._epochs[number] = found
        while len(self._epochs) > _KEPT:
            del self._epochs[next(iter(self._epochs))]
        return found

    def _drawn(self, epoch: int) -> _Epoch:
        times = copies(self._weights, self._keys, self.seed, epoch)
        documents = np.repeat(np.arange(len(times)), times)
        # Of several copies of a document each has a place of its own.
        copy = np.arange(len(documents)) - np.repeat(np.cumsum(times) - times, times)
        values = hashed(hashed(self._keys[documents], salt(self.seed, epoch)).view(np.int64) + copy, 0)
        order = documents[np.argsort(values, kind="stable")]
        return _Epoch(order, np.cumsum(self._split.lengths[order], dtype=np.int64))

    def _fill(
        self, epoch: _Epoch, first: int, tokens: npt.NDArray[np.int64], documents: npt.NDArray[np.int32]
    ) -> None:
        """Rows of `epoch` from `first` on, as many as there is room for."""
        begin, end = first * self.length, (first + len(tokens)) * self.length + 1
        low, high = np.searchsorted(epoch.ends, [begin, end - 1], side="right").tolist()
        sources, places, sizes = _planned(
            epoch.order[low : high + 1],
            epoch.ends[low : high + 1],
            self._split.starts,
            self._split.lengths,
            begin,
            documents,
        )
        _copy_all(self._split, sources, places, sizes, tokens.reshape(-1))


def _copy_all(
    split: Split, sources: Places, places: Places, sizes: Places, found: npt.NDArray[np.int64]
) -> None:
    files = np.searchsorted(split.bases, sources, side="right") - 1
    for file in np.unique(files).tolist():
        of = files == file
        largest = _copy(split.files[file], sources[of] - split.bases[file], places[of], sizes[of], found)
        if largest >= split.vocabulary:
            raise BadInputError(
                f"{split.paths[file]} holds token {largest:,} of a vocabulary of {split.vocabulary:,}; "
                "it is damaged: make the shards again"
            )


@compiled
def _planned(
    order: Places,
    ends: Places,
    starts: Places,
    lengths: npt.NDArray[np.int32],
    begin: int,
    documents: npt.NDArray[np.int32],
) -> tuple[Places, Places, Places]:
    """What to copy from where in the split to where in the rows, and how many tokens, for rows that begin at place `begin` of
    the stream; `order` and `ends` are of the documents from the one that has it. Numbers the documents on the way."""
    rows, length = documents.shape
    room = len(order) + 2 * rows
    sources, places, sizes = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    used, at = 0, 0
    for row in range(rows):
        first = begin + row * length
        place, end = first, first + length + 1
        number = 0
        while place < end:
            # The last token of a row is the first of the next one: its document is still at hand.
            while ends[at] <= place:
                at += 1
            size = min(ends[at], end) - place
            column = place - first
            sources[used] = starts[order[at]] + lengths[order[at]] - (ends[at] - place)
            places[used], sizes[used] = row * (length + 1) + column, size
            used += 1
            documents[row, column : min(column + size, length)] = number
            number += 1
            place += size
    return sources[:used], places[:used], sizes[:used]


@compiled
def _copy(
    source: npt.NDArray[Any], sources: Places, places: Places, sizes: Places, found: npt.NDArray[np.int64]
) -> int:
    """Copy, widen, and return the largest token."""
    largest = np.int64(0)
    for piece in range(len(sources)):
        first, place = sources[piece], places[piece]
        for at in range(sizes[piece]):
            token = np.int64(source[first + at])
            found[place + at] = token
            largest = max(largest, token)
    return int(largest)
