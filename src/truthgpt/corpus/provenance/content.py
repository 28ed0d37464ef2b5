"""Posts in, one hash of all of them out, the same in whatever order and on however many machines they were read.

Each post is a leaf: its id, text, community, author, time, permission to train, and `content_key`, in which stand its
other fields; each with its length before it. The leaves are added up by LtHash (Bellare and Micciancio, "A New Paradigm
for Collision-Free Hashing", EUROCRYPT 1997; Lewi et al., "Securing Update Propagation with Homomorphic Hashing", 2019):
BLAKE3 makes of each 1,024 numbers of 16 bits, and these are summed modulo 2^16. The hash of a
corpus is SHA-256 of the sums. To find two sets of posts with one sum is as hard as a lattice problem of over 200 bits,
which a sum of plain SHA-256 is not (Wagner's generalised birthday takes 2^32 steps). Of the fields that stand only in
`content_key` (address, score, links between posts) it is as strong as 64 bits are.

Language, source and all that is reckoned from the text are left out: they say how a post was read, not what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

COLUMNS = ("id", "text", "community", "author", "created_at", "training", "content_key")
"""What `add` needs of a batch; columns that the batch lacks count as absent in each post."""

NUMBERS = 1_024
_SUMMED = 512
"""Leaves that are summed at once: 1 MiB of numbers, which stays in the processor's cache."""


class ContentHash:
    """The sum of some posts. Sums of parts add up to the sum of the whole, so that parts may be hashed anywhere."""

    def __init__(self, posts: int = 0, sums: bytes = bytes(2 * NUMBERS)) -> None:
        """The sum of no posts, or that of which `posts` and `sums` were kept. Raises `ValueError` for others."""
        if len(sums) != 2 * NUMBERS:
            raise ValueError(f"sums of {len(sums)} bytes, not {2 * NUMBERS}")
        self.posts = posts
        self._sums: npt.NDArray[np.uint16] = np.frombuffer(sums, dtype="<u2").astype(np.uint16)

    @property
    def sums(self) -> bytes:
        """The sums themselves, 16 bits each, lower half first: what has to be kept to add posts later."""
        return self._sums.astype("<u2").tobytes()

    def add(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Add the posts of `batch`, which has at least `COLUMNS` of a stored post."""
        leaves = _leaves(batch)
        for start in range(0, len(leaves), _SUMMED):
            stretched = b"".join(
                [blake3(leaf).digest(2 * NUMBERS) for leaf in leaves[start : start + _SUMMED]]
            )
            numbers = np.frombuffer(stretched, dtype="<u2").reshape(-1, NUMBERS)
            self._sums += numbers.sum(axis=0, dtype=np.uint16)
        self.posts += len(leaves)

    def join(self, other: ContentHash) -> None:
        """Add the posts of `other`."""
        self._sums += other._sums
        self.posts += other.posts

    def hexdigest(self) -> str:
        """The hash of the posts added so far, 64 hexadecimal digits."""
        return hashlib.sha256(self.sums).hexdigest()


def content_hash(batches: Iterable[pa.RecordBatch | pa.Table]) -> str:
    """The hash of the posts in `batches`, in bounded memory."""
    whole = ContentHash()
    for batch in batches:
        whole.add(batch)
    return whole.hexdigest()


def _leaves(batch: pa.RecordBatch | pa.Table) -> list[bytes]:
    parts: list[pa.Array | pa.ChunkedArray] = []
    for name in COLUMNS:
        value = _bytes(batch, name)
        length = pc.binary_length(value).cast(pa.large_string()).cast(pa.large_binary())
        parts += (length, pa.scalar(b":", pa.large_binary()), value)
    written = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    leaves: list[bytes] = written.to_pylist()
    return leaves


def _bytes(batch: pa.RecordBatch | pa.Table, name: str) -> pa.Array | pa.ChunkedArray:
    if name not in batch.schema.names:
        return pa.repeat(pa.scalar(b"", pa.large_binary()), batch.num_rows)
    column = batch.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    return pc.fill_null(column.cast(pa.large_binary()), b"")
