"""Texts in, what near copies are found by out, as expressions over Daft: their words, and the keys of those."""

from __future__ import annotations

import daft
import pyarrow as pa
from daft import DataType, Expression, Series

from truthgpt.corpus.near.signature import KEYS, keys, signatures
from truthgpt.corpus.near.words import of_lists
from truthgpt.corpus.near.words import words as words_of

WORDS = pa.large_list(pa.field("item", pa.uint32()))
"""The type of a column of words."""


def words(text: Expression) -> Expression:
    """The words of each text as `words.words` tells them: a list of uint32."""
    found: Expression = _words(text)
    return found


def bands(words: Expression) -> Expression:
    """The keys of each list of words: a fixed-size list of `KEYS` uint64."""
    found: Expression = _bands(words)
    return found


@daft.func.batch(return_dtype=DataType.from_arrow_type(WORDS))
def _words(texts: Series) -> pa.Array:
    array = texts.to_arrow()
    found = words_of(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
    return pa.LargeListArray.from_arrays(pa.array(found.offsets), pa.array(found.flat), type=WORDS)


@daft.func.batch(return_dtype=DataType.fixed_size_list(DataType.uint64(), KEYS))
def _bands(lists: Series) -> pa.Array:
    found = keys(signatures(of_lists(lists.to_arrow())))
    return pa.FixedSizeListArray.from_arrays(pa.array(found.reshape(-1)), KEYS)
