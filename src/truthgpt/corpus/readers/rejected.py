"""A row that could not be read, and the one bound that every reader keeps to."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ROW = 1 << 20
"""A row is at most 1 MiB: bytes of a line, characters of a quoted field or of a post's text."""

EXCERPT = 500
"""Characters of a rejected row that are kept."""

TOO_LONG = "longer than 1 MiB"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no post. `line` counts from 1 (Parquet: rows); `row` is its beginning, printable."""

    file: str
    line: int
    reason: str
    row: str


def excerpt(text: str) -> str:
    """The first 500 characters of `text`, each unprintable one a space, safe for a terminal and for JSON."""
    head = text[:EXCERPT]
    if head.isprintable():
        return head
    return "".join(letter if letter.isprintable() else " " for letter in head).strip()
