"""Columns of posts in, the keys out by which they are told apart, and the columns that are made of several."""

from __future__ import annotations

from functools import cache, partial

import daft
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Series

from truthgpt.corpus.key import key
from truthgpt.corpus.terms.column import Terms
from truthgpt.corpus.terms.native import READ, STEMMERS, stems
from truthgpt.corpus.unspaced import grams as _grams

CITED = (
    "id",
    "community",
    "author",
    "created_at",
    "language",
    "url",
    "score",
    "over_18",
    "source",
    "reply_to",
    "quotes",
    "reposts",
    "training",
)
"""What the column `rest` holds, in this order."""

_CONTENT = (
    "community",
    "author",
    "created_at",
    "url",
    "score",
    "over_18",
    "reply_to",
    "quotes",
    "reposts",
    "training",
)
CONTENT = (*_CONTENT, "text")
"""What of a post a reader sees. Language and source are told anew by each import."""


@daft.func.batch(return_dtype=DataType.int64())
def id_key(ids: Series) -> pa.Array:
    return pa.array([key(value.encode()) for value in ids.to_pylist()], pa.int64())


@daft.func.batch(return_dtype=DataType.int64())
def content_key(*columns: Series) -> pa.Array:
    """64 bits of `CONTENT`."""
    nul = pa.scalar("\0", pa.large_string())
    rows = pc.binary_join_element_wise(*(_written(column.to_arrow()) for column in columns), nul)
    return pa.array([key(row) for row in rows.cast(pa.large_binary()).to_pylist()], pa.int64())


@daft.func.batch(return_dtype=DataType.int64())
def copy_key(bands: Series, texts: Series) -> pa.Array:
    """64 bits, equal for texts with the same words, which the first of their `bands` says; of texts without words, such
    as a link alone, for those that are the same."""
    lists = bands.to_arrow()
    whole = lists.flatten().to_numpy().reshape(len(lists), -1)[:, 0].view(np.int64).copy()
    wordless = np.flatnonzero(whole == 0)
    if wordless.size:
        left = texts.to_arrow().take(pa.array(wordless)).to_pylist()
        whole[wordless] = [key(text.encode()) for text in left]
    return pa.array(whole)


@daft.func.batch(return_dtype=DataType.string())
def terms(texts: Series, languages: Series) -> pa.Array:
    """`terms.terms` of each text, and those that its language has besides; null where there are none."""
    written = texts.to_arrow().cast(pa.large_string())
    found = _terms("")(written)
    told = languages.to_arrow().cast(pa.string())
    for language in pc.unique(told).to_pylist():
        if language in STEMMERS:
            of = pc.fill_null(pc.equal(told, language), False)
            read = pc.utf8_slice_codeunits(written.filter(of), 0, READ)
            own = pc.fill_null(_terms(language)(read), "")
            both = pc.binary_join_element_wise(
                pc.fill_null(found.filter(of), ""), own, pa.scalar(" ", pa.large_string())
            )
            both = pc.utf8_trim(both, " ")
            found = pc.replace_with_mask(found, of, pc.if_else(pc.equal(both, ""), None, both))
    return found


_WORDS = 1 << 15
"""Words that are remembered of each language but English: with its table 3 MB."""


@cache
def _terms(language: str) -> Terms:
    return Terms(partial(stems, language=language), _WORDS) if language else Terms()


@daft.func.batch(return_dtype=DataType.string())
def grams(texts: Series) -> pa.Array:
    """Characters and pairs of unspaced scripts, with spaces between; null where there are none."""
    found = (_grams(text) for text in texts.to_pylist())
    return pa.array([" ".join(some) if some else None for some in found], pa.string())


@daft.func.batch(return_dtype=DataType.binary())
def rest(*columns: Series) -> pa.Array:
    """`CITED` as one JSON array a post: to read one column of one post takes Lance as long as to read this one."""
    return pa.array(map(orjson.dumps, zip(*(_plain(column) for column in columns), strict=True)), pa.binary())


def _written(column: pa.Array) -> pa.Array:
    """The values as Python writes them; times as microseconds since 1970."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, pa.scalar("True", pa.large_string()), pa.scalar("False", pa.large_string()))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return pc.fill_null(column.cast(pa.large_string()), "None")


def _plain(column: Series) -> list[object]:
    """The values of a column; times as microseconds since 1970."""
    values = column.to_arrow()
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    plain: list[object] = values.to_pylist()
    return plain
