"""What is kept about notes: who, what they wrote, how others rated it, and a run that scores it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from truthgpt.notes.decision import Decided, History

Classification = Literal["MISINFORMED_OR_POTENTIALLY_MISLEADING", "NOT_MISLEADING"]
"""What a note says of its post; X's names, as they stand in its files."""
MISLEADING: Classification = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
Level = Literal["HELPFUL", "SOMEWHAT_HELPFUL", "NOT_HELPFUL"]
"""What a rating says of its note; X's names."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes and rates: a local identity, or one that a proxy signed in.

    `id` is public, eight random characters, and tells nothing of the secret or the name that the person is known by.
    Times, here and below, are milliseconds since 1970.
    """

    id: str
    created_at: int


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note on a post: `id` is 32 hexadecimal digits, `author` a `Person.id`, `text` has 1 to 2000 characters."""

    id: str
    post_id: str
    author: str
    classification: Classification
    text: str
    created_at: int


@dataclass(frozen=True, slots=True)
class StoredRating:
    """A person's judgement of a note, with the reasons that they ticked (`tags`)."""

    note_id: str
    rater: str
    level: Level
    tags: tuple[str, ...]
    created_at: int


Found: TypeAlias = tuple[StoredNote, Decided | None]
"""A note and what the last run decided of it; None where it is newer than that."""


@dataclass(frozen=True, slots=True)
class Run:
    """One scoring under way. `token` grows with each run, so that a late one is known; `holder` says whose it is;
    `wanted` numbers the last change that it is sure to have read."""

    token: int
    holder: str
    wanted: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All live notes by id, their ratings by note and rater, and what each note was before: of one moment."""

    notes: list[StoredNote]
    ratings: list[StoredRating]
    histories: dict[str, History]
