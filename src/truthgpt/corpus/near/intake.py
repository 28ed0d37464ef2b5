"""Batches of posts in; their words, keys, ids and times filed away. Threads do the counting, this one writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truthgpt.corpus.near.brought import Places
from truthgpt.corpus.near.buckets import MAX_ROWS, Buckets
from truthgpt.corpus.near.documents import Documents
from truthgpt.corpus.near.posts import Posts
from truthgpt.corpus.near.signature import KEYS, Keys, keys, signatures
from truthgpt.corpus.near.words import Words, words
from truthgpt.errors import BadInputError

_ROWS = 8_192
"""Posts that are worked on together; of a larger batch, a slice."""
_WAITING = 4
"""Slices that are worked on or wait to be written, so that memory stays bounded."""


@dataclass(frozen=True)
class _Slice:
    batch: pa.RecordBatch
    keys: Keys
    words: Words | None = None
    places: Places | None = None


def take_in(
    batches: Iterable[pa.RecordBatch],
    posts: Posts,
    documents: Documents,
    buckets: Buckets,
    pool: ThreadPoolExecutor,
    *,
    texts_elsewhere: bool,
) -> None:
    """File all posts of `batches`. Raises `BadInputError` where they cannot be."""
    for done in _ahead(batches, pool):
        if posts.count + len(done.keys) > MAX_ROWS:
            raise BadInputError(
                f"more than {MAX_ROWS:,} posts are too many for one machine; give them in parts"
            )
        if done.words is not None:
            documents.add(done.words)
        else:
            assert done.places is not None
            if not texts_elsewhere and (done.places.lengths < 0).any():
                raise BadInputError("posts came with stored keys and nothing that gives their texts")
            documents.add_places(done.places)
        buckets.add(done.keys[:, 1:], posts.count)
        posts.add(done.batch["id"], done.batch["created_at"], done.keys[:, 0])
    documents.finish()
    posts.finish()


def _ahead(batches: Iterable[pa.RecordBatch], pool: ThreadPoolExecutor) -> Iterator[_Slice]:
    """The slices of `batches` in their order, worked on by the threads of `pool` while earlier ones are used."""
    waiting: deque[Future[_Slice]] = deque()
    for batch in batches:
        for start in range(0, batch.num_rows, _ROWS):
            waiting.append(pool.submit(_work, batch.slice(start, _ROWS)))
            if len(waiting) == _WAITING:
                yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _work(batch: pa.RecordBatch) -> _Slice:
    names = set(batch.schema.names)
    if not {"id", "created_at"} <= names or not names & {"text", "keys"}:
        raise BadInputError(
            f"posts need the columns id, created_at, and text or keys; there are {sorted(names)}"
        )
    if "keys" not in names:
        found = words(batch["text"])
        return _Slice(batch, keys(signatures(found)), found)
    stored = batch["keys"]
    if not pa.types.is_fixed_size_list(stored.type) or stored.type.list_size != KEYS or stored.null_count:
        raise BadInputError(f"stored keys must be lists of {KEYS} and none null; they are {stored.type}")
    flat = stored.flatten().cast(pa.uint64()).to_numpy(zero_copy_only=False)
    return _Slice(batch, flat.reshape(-1, KEYS), places=_places(batch))


def _places(batch: pa.RecordBatch) -> Places:
    if "start" not in batch.schema.names:
        return Places(np.zeros(batch.num_rows, np.int64), np.full(batch.num_rows, -1, np.int32))
    return Places(batch["start"].to_numpy(), batch["length"].to_numpy())
