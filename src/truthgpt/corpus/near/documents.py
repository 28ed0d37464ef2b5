"""Words of posts by the number of their row: written to a file as they come, read for the few that are compared."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, cast

import numpy as np
from numba import types

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.near.brought import WORD, Lengths, Places
from truthgpt.corpus.near.unionfind import Rows
from truthgpt.corpus.near.words import Offsets, WordArray, Words, words

Texts: TypeAlias = Callable[[Rows], Sequence[str]]
"""Rows, rising, to their texts: asked for posts that came without a text. Never called twice at once."""

_read_at = cast(
    "Callable[[int, int, int, int], int]",
    types.ExternalFunction("pread", types.intp(types.intc, types.intp, types.size_t, types.int64)),
)
"""The system's own: file, address, bytes, place. A mapped file would be as fast, but each page of it that was read counts as
this process's memory, with those around it."""

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

    def __enter__(self) -> Documents:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
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
        lengths = self._lengths[rows]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        found = np.empty(int(offsets[-1]), np.uint32)
        if not _fetch(self._file.fileno(), self._starts[rows], lengths, found):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self._path))
        return Words(found, offsets)


@compiled
def _fetch(file: int, starts: Offsets, lengths: Lengths, found: WordArray) -> bool:
    """The words at `starts`, one post's after the other's; whether all could be read. Posts that follow each other in the file
    are read together."""
    row, at = 0, 0
    while row < len(starts):
        first, size = starts[row], 0
        while row < len(starts) and starts[row] == first + size:
            size += lengths[row]
            row += 1
        done, wanted = 0, size * WORD
        while done < wanted:
            came = _read_at(file, found.ctypes.data + at * WORD + done, wanted - done, first * WORD + done)
            if came <= 0:
                return False
            done += came
        at += size
    return True


@compiled
def _copy(flat: WordArray, starts: Offsets, ends: Offsets, found: WordArray, places: Offsets) -> None:
    for row in range(len(starts)):
        for at in range(ends[row] - starts[row]):
            found[places[row] + at] = flat[starts[row] + at]
