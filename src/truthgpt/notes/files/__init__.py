"""X's public Community Notes files: come in as ratings, notes, histories and groups, go out in X's columns.

    ratings, reading = read_ratings("ratings/", now=now)
    write_tsv(Path("scored_notes.tsv"), with_columns(SCORED_NOTES, {"noteId": ids, "finalRatingStatus": statuses}))

Nothing that a file holds is believed: a row that cannot be used is rejected and counted, with its line and the reason.
"""

from __future__ import annotations

from truthgpt.notes.files.columns import HELPFULNESS_SCORES, NOTE_STATUS_HISTORY, SCORED_NOTES
from truthgpt.notes.files.read import (
    Histories,
    NoteRows,
    read_enrollment,
    read_histories,
    read_notes,
    read_ratings,
)
from truthgpt.notes.files.reading import Reading
from truthgpt.notes.files.write import with_columns, write_tsv

__all__ = [
    "HELPFULNESS_SCORES",
    "NOTE_STATUS_HISTORY",
    "SCORED_NOTES",
    "Histories",
    "NoteRows",
    "Reading",
    "read_enrollment",
    "read_histories",
    "read_notes",
    "read_ratings",
    "with_columns",
    "write_tsv",
]
