"""The record of what was done to keep authors' wishes: `consent.jsonl`, one line an act, only ever added to.

A line says when, what kind of wish, the keyed hash of whom it is about (see `optout`), why, how many posts it took and
the corpus's version before and after. It holds no name, no id and no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from truthgpt.corpus import durable
from truthgpt.corpus.consent import folder
from truthgpt.corpus.consent.optout import Entry, Kind, Wish
from truthgpt.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Act:
    """One wish, kept. `posts` counts the posts of the whole act, which may keep several wishes at once."""

    when: str
    wish: Wish
    kind: Kind
    hash: str
    reason: str
    posts: int
    version_before: int
    version_after: int

    @property
    def entry(self) -> Entry:
        """What the opt-out list holds of it."""
        return Entry(self.kind, self.hash, self.wish)


def append(corpus: Path, acts: Iterable[Act]) -> None:
    """Add `acts` to the record of the corpus in this folder; the caller holds its write lock."""
    durable.append(_path(corpus), map(asdict, acts))


def acts(corpus: Path) -> Iterator[Act]:
    """What was done, oldest first. Raises `BadInputError` where the record is damaged."""
    for number, row in enumerate(durable.lines(_path(corpus)), start=1):
        try:
            yield Act(**row)
        except TypeError:
            raise BadInputError(
                f"{_path(corpus)}, line {number}: damaged; restore it from a backup"
            ) from None


def now() -> str:
    """This moment, as records write it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _path(corpus: Path) -> Path:
    return folder(corpus) / "consent.jsonl"
