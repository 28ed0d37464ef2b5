"""The file of one segment: what texts that are numbered from 0 have in a row, in words, and the order of all that begins there.

The arrays stand one after the other, each beginning at a multiple of eight bytes:

    words     uint64 (w,)      hashes of the words, rising; word i is told by the number i + 1
    firsts    uint32 (w + 1,)  where in `suffixes` those begin that begin with each word
    starts    uint32 (d + 1,)  where in `text` each document begins
    text      int32 (n,)       the words of all documents, each that has any ended by 0
    suffixes  uint32 (s,)      the places of all words, in the order of what begins there

Then comes a tail of int64: w, d, n, s, the key of what the texts are of, the size of the file and a mark. Numbers are little-endian.
A word takes eight bytes, a document eight and each different word twelve. No word stands there to be read, but whoever has a
post can see from the file that it is there: it goes where the post goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import durable
from truthgpt.corpus.beside import mapped
from truthgpt.truth.trace.tokens import Hashes

_MARK = 0x31_45_43_41_52_54_47_54
_TAIL = 7
_WIDTHS = (8, 4, 4, 4, 4)
_PIECE = 1 << 24


@dataclass(frozen=True, slots=True)
class Segment:
    """The arrays, and the key of what the texts are of."""

    words: Hashes
    firsts: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.uint32]
    text: npt.NDArray[np.int32]
    suffixes: npt.NDArray[np.uint32]
    key: int

    @property
    def tokens(self) -> int:
        """How many words there are in all."""
        return len(self.suffixes)

    def numbers(self, hashes: Hashes) -> npt.NDArray[np.int32]:
        """The numbers (m,) of the words with these hashes (m,), 0 for those that no document has."""
        if not len(self.words):
            return np.zeros(len(hashes), np.int32)
        places = np.minimum(np.searchsorted(self.words, hashes), len(self.words) - 1)
        return np.where(self.words[places] == hashes, places + 1, 0).astype(np.int32)

    def write(self, path: Path) -> None:
        """Make the file at `path`. Raises `MissingError` where the disk is full."""
        durable.write(path, self._pieces(), mode=0o600)

    def _pieces(self) -> Iterator[bytes]:
        arrays = (self.words, self.firsts, self.starts, self.text, self.suffixes)
        size = 8 * _TAIL
        for array in arrays:
            raw = array.view(np.uint8)
            for start in range(0, len(raw), _PIECE):
                yield raw[start : start + _PIECE].tobytes()
            yield bytes(-len(raw) % 8)
            size += _padded(len(raw))
        counts = len(self.words), len(self.starts) - 1, len(self.text), len(self.suffixes)
        yield np.array([*counts, self.key, size, _MARK], np.int64).tobytes()

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The file at `path`, mapped; None where there is none, or it is not whole."""
        try:
            content = mapped(path)
            return cls._read(content)
        except (OSError, ValueError):
            return None

    @classmethod
    def _read(cls, content: npt.NDArray[np.uint8]) -> Self:
        """Raises `ValueError` where `content` is not what was written. That numbers in it lead nowhere else is for `find` to see."""
        words, documents, length, suffixes, key, size, mark = content[-8 * _TAIL :].view(np.int64).tolist()
        counts = (words, words + 1, documents + 1, length, suffixes)
        if mark != _MARK or size != len(content) or min(counts) < 0:
            raise ValueError("not a file of the trace")
        ends = np.cumsum([_padded(width * count) for width, count in zip(_WIDTHS, counts, strict=True)])
        if int(ends[-1]) + 8 * _TAIL != size:
            raise ValueError("not a file of the trace")
        begins = [0, *ends.tolist()]
        raw = [
            content[begin : begin + width * count]
            for begin, width, count in zip(begins, _WIDTHS, counts, strict=False)
        ]
        firsts, starts = raw[1].view(np.uint32), raw[2].view(np.uint32)
        if (firsts[-1], starts[-1]) != (suffixes, length):
            raise ValueError("not a file of the trace")
        text, order = raw[3].view(np.int32), raw[4].view(np.uint32)
        return cls(raw[0].view(np.uint64), firsts, starts, text, order, key)


def _padded(size: int) -> int:
    return size + -size % 8
