"""The words of posts as an import brings them, kept in a file until copies are looked for.

They were told when the posts were prepared; without this they would be told again from texts that are read back.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.near.words import Offsets, Words

WORD = 4
"""Bytes of a word in a file."""

Lengths: TypeAlias = npt.NDArray[np.int32]
IdKeys: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Where the words of posts stand in a file: `starts` and `lengths` (n,), in words; a length of -1 where they do not."""

    starts: Offsets
    lengths: Lengths


class Brought:
    """Words by the id keys of their posts. Used as a context, which closes and removes the file, `path`.

    What it holds in memory is 20 bytes a post. Raises `OSError` where the disk has no room.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.path = path
        self._file = path.open("xb")
        self._end = 0
        self._keys: list[IdKeys] = []
        self._places: list[Places] = []

    def __enter__(self) -> Brought:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk, of which the error that led here speaks
            self._file.close()
        self.path.unlink(missing_ok=True)

    def add(self, keys: IdKeys, texts: Words) -> None:
        """The posts `keys` (n,), id keys, and the words of their texts. Of neither a view is kept, which would hold all of
        the batch that they are of."""
        self._file.write(texts.flat.data)
        self._keys.append(keys.copy())
        self._places.append(Places(self._end + texts.offsets[:-1], np.diff(texts.offsets).astype(np.int32)))
        self._end += len(texts.flat)

    def finish(self) -> Index:
        """No more come: where their words stand; of a post that came several times, those of the last."""
        self._file.flush()
        keys = np.concatenate([np.empty(0, np.int64), *self._keys])
        starts = np.concatenate([np.empty(0, np.int64), *(some.starts for some in self._places)])
        lengths = np.concatenate([np.empty(0, np.int32), *(some.lengths for some in self._places)])
        self._keys.clear()
        self._places.clear()
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        last = np.ones(len(keys), np.bool_)
        last[:-1] = keys[1:] != keys[:-1]
        order = order[last]
        return Index(self.path, keys[last], Places(starts[order], lengths[order]))


@dataclass(frozen=True)
class Index:
    """The posts that were brought, `keys` (n,), rising, each once, and the `places` of their words in the file `path`."""

    path: Path
    keys: IdKeys
    places: Places

    def of(self, keys: IdKeys) -> Places:
        """The places of the words of `keys` (m,)."""
        if not len(self.keys):
            return Places(np.zeros(len(keys), np.int64), np.full(len(keys), -1, np.int32))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        there = self.keys[at] == keys
        return Places(self.places.starts[at], np.where(there, self.places.lengths[at], np.int32(-1)))
