"""What is counted in a text: letters, capitals, digits, words, lines, repetitions, each in one pass over a column's bytes.

A regular expression takes 2 to 11 µs a post for each class of characters that it counts. This takes 1 µs for all: it looks
each byte of UTF-8 up in a table. A lead byte of a script stands for its letter, which is right but for a few signs
among the letters of a block.
"""

from __future__ import annotations

from typing import Any

import daft
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Series

from truthgpt.corpus.compiled import compiled, mix

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

_Bytes = npt.NDArray[np.uint8]
_Flags = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.intp]
_Counts = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]

_WORDS = FIELDS.index("words")
_SLOTS = 1 << 13
"""Places of the table of parts: a text has at most `BEGINNING` words and lines, four times as many bytes."""


def _is(*ranges: tuple[int, int]) -> _Flags:
    members = np.zeros(256, np.bool_)
    for first, last in ranges:
        members[first : last + 1] = True
    return members


# C2 leads Latin-1's signs, E2 typography and symbols, EF full-width forms, F0 emoji.
_LETTERS = _is((0x41, 0x5A), (0x61, 0x7A), (0xC3, 0xDF), (0xE0, 0xE1), (0xE3, 0xED))
_CAPITALS = _is((0x41, 0x5A))
_DIGITS = _is((0x30, 0x39))
_LEADS = _is((0x00, 0x7F), (0xC0, 0xFF))
# Lead bytes of kana and of Chinese characters, each of which counts as a word.
_UNSPACED = _is((0xE3, 0xE9))
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
_LINE_FEED = _is((0x0A, 0x0A))

_SUMMED = (_LETTERS, _CAPITALS, _DIGITS, _LEADS, _UNSPACED, _SIGNS)
_OF_ITS_OWN, _SPACE, _FEED = 4, len(_SUMMED), len(_SUMMED) + 1
_CLASSES = np.packbits((*_SUMMED, _SPACES, _LINE_FEED), axis=0, bitorder="little").reshape(256)
"""For each byte, a bit of each class that it is in."""

_BITS = 10
_PACKED = np.sum(
    [flags.astype(np.uint64) << np.uint64(_BITS * place) for place, flags in enumerate(_SUMMED)], axis=0
)
"""For each byte, a one for each class that is summed, ten bits from the next: no text has more than 1,000 of any."""

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
        found = np.zeros((len(FIELDS), written.size), np.int64)
        data, ends = _buffers(kept)
        table, owners = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.intp)
        _count(data, ends, _CLASSES, _PACKED, _RANDOM, found, table, owners)
        counts[:, written] = found
    fields = [pa.array(column, pa.float32()) for column in counts.astype(np.float32)]
    return pa.StructArray.from_arrays(fields, names=list(FIELDS))


def _buffers(texts: Any) -> tuple[_Bytes, _Places]:
    """The bytes of `texts`, one after another, and where each ends, behind a zero."""
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.intp)
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]], ends - ends[0]


@compiled
def _count(
    data: _Bytes,
    ends: _Places,
    classes: _Bytes,
    packed: _Hashes,
    random: _Hashes,
    counts: _Counts,
    table: _Hashes,
    owners: _Places,
) -> None:
    """Fill `counts` (`FIELDS`, texts), zeros; text n is `data[ends[n]:ends[n + 1]]`.

    A part is told by the sum of its bytes' random numbers, so anagrams count as one. `table` and `owners` remember the
    parts of a text; there is room for twice as many as a text can have.
    """
    mask = np.uint64(len(table) - 1)
    for text in range(counts.shape[1]):
        start, end = ends[text], ends[text + 1]
        word = line = np.uint64(0)
        in_word = in_line = False
        summed = np.uint64(0)
        for at in range(start, end + 1):
            kind = classes[data[at]] if at < end else np.uint8(0)
            space, feed = at == end or kind >> _SPACE & 1, at == end or kind >> _FEED & 1
            alone = kind >> _OF_ITS_OWN & 1
            before_space = at == start or classes[data[at - 1]] >> _SPACE & 1
            begins = not space and (before_space or alone)
            if in_word and (begins or at == end):
                counts[_WORDS + 1, text] += _is_new(word, mask, table, owners, 2 * text + 1)
                in_word = False
            if begins:
                counts[_WORDS, text] += 1
                in_word, word = True, np.uint64(0)
            if in_line and feed:
                counts[_WORDS + 3, text] += _is_new(line, mask, table, owners, 2 * text + 2)
                in_line = False
            if not feed and not in_line:
                counts[_WORDS + 2, text] += 1
                in_line, line = True, np.uint64(0)
            if at == end:
                break
            word += random[data[at]]
            line += random[data[at]]
            summed += packed[data[at]]
            repeated = at >= start + 2 and data[at] == data[at - 1] and data[at - 1] == data[at - 2]
            counts[_WORDS - 1, text] += repeated and not space
        for place in range(_SPACE):
            counts[place, text] = summed >> np.uint64(_BITS * place) & np.uint64((1 << _BITS) - 1)


@compiled
def _is_new(part: np.uint64, mask: np.uint64, table: _Hashes, owners: _Places, owner: int) -> int:
    """Whether `owner` has no such part yet; from now on it has."""
    place = mix(part) & mask
    while owners[place] == owner:
        if table[place] == part:
            return 0
        place = (place + np.uint64(1)) & mask
    table[place] = part
    owners[place] = owner
    return 1
