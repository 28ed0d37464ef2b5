"""Where a search's next page begins, as a word that a client hands back: a version of the posts and how many hits came before.

It holds for the query and the filters that it was made for. Posts that come in later are of later versions and move nothing.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Self

import orjson

DEEPEST = 1000
"""Hits up to which pages are turned."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`ranking` is what orders the hits, as the searcher calls it; empty where that never changes."""

    version: int
    offset: int
    ranking: str = ""

    def written(self, asked: str) -> str:
        """The word, for whoever asks `asked`."""
        value = orjson.dumps([self.version, self.offset, _digest(asked), self.ranking])
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    @classmethod
    def read(cls, word: str, asked: str) -> Self:
        """The cursor that `written` wrote. Raises `ValueError` for any other word, and for that of another query."""
        try:
            value = orjson.loads(base64.urlsafe_b64decode(word.encode() + b"=" * (-len(word) % 4)))
            version, offset, digest, ranking = value
        except (ValueError, TypeError):
            raise ValueError("it was not written by this service") from None
        if type(version) is not int or type(offset) is not int or not 0 <= version < 1 << 63:
            raise ValueError("it was not written by this service")
        if not 0 <= offset < DEEPEST:
            raise ValueError("it was not written by this service")
        if type(ranking) is not str:
            raise ValueError("it was not written by this service")
        if digest != _digest(asked):
            raise ValueError("it is of another search")
        return cls(version, offset, ranking)


def _digest(asked: str) -> str:
    return hashlib.blake2b(asked.encode(errors="surrogatepass"), digest_size=6).hexdigest()
