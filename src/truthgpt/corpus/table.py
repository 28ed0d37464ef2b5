"""Posts as rows of the table `posts`, there and back.

A post is read from two columns, `text` and `rest`: to read one row of one column takes Lance a quarter of a
millisecond, which a search would pay for each field of each post. What filters and indexes look at stands beside them
in columns of its own: `id`, `community` and so on; `grams`, the characters and pairs of unspaced scripts, for the
second text index (null in most posts); `copy_key`, equal for copies of one text; `id_key` and `content_key`, by which
an import knows what is stored without reading it; `vector`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from truthgpt.corpus.copies import copy_key, grams, key
from truthgpt.corpus.post import Post

POST_COLUMNS = ("text", "rest")
"""The columns that a post is read from."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def schema(dimensions: int) -> pa.Schema:
    """The table's columns, with vectors of `dimensions` float32."""
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("community", pa.string(), nullable=False),
            pa.field("author", pa.string(), nullable=False),
            pa.field("created_at", pa.timestamp("us", "UTC")),
            pa.field("language", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("rest", pa.binary(), nullable=False),
            pa.field("grams", pa.string()),
            pa.field("copy_key", pa.int64(), nullable=False),
            pa.field("id_key", pa.int64(), nullable=False),
            pa.field("content_key", pa.int64(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), dimensions)),
        ]
    )


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC; a time without a zone is UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    # Exact, where a float of seconds is not.
    since = aware - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def id_key(post_id: str) -> int:
    return key(post_id.encode("utf-8", "replace"))


def content_key(post: Post) -> int:
    """64 bits of all that a reader sees of the post. Language and source are told anew by each import."""
    moment = "" if post.created_at is None else microseconds(post.created_at)
    rest = f"{post.community}\0{post.author}\0{moment}\0{post.url}\0{post.score}\0{post.over_18}\0"
    return key((rest + post.text).encode("utf-8", "replace"))


def to_rows(posts: Sequence[Post], keys: npt.NDArray[np.int64], languages: Sequence[str]) -> pa.Table:
    """Rows for `posts`, without their vectors; `keys` (n, 2) are their id and content keys."""
    joined = [" ".join(found) if found else None for found in (grams(post.text) for post in posts)]
    times = [None if post.created_at is None else microseconds(post.created_at) for post in posts]
    rest = [
        orjson.dumps(
            (
                post.id,
                post.community,
                post.author,
                time,
                language,
                post.url,
                post.score,
                post.over_18,
                post.source,
            )
        )
        for post, time, language in zip(posts, times, languages, strict=True)
    ]
    columns = [
        pa.array([post.id for post in posts], pa.string()),
        pa.array([post.text for post in posts], pa.string()),
        pa.array([post.community for post in posts], pa.string()),
        pa.array([post.author for post in posts], pa.string()),
        pa.array(times, pa.timestamp("us", "UTC")),
        pa.array(languages, pa.string()),
        pa.array([post.source for post in posts], pa.string()),
        pa.array(rest, pa.binary()),
        pa.array(joined, pa.string()),
        pa.array([copy_key(post.text) for post in posts], pa.int64()),
        pa.array(np.ascontiguousarray(keys[:, 0])),
        pa.array(np.ascontiguousarray(keys[:, 1])),
    ]
    return pa.Table.from_arrays(columns, schema=schema(0).remove(len(columns)))


def with_vectors(rows: pa.Table, vectors: npt.NDArray[np.float32]) -> pa.Table:
    """`rows` as the table holds them; `vectors` is (n, dimensions)."""
    dimensions = vectors.shape[1]
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, dimensions)
    return rows.append_column(schema(dimensions).field("vector"), column)


def to_posts(rows: pa.Table) -> list[Post]:
    """The posts in `rows`, which has at least `POST_COLUMNS`."""
    posts = []
    for text, rest in zip(rows["text"].to_pylist(), rows["rest"].to_pylist(), strict=True):
        post_id, community, author, time, *others = orjson.loads(rest)
        created_at = None if time is None else _EPOCH + timedelta(microseconds=time)
        posts.append(Post(post_id, text, community, author, created_at, *others))
    return posts
