"""What the authors of one version wrote, and how it was received: of each how many posts, and the engagement of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus.view import View
from truthgpt.search.kept import Kept

_Counts = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_AT_ONCE = 262_144
"""Names that are Python strings at once."""


@dataclass(frozen=True, slots=True)
class Authors:
    """By the hashes of names, `names` (n,), rising: how many `posts` (n,), and the sum of their `engagement` (n,)."""

    names: _Counts
    posts: _Counts
    engagement: _Floats

    @classmethod
    def read(cls, view: View) -> Self:
        """Those of all posts of which the author is known."""
        read = view.select(["author", "score"], "author != ''")
        received = engagement(read["score"].to_numpy())
        of = pa.table({"author": read["author"], "engagement": received}).group_by("author")
        found = of.aggregate([("engagement", "count"), ("engagement", "sum")])
        names = np.concatenate([np.empty(0, np.int64), *map(_hashed, _parts(found["author"]))])
        order = np.argsort(names)
        counts, sums = (found[f"engagement_{what}"].to_numpy() for what in ("count", "sum"))
        return cls(names[order], counts[order], sums[order])

    def of(self, authors: Sequence[str]) -> tuple[_Counts, _Floats]:
        """How many posts each of `authors` (m,) has, 0 where none is known, and the sum of their engagement."""
        wanted = _hashed(authors)
        if not len(self.names):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted))
        places = np.minimum(np.searchsorted(self.names, wanted), len(self.names) - 1)
        there = self.names[places] == wanted
        return np.where(there, self.posts[places], 0), np.where(there, self.engagement[places], 0.0)


def engagement(scores: npt.ArrayLike) -> _Floats:
    """What readers gave posts, by their `scores` (n,), so that the tenth vote counts more than the thousandth: log(1 + score); below 0 nothing."""
    return np.log1p(np.maximum(np.asarray(scores, np.float64), 0.0))


def _parts(names: pa.ChunkedArray) -> list[list[str]]:
    return [names.slice(start, _AT_ONCE).to_pylist() for start in range(0, len(names), _AT_ONCE)]


def _hashed(names: Sequence[str]) -> _Counts:
    """Numbers for names, of this process alone: nothing of them is kept on disk."""
    return np.fromiter(map(hash, names), np.int64, len(names))


_kept = Kept(Authors.read, "authors")


def known(view: View) -> Authors | None:
    """The authors of all posts; None where they are not read yet."""
    return _kept.of(view)
