"""Files that accidents have changed: what is found adds up, or the file is refused in one line."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from note_files import HARD, MADE, NOW, SMALL, full, note, table

from truthgpt.errors import BadInputError
from truthgpt.notes.files import (
    NOTE_STATUS_HISTORY,
    Reading,
    read_enrollment,
    read_histories,
    read_notes,
    read_ratings,
)
from truthgpt.notes.files.columns import ENROLLMENT_COLUMNS, NOTE_COLUMNS, RATING_COLUMNS

BROKEN = table(
    RATING_COLUMNS,
    *(
        full(
            RATING_COLUMNS,
            noteId=100 + at % 3,
            raterParticipantId=f"{at:04x}",
            createdAtMillis=MADE + at,
            helpfulClear=at % 2,
            helpfulnessLevel=("HELPFUL", "NOT_HELPFUL", "SOMEWHAT_HELPFUL")[at % 3],
        )
        for at in range(12)
    ),
).encode()
NOTES_TEXT = table(NOTE_COLUMNS, *(note(at, summary) for at, summary in enumerate(HARD))).encode()


@st.composite
def accidents(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with some bytes changed, left out or put in, and perhaps its end cut off."""
    broken = bytearray(content)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(broken) - 1))
        byte = draw(st.sampled_from([*b'\t\n\r"\0 \xff0a', draw(st.integers(0, 255))]))
        match draw(st.sampled_from(["change", "insert", "delete"])):
            case "change":
                broken[at] = byte
            case "insert":
                broken.insert(at, byte)
            case _:
                del broken[at]
    return bytes(broken[: draw(st.integers(0, len(broken)))]) if draw(st.booleans()) else bytes(broken)


Read = TypeVar("Read")


def tried(read: Callable[[], tuple[Read, Reading]]) -> tuple[Read, Reading] | None:
    """What was read, None where it was refused in one line; any other error ends the test."""
    try:
        found, reading = read()
    except BadInputError as error:
        refused = str(error)
    else:
        assert reading.read == reading.kept + reading.rejected.total()
        assert len(reading.examples) == min(5, reading.rejected.total())
        return found, reading
    assert refused.strip()
    assert "\n" not in refused
    return None


def packed(content: bytes, how: str) -> bytes:
    match how:
        case "gzip":
            return gzip.compress(content, mtime=0)
        case "zstd":
            return zstandard.compress(content)
        case "zip":
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
                opened.writestr(zipfile.ZipInfo("ratings-00000.tsv"), content)
            return file.getvalue()
        case _:
            return content


HOW = ["plain", "gzip", "zstd", "zip"]


@given(accidents(BROKEN), st.sampled_from(HOW))
def test_ratings_with_accidents_add_up_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, how: str
) -> None:
    path = tmp_path_factory.mktemp("broken") / "ratings.tsv"
    path.write_bytes(packed(content, how))
    if read := tried(lambda: read_ratings(path, now=NOW)):
        found, reading = read
        assert reading.kept == len(found) + found.repeated
        assert set(found.values.tolist()) <= {0.0, 0.5, 1.0}
        assert (found.times <= NOW + 86_400_000).all()
        assert (found.per_note() > 0).all()
        assert (found.per_rater() > 0).all()


@given(st.sampled_from(HOW[1:]).flatmap(lambda how: accidents(packed(BROKEN, how))))
def test_broken_packed_files_add_up_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("broken") / "ratings"
    path.write_bytes(content)
    if read := tried(lambda: read_ratings(path, now=NOW)):
        assert read[1].kept == len(read[0]) + read[0].repeated


@given(st.binary(max_size=200))
def test_any_bytes_below_a_header_add_up(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "table.tsv"

    def read(columns: Sequence[str], reader: Callable[[Path], tuple[Any, Reading]]) -> None:
        path.write_bytes(table(columns).encode() + content)
        assert tried(lambda: reader(path)) is not None

    read(SMALL, lambda path: read_ratings(path, now=NOW))
    read(NOTE_COLUMNS, lambda path: read_notes(path, summaries=True))
    read(NOTE_STATUS_HISTORY, read_histories)
    read(ENROLLMENT_COLUMNS, read_enrollment)


@given(accidents(NOTES_TEXT))
def test_notes_with_accidents_add_up_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("broken") / "notes.tsv"
    path.write_bytes(content)
    if read := tried(lambda: read_notes(path, summaries=True)):
        found, reading = read
        assert reading.kept == len(found) + reading.repeated
        assert found.summaries is not None
        columns = (found.summaries, found.authors, found.misleading, found.created_at)
        assert {len(column) for column in columns} == {len(found)}
