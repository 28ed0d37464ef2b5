"""The stored posts in, the record of each author out, kept in one file beside the table: how many posts, and what readers gave them.

`refresh` reckons it anew at the end of each import, as the clusters of copies are, so that it hangs on the posts alone. Names are not in it,
but 64 bits of a hash of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truthgpt.corpus import durable
from truthgpt.corpus.key import Keys, key
from truthgpt.corpus.lance import in_one_line
from truthgpt.corpus.scan import scan

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

FILE = "authors.parquet"
_TOGETHER = 2_000_000
"""Authors of batches that wait to be added up, at most: one may be in each."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Authors:
    """By the `keys` (n,) of names, rising: how many `posts` (n,), and the sum of their `engagement` (n,)."""

    keys: Keys
    posts: Keys
    engagement: Floats

    def of(self, names: Sequence[str]) -> tuple[Keys, Floats]:
        """How many posts each of `names` (m,) has, 0 where none is known, and the sum of their engagement."""
        wanted = _keys(names)
        if not len(self.keys):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted))
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        there = self.keys[places] == wanted
        return np.where(there, self.posts[places], 0), np.where(there, self.engagement[places], 0.0)

    @classmethod
    def added(cls, parts: Sequence[Authors]) -> Self:
        """All of `parts` together."""
        keys, of = np.unique(np.concatenate([part.keys for part in parts]), return_inverse=True)
        posts, given = np.zeros(len(keys), np.int64), np.zeros(len(keys))
        np.add.at(posts, of, np.concatenate([part.posts for part in parts]))
        np.add.at(given, of, np.concatenate([part.engagement for part in parts]))
        return cls(keys, posts, given)


NONE = Authors(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def engagement(scores: npt.ArrayLike) -> Floats:
    """What readers gave posts, by their `scores` (n,), so that the tenth vote counts more than the thousandth: log(1 + score); below 0 nothing."""
    return np.log1p(np.maximum(np.asarray(scores, np.float64), 0.0))


def changed(corpus: Path) -> int:
    """When what is kept in this folder was last reckoned (nanoseconds), 0 where it never was."""
    try:
        return (corpus / FILE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def load(corpus: Path) -> Authors:
    """The authors of the corpus in this folder, as they were when an import last ended. None where none did yet."""
    try:
        return _read(corpus, when) if (when := changed(corpus)) else NONE
    except FileNotFoundError:
        return NONE


@lru_cache(maxsize=4)
def _read(corpus: Path, when: int) -> Authors:
    """What was written at that time; a search asks again and again."""
    with in_one_line(corpus):
        found = pq.read_table(corpus / FILE)
    return Authors(*(found[name].to_numpy() for name in ("author", "posts", "engagement")))


def refresh(table: AsyncTable, corpus: Path) -> None:
    """Reckon the record of the authors of the posts in `table` and keep it. Raises `MissingError` where the disk is full; what was kept
    before stands then."""
    parts, waiting = [NONE], 0
    for batch in scan(table, corpus, ("author", "score")):
        found = _of(batch)
        parts.append(found)
        waiting += len(found.keys)
        if waiting > _TOGETHER:
            parts, waiting = [Authors.added(parts)], 0
    whole = Authors.added(parts)
    columns = {"author": whole.keys, "posts": whole.posts, "engagement": whole.engagement}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    durable.write(corpus / FILE, sink.getvalue().to_pybytes())


def _of(batch: pa.RecordBatch) -> Authors:
    """The known authors of one batch."""
    named = batch.filter(pc.not_equal(batch["author"], ""))
    coded = named["author"].dictionary_encode()
    received = engagement(named["score"].to_numpy())
    keys, codes = _keys(coded.dictionary.to_pylist()), coded.indices.to_numpy()
    given = np.zeros(len(keys))
    np.add.at(given, codes, received)
    return Authors(keys, np.bincount(codes, minlength=len(keys)), given)


def _keys(names: Sequence[str]) -> Keys:
    return np.array([key(name.encode()) for name in names], np.int64)
