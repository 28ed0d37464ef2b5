"""X's tables as tests write them, and ratings as tests compare them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from truthgpt.notes.files import Reading, read_ratings
from truthgpt.notes.files.columns import NOTE_COLUMNS
from truthgpt.notes.ratings import Ratings

NOW = 1_750_000_000_000
MADE = 1_700_000_000_000
SMALL = ("noteId", "raterParticipantId", "createdAtMillis", "helpfulnessLevel")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(columns: Sequence[str], *rows: Sequence[object]) -> str:
    return "".join("\t".join(map(str, row)) + "\n" for row in (columns, *rows))


def full(columns: Sequence[str], **cells: object) -> list[object]:
    """A row of all columns, those that are not named empty."""
    return [cells.get(name, "") for name in columns]


def ratings(path: Path | list[Path]) -> tuple[list[tuple[str, str, float, int]], Reading]:
    found, reading = read_ratings(path, now=NOW)
    assert reading.kept == len(found) + found.repeated
    assert reading.read == reading.kept + reading.rejected.total()
    return rows_of(found), reading


def rows_of(found: Ratings) -> list[tuple[str, str, float, int]]:
    numbers = zip(found.notes, found.raters, found.values, found.times, strict=True)
    return [(found.note_ids[n], found.rater_ids[r], float(v), int(t)) for n, r, v, t in numbers]


def note(identity: int, summary: str, **cells: object) -> list[object]:
    known = {"noteId": identity, "noteAuthorParticipantId": f"author{identity}", "createdAtMillis": MADE}
    classification = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
    return full(
        NOTE_COLUMNS,
        **{
            **known,
            "tweetId": 5,
            "classification": classification,
            "isMediaNote": 0,
            "isCollaborativeNote": 0,
            **cells,
        },
        summary=summary,
    )


HARD = [
    "plain",
    "two\nlines",
    "\nfirst empty, last empty\n",
    "a\n\n\nb",
    "with\ttabs\tin it",
    "tab\tand\nnewline\t",
    "a \"quote and 'another",
    '"',
    "https://example.org/a\nhttps://example.org/b",
    "12345\n67890",
    "emoji 🙂\u2028 not a line\x0bend",
    "",
]
"""Summaries that break a table which is read line by line."""
