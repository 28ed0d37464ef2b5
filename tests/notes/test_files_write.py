"""Tables that are written: in X's columns, whole or not at all, and read again as they were."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_files import MADE, NOW, rows_of, write

from truthgpt.errors import BadInputError, MissingError
from truthgpt.notes.decision import History
from truthgpt.notes.files import (
    HELPFULNESS_SCORES,
    NOTE_STATUS_HISTORY,
    SCORED_NOTES,
    read_histories,
    read_ratings,
    with_columns,
    write_tsv,
)
from truthgpt.notes.files.columns import RATING_COLUMNS


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out" / "ratings.tsv"
    columns = {
        "noteId": ["1", "2", "3"],
        "raterParticipantId": np.array([10, 20, 30]),
        "createdAtMillis": np.array([MADE, 0, MADE + 1]),
        "helpfulnessLevel": ("HELPFUL", "NOT_HELPFUL", "SOMEWHAT_HELPFUL"),
        "helpfulClear": np.array([True, False, False]),
    }
    write_tsv(path, with_columns(RATING_COLUMNS, columns))
    found, reading = read_ratings(path, now=NOW)
    assert rows_of(found) == [("1", "10", 1.0, MADE), ("2", "20", 0.0, 0), ("3", "30", 0.5, MADE + 1)]
    assert found.tags["helpfulClear"].tolist() == [True, False, False]
    assert path.read_text().split("\n", 1)[0].split("\t") == list(RATING_COLUMNS)
    assert not reading.rejected


def test_histories_that_are_written_are_read_again(tmp_path: Path) -> None:
    columns = {
        "noteId": ["1", "2"],
        "currentStatus": ["CURRENTLY_RATED_HELPFUL", "NEEDS_MORE_RATINGS"],
        "lockedStatus": ["CURRENTLY_RATED_HELPFUL", None],
        "timestampMillisOfStatusLock": [MADE, None],
    }
    write_tsv(tmp_path / "h.tsv", with_columns(NOTE_STATUS_HISTORY, columns))
    found, _ = read_histories(tmp_path / "h.tsv")
    assert found["1"] == History(
        current="CURRENTLY_RATED_HELPFUL", locked="CURRENTLY_RATED_HELPFUL", locked_at=MADE
    )
    assert found["2"] == History(current="NEEDS_MORE_RATINGS")


@given(
    st.lists(st.floats(allow_nan=False)),
    st.floats(allow_nan=False, width=32),
    st.lists(st.text(), min_size=1, max_size=3),
)
def test_floats_come_back_and_no_text_breaks_a_row(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], small: float, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("written") / "t.tsv"
    names = [texts[at % len(texts)] for at in range(len(numbers))]
    write_tsv(path, {"number": numbers, "text": names, "half": np.full(len(numbers), small, np.float32)})
    lines = path.read_bytes().decode().split("\n")
    assert lines.pop() == ""
    assert lines.pop(0) == "number\ttext\thalf"
    cells = [line.split("\t") for line in lines]
    assert all(len(row) == 3 and "\r" not in row[1] for row in cells)
    assert [float(row[0]) for row in cells] == numbers
    assert [np.float32(row[2]) for row in cells] == [small] * len(numbers)


def test_cells_that_are_not_there_are_empty(tmp_path: Path) -> None:
    write_tsv(
        tmp_path / "t.tsv",
        {"a": [None, math.nan, "x\ty\n", "\ud800"], "b": [True, 0, np.float64("nan"), np.int64(3)]},
    )
    assert (tmp_path / "t.tsv").read_text() == "a\tb\n\t1\n\t0\nx\\ty\\n\t\n\\ud800\t3\n"


def test_a_table_that_cannot_be_made_leaves_what_was_there(tmp_path: Path) -> None:
    path = write(tmp_path, "t.tsv", "before")
    with pytest.raises(BadInputError, match="columns of 1 to 2 rows"):
        write_tsv(path, {"a": [1], "b": [1, 2]})
    assert path.read_text() == "before"
    with pytest.raises(MissingError):
        write_tsv(path / "below" / "t.tsv", {"a": [1]})


def test_columns_of_ours_stand_behind_xs() -> None:
    columns = with_columns(
        SCORED_NOTES, {"rule": ["a"], "noteId": ["1"], "finalRatingStatus": ["NEEDS_MORE_RATINGS"]}
    )
    assert list(columns) == [*SCORED_NOTES, "rule"]
    assert list(columns["noteId"]) == ["1"]
    assert list(columns["decidedBy"]) == [None]
    assert (len(SCORED_NOTES), len(HELPFULNESS_SCORES), len(NOTE_STATUS_HISTORY)) == (99, 47, 24)
