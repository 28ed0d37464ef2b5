"""Words of posts by the number of their row: written to a file as they come, read for the few that are compared."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.near.brought import WORD, Lengths, Places
from truthgpt.corpus.near.unionfind import Rows
from truthgpt.corpus.near.words import Offsets, WordArray, Words, words

Texts: TypeAlias = Callable[[Rows], Sequence[str]]
"""Rows, rising, to their texts: asked for posts that came without a text. Never called twice at once."""

_AT_ONCE = 1024
"""Posts that are read between two returns of memory: a system maps 64 KB around each."""

_GUESSED = 1024
"""Words that a text is taken for before it is there."""


class Documents:
    """The words of all posts. Used as a context, which closes and removes the file, `path`.

    With `brought`, words stand in the file already, as `brought.Brought` writes them, and are pointed to by `add_places`.
    """

    def __init__(self, path: Path, texts: Texts | None, *, brought: bool = False) -> None:
        self._path = path
        # What somebody who was killed left in the file is no whole number of words, maybe.
        self._file = path.open("a+b" if brought else "w+b")
        self._end = self._file.tell() // WORD
        self._texts = texts
        self._asking = threading.Lock()
        self._places: list[Places] = []
        self._starts: Offsets = np.zeros(0, np.int64)
        self._lengths: Lengths = np.zeros(0, np.int32)
        self._any_elsewhere = False
        self._map: mmap.mmap | None = None

    def __enter__(self) -> Documents:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._map is not None:
            self._map.close()
        with suppress(OSError):  # a full disk, of which the error that led here speaks
            self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, texts: Words) -> None:
        """The words of the next posts."""
        self._file.write(texts.flat.data)
        self._places.append(Places(self._end + texts.offsets[:-1], np.diff(texts.offsets).astype(np.int32)))
        self._end += len(texts.flat)

    def add_places(self, places: Places) -> None:
        """The next posts have words in the file at `places`, or texts that are to be asked for."""
        self._places.append(places)

    def finish(self) -> None:
        """No more come: now they can be read. What stays in memory takes 12 bytes a post."""
        self._starts = np.concatenate([self._starts, *(some.starts for some in self._places)])
        self._lengths = np.concatenate([self._lengths, *(some.lengths for some in self._places)])
        self._places.clear()
        self._any_elsewhere = bool((self._lengths < 0).any())
        self._file.flush()
        if self._end:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def lengths(self, rows: Rows) -> Lengths:
        """How many words each of `rows` has; of a text that is still to be asked for, a guess."""
        lengths = self._lengths[rows]
        return np.where(lengths < 0, np.int32(_GUESSED), lengths)

    def read(self, rows: Rows) -> Words:
        """The words of `rows`, which rise."""
        if not self._any_elsewhere:
            return self._stored(rows)
        elsewhere = self._lengths[rows] < 0
        if not elsewhere.any():
            return self._stored(rows)
        assert self._texts is not None
        with self._asking:
            asked = words(list(self._texts(rows[elsewhere])))
        stored = self._stored(rows[~elsewhere])
        # Both into the order of `rows`.
        lengths = np.empty(len(rows), np.int64)
        lengths[~elsewhere], lengths[elsewhere] = np.diff(stored.offsets), np.diff(asked.offsets)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        flat = np.empty(int(offsets[-1]), np.uint32)
        for part, where in ((stored, ~elsewhere), (asked, elsewhere)):
            _copy(part.flat, part.offsets[:-1], part.offsets[1:], flat, offsets[:-1][where])
        return Words(flat, offsets)

    def _stored(self, rows: Rows) -> Words:
        if self._map is None:
            return Words(np.zeros(0, np.uint32), np.zeros(len(rows) + 1, np.int64))
        flat = np.frombuffer(self._map, np.uint32)
        starts = self._starts[rows]
        ends = starts + self._lengths[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(ends - starts, out=offsets[1:])
        found = np.empty(int(offsets[-1]), np.uint32)
        for first in range(0, len(rows), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            _copy(flat, starts[part], ends[part], found, offsets[part])
            if hasattr(mmap, "MADV_DONTNEED"):
                # What was read stays in the system's cache and no longer counts as this process's memory.
                self._map.madvise(mmap.MADV_DONTNEED)
        return Words(found, offsets)


@compiled
def _copy(flat: WordArray, starts: Offsets, ends: Offsets, found: WordArray, places: Offsets) -> None:
    for row in range(len(starts)):
        for at in range(ends[row] - starts[row]):
            found[places[row] + at] = flat[starts[row] + at]
