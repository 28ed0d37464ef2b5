"""What readers yield in, Arrow tables of posts out, as exports have them: nothing is cleaned yet."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.table import microseconds

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("markup", pa.string(), nullable=False),
        pa.field("community", pa.string(), nullable=False),
        pa.field("author", pa.string(), nullable=False),
        pa.field("created_at", pa.timestamp("us", "UTC")),
        pa.field("language", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("score", pa.int64(), nullable=False),
        pa.field("over_18", pa.bool_(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("reply_to", pa.string(), nullable=False),
        pa.field("quotes", pa.string(), nullable=False),
        pa.field("reposts", pa.string(), nullable=False),
        pa.field("training", pa.bool_(), nullable=False),
    ]
)

ROWS = 8192
_CHARACTERS = 16 << 20
"""Posts, and characters of them, in a batch at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of an export: `posts` as `SCHEMA` has them, the rejected ones, and the posts that it says are gone.

    `share` is how much of all exports was read when the batch was made.
    """

    posts: pa.Table
    rejected: tuple[Rejected, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    share: float = 1.0


def batches(
    rows: Iterable[Post | Rejected | Deleted], share: Callable[[], float] | None = None
) -> Generator[Batch, None, None]:
    """Batches of `rows`, in their order; `share` says how far they are read. What came before an error of `rows` is a batch before it is raised."""
    posts: list[Post] = []
    rejected: list[Rejected] = []
    deleted: list[Deleted] = []
    length = 0

    def batch() -> Batch:
        made = Batch(table(posts), tuple(rejected), tuple(deleted), share() if share else 1.0)
        posts.clear()
        rejected.clear()
        deleted.clear()
        return made

    try:
        for row in rows:
            if isinstance(row, Post):
                posts.append(row)
                length += len(row.text)
            elif isinstance(row, Rejected):
                rejected.append(row)
            else:
                deleted.append(row)
            if len(posts) + len(rejected) + len(deleted) >= ROWS or length >= _CHARACTERS:
                yield batch()
                length = 0
    except Exception:
        if posts or rejected or deleted:
            yield batch()
        raise
    if posts or rejected or deleted:
        yield batch()


def table(posts: Sequence[Post]) -> pa.Table:
    """`posts` as `SCHEMA` has them."""
    if not posts:
        return SCHEMA.empty_table()
    values = dict(zip(Post._fields, zip(*posts, strict=True), strict=True))
    values["created_at"] = tuple(time and microseconds(time) for time in values["created_at"])
    columns = [
        _strings(values[field.name])
        if field.type == pa.string()
        else pa.array(values[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _strings(values: Sequence[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        # JSON can escape half of a surrogate pair, which is no character.
        return pa.array([value.encode("utf-8", "ignore").decode() for value in values], pa.string())
