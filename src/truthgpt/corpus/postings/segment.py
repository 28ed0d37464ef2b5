"""A file of postings: which rows of one fragment have which terms, how often, and how many terms each row has.

Rows are parted into blocks of `BLOCK` by their place in the fragment, so that a row within one takes 16 bits and the scores
of a block fit a core's cache. Of a term nothing is kept but 64 bits of its hash. A block is six arrays, each beginning
at a multiple of eight bytes:

    hashes   uint64 (terms,)       rising
    starts   uint32 (terms + 1,)   where the postings of each term begin
    bounds   uint8 (terms,)        the most that the term is worth to a row, of `MOST`
    rows     uint16 (postings,)    rising for each term
    counts   uint8 (postings,)     how often, at most 255
    lengths  uint16 (rows,)        how many terms, at most 65,535

A term is worth most to a row that has it often and few others. By how many a row has in the mean is told of the block's own
rows; where all rows have more, bounds grow with that.

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

HASHES, STARTS, BOUNDS, ROWS, COUNTS, LENGTHS, TERMS, POSTINGS, HELD, FILLED, WORDS = range(11)
"""Columns of the table: where the arrays begin; how many terms, postings and rows (`lengths`) there are, how many of these rows
have terms, and how many they have in all."""
FIELDS = 11

_HELD_IN = [TERMS, TERMS, TERMS, POSTINGS, POSTINGS, HELD]
_WIDTHS = np.array([8, 4, 1, 2, 1, 2])
_MORE = np.array([0, 4, 0, 0, 0, 0])
"""How many each of the six arrays has, of how many bytes each, and what it has more."""
_MARK = 0x31_54_53_4F_50_54_47_54
_TAIL = 5

Table = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Block:
    """The arrays of `BLOCK` rows, or of the last ones."""

    hashes: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    bounds: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint8]
    lengths: npt.NDArray[np.uint16]

    @property
    def arrays(self) -> Sequence[npt.NDArray[np.generic]]:
        return (self.hashes, self.starts, self.bounds, self.rows, self.counts, self.lengths)


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
        if (table < 0).any() or (table[:, :WORDS] > end).any() or (table[:, HELD] > BLOCK).any():
            raise ValueError("not a file of postings")
        sizes = table[:, _HELD_IN] * _WIDTHS + _MORE
        if (table[:, : len(_WIDTHS)] + sizes > end).any():
            raise ValueError("not a file of postings")
        if not 0 <= rows <= table[:, HELD].sum() or terms < 0:
            raise ValueError("not a file of postings")
        return cls(content, table, rows, terms)

    @property
    def size(self) -> int:
        """How many rows it spans, with those that have no terms."""
        return (len(self.table) - 1) * BLOCK + int(self.table[-1, HELD]) if len(self.table) else 0


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
        filled, held = int(np.count_nonzero(block.lengths)), int(block.lengths.sum(dtype=np.int64))
        table.append([*begins, len(block.hashes), len(block.rows), len(block.lengths), filled, held])
        rows += filled
        terms += held
    listed = np.array(table, np.int64).reshape(len(table), FIELDS).tobytes()
    yield listed
    size = at + len(listed) + 8 * _TAIL
    yield np.array([len(table), rows, terms, size, _MARK], np.int64).tobytes()
