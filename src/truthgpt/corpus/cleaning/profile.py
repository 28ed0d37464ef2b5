"""What is counted in a text: letters, capitals, digits, words, lines, repetitions, each in one pass over a column's bytes.

Regular expressions that count single characters take ten times as long as the rest of cleaning together, so this looks
each byte of UTF-8 up in a table and adds up by text (NumPy, no loop). A lead byte of a script stands for its letter,
which is right but for a few signs among the letters of a block.
"""

from __future__ import annotations

from typing import Any

import daft
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Series

BEGINNING = 1_000
"""Characters of a text that are looked at. No sum of theirs needs more than 16 bits."""

FIELDS = (
    "letters",
    "capitals",
    "digits",
    "characters",
    "unspaced",
    "signs",
    "repeats",
    "words",
    "distinct_words",
    "lines",
    "distinct_lines",
)

_Counts = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]

_BITS = 16
_MASK = np.uint64((1 << _BITS) - 1)
_TABLE_BITS = 21
"""Distinct words are told by their place in a table: of a batch's words about one in forty shares another's."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _packed(*classes: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """For each byte, a one in the 16-bit field of each class that it is in."""
    table = np.zeros(256, np.uint64)
    for number, members in enumerate(classes):
        table[members] |= np.uint64(1 << (number * _BITS))
    return table


def _is(*ranges: tuple[int, int]) -> npt.NDArray[np.bool_]:
    members = np.zeros(256, np.bool_)
    for first, last in ranges:
        members[first : last + 1] = True
    return members


_CAPITALS = _is((0x41, 0x5A))
_DIGITS = _is((0x30, 0x39))
# C2 leads Latin-1's signs, E2 typography and symbols, EF full-width forms, F0 emoji.
_LETTERS = _is((0x41, 0x5A), (0x61, 0x7A), (0xC3, 0xDF), (0xE0, 0xE1), (0xE3, 0xED))
_LEADS = _is((0x00, 0x7F), (0xC0, 0xFF))
_UNSPACED = _is((0xE3, 0xE9))
"""Lead bytes of kana and of Chinese characters, each of which counts as a word."""
# Signs that prose has few of: not . , ! ? ; : ' " ( ) - nor a Markdown link's.
_SIGNS = _is(
    (0x23, 0x26),
    (0x2A, 0x2B),
    (0x3C, 0x3E),
    (0x40, 0x40),
    (0x5C, 0x5C),
    (0x5E, 0x60),
    (0x7B, 0x7F),
    (0xF0, 0xF4),
)
_SPACES = _is((0x00, 0x20))
_LINE_FEED = 0x0A
_FIRST = _packed(_LETTERS, _CAPITALS, _DIGITS)
_SECOND = _packed(_LEADS, _UNSPACED, _SIGNS)
_RANDOM = np.random.default_rng(0).integers(1, 1 << 63, 256, np.uint64)
# Case makes no other word, nor does the punctuation after it.
_RANDOM[0x41:0x5B] = _RANDOM[0x61:0x7B]
_RANDOM[_SPACES] = 0
_RANDOM[[ord(sign) for sign in ".,!?;:'\"()*-"]] = 0


@daft.func.batch(return_dtype=DataType.struct({name: DataType.float32() for name in FIELDS}))
def profile(text: Series) -> Any:
    """Counts in the first 1,000 characters of each clean text, as a struct of float32; of null or empty text zeros.

    `letters`, `capitals` (of A to Z), `digits` and `characters` are code points; `unspaced` are those of scripts
    without spaces; `words` are runs between blanks, each character of such a script being one; `signs`
    are symbols and emoji; `repeats` are third and further characters in a row. `distinct_words` and `distinct_lines`
    are those that no earlier one equals; blank lines are none.
    """
    texts = pc.utf8_slice_codeunits(pc.fill_null(text.to_arrow(), ""), 0, BEGINNING)
    counts = np.zeros((len(FIELDS), len(texts)), np.int64)
    written = np.flatnonzero(pc.binary_length(texts).to_numpy(zero_copy_only=False))
    if written.size:
        kept = texts if written.size == len(texts) else texts.take(pa.array(written))
        counts[:, written] = _counted(*_buffers(kept))
    fields = [pa.array(column, pa.float32()) for column in counts.astype(np.float32)]
    return pa.StructArray.from_arrays(fields, names=list(FIELDS))


def _buffers(texts: Any) -> tuple[_Bytes, npt.NDArray[np.intp]]:
    """The bytes of `texts`, one after another, and where each begins."""
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.intp)
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]], (ends - ends[0])[:-1]


def _counted(data: _Bytes, starts: npt.NDArray[np.intp]) -> _Counts:
    """(fields, texts) of texts that are not empty; `starts` is where each begins in `data`."""
    space = _SPACES[data]
    # A word begins after a blank, at the beginning of a text, and at each character of a script without spaces.
    words = ~space
    words[1:] &= space[:-1] | _UNSPACED[data[1:]]
    words[starts] = ~space[starts]
    ends = data == _LINE_FEED
    lines = ~ends
    lines[1:] &= ends[:-1]
    lines[starts] = ~ends[starts]
    again = np.zeros(data.size, np.bool_)
    again[2:] = (data[2:] == data[1:-1]) & (data[1:-1] == data[:-2]) & ~space[2:]
    first = np.add.reduceat(_FIRST[data], starts)
    second = np.add.reduceat(_SECOND[data], starts)
    random = _RANDOM[data]
    return np.stack(
        (
            _field(first, 0),
            _field(first, 1),
            _field(first, 2),
            _field(second, 0),
            _field(second, 1),
            _field(second, 2),
            np.add.reduceat(again, starts, dtype=np.int64),
            *_distinct(random, words, starts),
            *_distinct(random, lines, starts),
        )
    )


def _field(packed: npt.NDArray[np.uint64], number: int) -> _Counts:
    return ((packed >> np.uint64(number * _BITS)) & _MASK).astype(np.int64)


def _distinct(
    random: npt.NDArray[np.uint64], begins: npt.NDArray[np.bool_], starts: npt.NDArray[np.intp]
) -> tuple[_Counts, _Counts]:
    """How many parts each text has, and how many different ones. A part is told by the sum of its bytes' random
    numbers, so anagrams count as one.

    Each part writes its number into a table at a place that it and its text decide; the parts that find their own
    number there are the different ones.
    """
    count = np.add.reduceat(begins, starts, dtype=np.int64)
    parts = np.flatnonzero(begins)
    if not parts.size:
        return count, count
    owners = np.repeat(np.arange(count.size, dtype=np.uint64), count)
    hashes = (np.add.reduceat(random, parts) ^ (owners * _MIX)) * _MIX
    places = (hashes >> np.uint64(64 - _TABLE_BITS)).astype(np.intp)
    numbers = np.arange(parts.size, dtype=np.int32)
    table = np.empty(1 << _TABLE_BITS, np.int32)
    table[places] = numbers
    found = np.concatenate(([0], np.cumsum(table[places] == numbers)))
    last = np.cumsum(count)
    return count, np.asarray(found[last] - found[last - count], np.int64)
