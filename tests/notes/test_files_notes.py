"""X's notes, status histories and enrollments: texts on several lines, deleted notes, old files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from note_files import HARD, MADE, full, note, table, write

from truthgpt.notes.decision import History
from truthgpt.notes.files import NOTE_STATUS_HISTORY, read_enrollment, read_histories, read_notes
from truthgpt.notes.files.columns import ENROLLMENT_COLUMNS, NOTE_COLUMNS
from truthgpt.notes.ratings import UNKNOWN_TIME


def test_notes_have_authors_times_and_what_they_say(tmp_path: Path) -> None:
    rows = [
        note(1, "False"),
        note(2, "True", classification="NOT_MISLEADING", noteAuthorParticipantId=""),
        note(3, "?", classification="MAYBE"),
        note(1, "False, and worse", noteAuthorParticipantId="B"),
    ]
    found, reading = read_notes(write(tmp_path, "notes.tsv", table(NOTE_COLUMNS, *rows)))
    assert found.ids == ("1", "2")
    assert found.authors == ("B", "")
    assert found.created_at.tolist() == [MADE, MADE]
    assert found.misleading.tolist() == [True, False]
    assert found.summaries is None
    assert (reading.read, reading.kept, reading.repeated) == (4, 3, 1)
    assert reading.rejected == {"unknown classification": 1}
    assert "1 notes have no author" in reading.notices


@pytest.mark.parametrize("columns", [NOTE_COLUMNS, NOTE_COLUMNS[:23]])
def test_summaries_on_several_lines_and_with_tabs_are_put_together(
    tmp_path: Path, columns: Sequence[str]
) -> None:
    rows = [note(at, summary)[: len(columns)] for at, summary in enumerate(HARD)]
    path = write(tmp_path, "notes.tsv", table(columns, *rows))
    found, reading = read_notes(path, summaries=True)
    assert found.ids == tuple(str(at) for at in range(len(HARD)))
    assert found.summaries == tuple(HARD)
    assert not reading.rejected


def test_a_summary_that_is_the_last_column_goes_on_in_the_next_lines(tmp_path: Path) -> None:
    columns = NOTE_COLUMNS[:22]
    rows = [note(at, summary)[:22] for at, summary in enumerate(HARD)]
    found, reading = read_notes(write(tmp_path, "notes.tsv", table(columns, *rows)), summaries=True)
    assert found.summaries == tuple(HARD)
    assert not reading.rejected


def test_summaries_of_bytes_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    content = table(NOTE_COLUMNS, note(1, "a"), note(2, "b")).encode().replace(b"\ta\t", b"\ta\xff\t")
    found, reading = read_notes(write(tmp_path, "notes.tsv", content), summaries=True)
    assert found.summaries == ("a\ufffd", "b")
    assert not reading.rejected


def test_a_row_beyond_mending_costs_no_other(tmp_path: Path) -> None:
    rows = [note(1, "a"), note(2, "b")[:20], note(3, "c"), note(4, "d")]
    text = table(NOTE_COLUMNS, *rows).replace("\n4\t", "\nlost words\n4\t")
    found, reading = read_notes(write(tmp_path, "notes.tsv", text))
    assert found.ids == ("1", "3", "4")
    assert reading.rejected == {"too few columns": 1, "a line that belongs to no row": 1}
    assert reading.examples == (
        f"{tmp_path}/notes.tsv, line 3: too few columns",
        f"{tmp_path}/notes.tsv, line 5: a line that belongs to no row",
    )


def test_histories_have_statuses_times_and_authors(tmp_path: Path) -> None:
    rows = [
        full(
            NOTE_STATUS_HISTORY,
            noteId=1,
            noteAuthorParticipantId="A",
            createdAtMillis=MADE,
            currentStatus="NEEDS_MORE_RATINGS",
        ),
        full(
            NOTE_STATUS_HISTORY,
            noteId=2,
            noteAuthorParticipantId="B",
            createdAtMillis=MADE + 1,
            currentStatus="CURRENTLY_RATED_HELPFUL",
            firstNonNMRStatus="CURRENTLY_RATED_NOT_HELPFUL",
            timestampMillisOfFirstNonNMRStatus=f"{MADE + 2}.0",
            mostRecentNonNMRStatus="CURRENTLY_RATED_HELPFUL",
            timestampMillisOfLatestNonNMRStatus=MADE + 3,
            lockedStatus="NEEDS_MORE_RATINGS",
            timestampMillisOfStatusLock="-1",
        ),
        full(NOTE_STATUS_HISTORY, noteId=3, currentStatus="FAMOUS"),
        full(
            NOTE_STATUS_HISTORY, noteId=4, currentStatus="NEEDS_YOUR_HELP", timestampMillisOfStatusLock=MADE
        ),
    ]
    found, reading = read_histories(
        write(tmp_path, "noteStatusHistory.tsv", table(NOTE_STATUS_HISTORY, *rows))
    )
    assert found == {
        "1": History(current="NEEDS_MORE_RATINGS"),
        "2": History(
            "CURRENTLY_RATED_HELPFUL",
            *("CURRENTLY_RATED_NOT_HELPFUL", MADE + 2),
            *("CURRENTLY_RATED_HELPFUL", MADE + 3),
            *("NEEDS_MORE_RATINGS", None),
        ),
        "4": History(current="NEEDS_MORE_RATINGS"),
    }
    assert found.notes.ids == ("1", "2", "4")
    assert found.notes.authors == ("A", "B", "")
    assert found.notes.created_at.tolist() == [MADE, MADE + 1, UNKNOWN_TIME]
    assert found.notes.misleading.all()
    assert reading.rejected == {"unknown status": 1}


def test_old_histories_without_a_header_are_read(tmp_path: Path) -> None:
    row = full(
        NOTE_STATUS_HISTORY,
        noteId=1,
        noteAuthorParticipantId="A",
        createdAtMillis=MADE,
        currentStatus="CURRENTLY_RATED_HELPFUL",
    )
    found, _ = read_histories(write(tmp_path, "h.tsv", table(row[:23])))
    assert found == {"1": History(current="CURRENTLY_RATED_HELPFUL")}


def test_enrollment_has_groups(tmp_path: Path) -> None:
    cells = [("a", "13.0"), ("b", ""), ("c", 7), ("d", "-1"), ("e", "many"), ("c", 8), ("", 3)]
    rows = [
        full(ENROLLMENT_COLUMNS, participantId=one, enrollmentState="newUser", modelingGroup=group)
        for one, group in cells
    ]
    found, reading = read_enrollment(write(tmp_path, "userEnrollment.tsv", table(ENROLLMENT_COLUMNS, *rows)))
    assert found == {"a": 13, "b": None, "c": 8, "d": None, "e": None}
    assert (reading.read, reading.kept, reading.repeated) == (7, 6, 1)
    assert reading.notices == ("1 modelling groups are no numbers and were taken for none",)
