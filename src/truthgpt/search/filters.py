"""Filters of a search in, SQL that the store evaluates out. Values are only ever quoted strings or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from truthgpt.corpus.store import quoted
from truthgpt.search.syntax.fields import timestamp

OneOrMore = str | Sequence[str] | None


def conjunction(one: str, other: str) -> str:
    """The condition that both hold, of which either may be empty."""
    return " AND ".join(filter(None, (one, other)))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a post must be to be found; `None` asks nothing.

    A name, or one of several names, as stored: case counts. Times are [since, until); a post without a time is in no
    span of time. What came in `after_import` is of a later import than the one of this number.
    """

    community: OneOrMore = None
    author: OneOrMore = None
    language: OneOrMore = None
    since: datetime | None = None
    until: datetime | None = None
    after_import: int | None = None

    def sql(self) -> str:
        """The condition, empty where every post is wanted."""
        named = (("community", self.community), ("author", self.author), ("language", self.language))
        parts = [_one_of(column, wanted) for column, wanted in named if wanted is not None]
        parts += [
            timestamp(sign, bound)
            for sign, bound in ((">=", self.since), ("<", self.until))
            if bound is not None
        ]
        if self.after_import is not None:
            parts.append(f"imported > {self.after_import}")
        return " AND ".join(parts)


NO_FILTERS = Filters()


def _one_of(column: str, wanted: str | Sequence[str]) -> str:
    values = [wanted] if isinstance(wanted, str) else list(wanted)
    return f"{column} IN ({', '.join(map(quoted, values))})" if values else "false"
