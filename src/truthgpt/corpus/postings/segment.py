"""A file of postings: which rows of one fragment have which terms, how often, and among how many.

Rows are parted into blocks of `BLOCK` by their place in the fragment, so that a row within one takes 16 bits and the scores
of a block fit a core's cache. Of a term nothing is kept but 64 bits of its hash. A block is five arrays, each beginning
at a multiple of eight bytes:

    hashes   uint64 (terms,)       rising
    starts   uint32 (terms + 1,)   where the postings of each term begin
    bounds   uint8 (terms,)        the most that the term is worth to a row, of `MOST`
    rows     uint16 (postings,)    rising for each term
    codes    uint16 (postings,)    how often the row has the term, less one, at most 15, in the upper four bits, and how many
                                   terms the row has in the lower twelve: exact below 2,048, of more within 0.1%

Of a code alone hangs what its term is worth to the row, so that a search reads nothing else of it. A term is worth most to a row that has it
often and few others. By how many a row has in the mean is told of the block's own rows; where all rows have more, bounds grow with that.

After the blocks comes their table, int64 (blocks, `FIELDS`), and then a tail of int64: the number of blocks, of rows that
have terms and of their terms, the size of the file and a mark. Numbers are little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import durable
from truthgpt.corpus.beside import mapped

K1, B = 1.2, 0.75
"""Of BM25."""

BLOCK = 1 << 16
MOST, LONGEST = 255, 65_535
OFTEN = 16
"""How often a row has a term, at most."""
LENGTH_BITS = 12

HASHES, STARTS, BOUNDS, ROWS, CODES, TERMS, POSTINGS, HELD, FILLED, WORDS = range(10)
"""Columns of the table: where the arrays begin; how many terms, postings and rows there are, how many of these rows have terms, and how
many they have in all."""
FIELDS = 10
FIRST = FIELDS
"""In `Segment.addressed` one column more: the number of the block's first row."""

_HELD_IN = [TERMS, TERMS, TERMS, POSTINGS, POSTINGS]
_WIDTHS = np.array([8, 4, 1, 2, 2])
_MORE = np.array([0, 4, 0, 0, 0])
"""How many each of the five arrays has, of how many bytes each, and what it has more."""
_MARK = 0x32_54_53_4F_50_54_47_54
_EXACT = 1 << (LENGTH_BITS - 1)
_STEPS = _EXACT / np.log2((LONGEST + 1) / _EXACT)
"""Codes of lengths for each doubling from `_EXACT` on."""
_TAIL = 5

Table = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Block:
    """The arrays of `BLOCK` rows, or of the last ones: `held` with those that have no terms, `filled` without, which have `words` in all."""

    hashes: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    bounds: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.uint16]
    codes: npt.NDArray[np.uint16]
    held: int
    filled: int
    words: int

    @property
    def arrays(self) -> Sequence[npt.NDArray[np.generic]]:
        return (self.hashes, self.starts, self.bounds, self.rows, self.codes)


@dataclass(frozen=True, slots=True)
class Segment:
    """The postings of one fragment: `content` (bytes,) as its file holds it and `table` (blocks, `FIELDS`) in it; `rows`
    have `terms` in all."""

    content: Bytes
    table: Table
    rows: int
    terms: int

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> Self:
        """In memory."""
        content = np.frombuffer(b"".join(pieces(blocks)), np.uint8)
        return cls._read(content)

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """The file at `path`; None where there is none, or it is not whole."""
        try:
            return cls._read(mapped(path))
        except (OSError, ValueError):
            return None

    @classmethod
    def _read(cls, content: Bytes) -> Self:
        """Raises `ValueError` where `content` is not what was written."""
        blocks, rows, terms, size, mark = content[-8 * _TAIL :].view(np.int64).tolist()
        end = len(content) - 8 * _TAIL
        if mark != _MARK or size != len(content) or not 0 <= 8 * FIELDS * blocks <= end:
            raise ValueError("not a file of postings")
        table = content[end - 8 * FIELDS * blocks : end].view(np.int64).reshape(blocks, FIELDS)
        # No array may reach past the end: the kernels check no index.
        if (table < 0).any() or (table[:, :HELD] > end).any() or (table[:, HELD] > BLOCK).any():
            raise ValueError("not a file of postings")
        sizes = table[:, _HELD_IN] * _WIDTHS + _MORE
        if (table[:, : len(_WIDTHS)] + sizes > end).any():
            raise ValueError("not a file of postings")
        if not 0 <= rows <= table[:, HELD].sum() or terms < 0:
            raise ValueError("not a file of postings")
        return cls(content, table, rows, terms)

    def addressed(self, fragment: int = 0) -> Table:
        """The table with addresses in memory in place of those in `content`, and the numbers of first rows in this `fragment`."""
        first = (fragment << 32) + BLOCK * np.arange(len(self.table))
        found = np.column_stack([self.table, first])
        found[:, : CODES + 1] += self.content.ctypes.data
        return found

    @property
    def size(self) -> int:
        """How many rows it spans, with those that have no terms."""
        return (len(self.table) - 1) * BLOCK + int(self.table[-1, HELD]) if len(self.table) else 0


def coded(lengths: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """The codes of how many terms rows have, `LENGTH_BITS` wide."""
    longer = np.log2(np.maximum(lengths, _EXACT) / _EXACT) * _STEPS + _EXACT
    return np.where(lengths < _EXACT, lengths, longer).astype(np.uint16)


def worths(average: float) -> npt.NDArray[np.float32]:
    """What a term of weight 1 is worth to a row, by BM25, for each code (65,536,), where rows have so many terms in the `average`."""
    codes = np.arange(1 << LENGTH_BITS)
    lengths = np.where(codes < _EXACT, codes, _EXACT * 2 ** ((codes + 0.5 - _EXACT) / _STEPS))
    often = np.arange(1, OFTEN + 1)[:, None]
    return (
        (often * (K1 + 1) / (often + K1 * (1 - B + B * lengths / max(average, 1.0))))
        .ravel()
        .astype(np.float32)
    )


def write(path: Path, blocks: Iterable[Block]) -> None:
    """Make the file at `path`. Raises `MissingError` where the disk is full."""
    durable.write(path, pieces(blocks))


def pieces(blocks: Iterable[Block]) -> Iterator[bytes]:
    """What the file of `blocks` holds, part after part."""
    table: list[list[int]] = []
    at = rows = terms = 0
    for block in blocks:
        begins = []
        for array in block.arrays:
            begins.append(at)
            content = array.tobytes()
            content += bytes(-len(content) % 8)
            at += len(content)
            yield content
        table.append([*begins, len(block.hashes), len(block.rows), block.held, block.filled, block.words])
        rows += block.filled
        terms += block.words
    listed = np.array(table, np.int64).reshape(len(table), FIELDS).tobytes()
    yield listed
    size = at + len(listed) + 8 * _TAIL
    yield np.array([len(table), rows, terms, size, _MARK], np.int64).tobytes()
