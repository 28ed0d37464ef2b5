"""Posts as rows of the table `posts`, there and back.

A post is read from two columns, `text` and `rest`: to read one row of one column takes Lance a quarter of a
millisecond, which a search would pay for each field of each post. What filters, indexes and training look at stands
beside them in columns of its own; `terms`, the words as they are looked for, and `grams`, the characters and pairs of
unspaced scripts (null in most posts), are for the two text indexes; `copy_key` is equal for copies of one text and
`bands` for near copies, one of them at least; `id_key` and `content_key` tell an import what is stored without reading
it; `imported` is the number of the import.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from truthgpt.corpus.post import Post

POST_COLUMNS = ("text", "rest")
"""The columns that a post is read from."""

BANDS = 35
"""Numbers in `bands`: `near.signature.KEYS`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_AS_IT_IS = {"lance-encoding:compression": "none"}
"""Lance would pack these columns by a third, which takes as long as writing all the others three times over, and unpack them
for each post that is read."""

_STRINGS = pa.list_(pa.field("item", pa.string()))
_SPANS = pa.list_(
    pa.field("item", pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
)

_PREPARED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False, metadata=_AS_IT_IS),
        pa.field("community", pa.string(), nullable=False),
        pa.field("author", pa.string(), nullable=False),
        pa.field("created_at", pa.timestamp("us", "UTC")),
        pa.field("score", pa.int64(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("reply_to", pa.string(), nullable=False),
        pa.field("quotes", pa.string(), nullable=False),
        pa.field("reposts", pa.string(), nullable=False),
        pa.field("training", pa.bool_(), nullable=False),
        pa.field("rest", pa.binary(), nullable=False),
        pa.field("links", _STRINGS),
        pa.field("mentions", _STRINGS),
        pa.field("hashtags", _STRINGS),
        pa.field("personal", _SPANS),
        pa.field("boilerplate", pa.float32()),
        pa.field("spam", pa.float32()),
        pa.field("quality", pa.float32()),
        pa.field("terms", pa.string(), metadata=_AS_IT_IS),
        pa.field("grams", pa.string()),
        pa.field("copy_key", pa.int64(), nullable=False),
        pa.field("bands", pa.list_(pa.field("item", pa.uint64()), BANDS)),
        pa.field("id_key", pa.int64(), nullable=False),
        pa.field("content_key", pa.int64(), nullable=False),
    ]
)


def prepared_schema() -> pa.Schema:
    """The columns that are reckoned of posts alone."""
    return _PREPARED


def schema(dimensions: int) -> pa.Schema:
    """The table's columns, with vectors of `dimensions` float32."""
    return _PREPARED.append(pa.field("imported", pa.int32(), nullable=False)).append(
        pa.field("vector", pa.list_(pa.float32(), dimensions))
    )


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC; a time without a zone is UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    # Exact, where a float of seconds is not.
    since = aware - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def finished(rows: pa.Table, number: int, vectors: npt.NDArray[np.float32]) -> pa.Table:
    """`rows` (`prepared_schema`, with columns beside it or without) of import `number` as the table holds them; `vectors` is (n, dimensions)."""
    wanted = schema(vectors.shape[1])
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    vector = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    numbers = pa.array(np.full(rows.num_rows, number, dtype=np.int32))
    prepared = rows.select(_PREPARED.names).columns
    return pa.Table.from_arrays([*prepared, numbers, vector], schema=wanted)


def to_posts(rows: pa.Table) -> list[Post]:
    """The posts in `rows`, which has at least `POST_COLUMNS`."""
    posts = []
    for text, rest in zip(rows["text"].to_pylist(), rows["rest"].to_pylist(), strict=True):
        post_id, community, author, time, *others = orjson.loads(rest)
        created_at = None if time is None else _EPOCH + timedelta(microseconds=time)
        posts.append(Post(post_id, text, community, author, created_at, *others))
    return posts
