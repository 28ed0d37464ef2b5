"""X's ratings: what is read of them as they are, as they were, and as accidents leave them."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import zstandard
from note_files import MADE, NOW, SMALL, full, ratings, rows_of, table, write

from truthgpt.errors import BadInputError
from truthgpt.notes.files import read_enrollment, read_histories, read_notes, read_ratings
from truthgpt.notes.files.columns import NOTE_COLUMNS, RATING_COLUMNS, TAGS
from truthgpt.notes.ratings import UNKNOWN_TIME

ONE = table(
    SMALL, (7, "a", MADE, "HELPFUL"), (7, "b", MADE, "NOT_HELPFUL"), (8, "a", MADE, "SOMEWHAT_HELPFUL")
)
READ = [("7", "a", 1.0, MADE), ("7", "b", 0.0, MADE), ("8", "a", 0.5, MADE)]


def test_the_three_levels_are_read(tmp_path: Path) -> None:
    found, reading = ratings(write(tmp_path, "ratings.tsv", ONE))
    assert found == READ
    assert (reading.read, reading.kept, reading.repeated) == (3, 3, 0)
    assert not reading.rejected
    assert not reading.examples


def test_all_of_xs_columns_are_read_and_only_tags_that_occur(tmp_path: Path) -> None:
    cells = {
        "noteId": 7,
        "createdAtMillis": MADE,
        "version": 2,
        "ratedOnTweetId": 9,
        **dict.fromkeys(TAGS, 0),
    }
    first = full(
        RATING_COLUMNS, **{**cells, "helpfulClear": 1}, raterParticipantId="B", helpfulnessLevel="HELPFUL"
    )
    second = full(RATING_COLUMNS, **cells, raterParticipantId="A", helpfulnessLevel="NOT_HELPFUL")
    found, reading = read_ratings(write(tmp_path, "r.tsv", table(RATING_COLUMNS, first, second)), now=NOW)
    assert list(found.tags) == ["helpfulClear"]
    assert found.tags["helpfulClear"].tolist() == [False, True]
    assert found.ticked("helpfulOther").tolist() == [False, False]
    assert not reading.notices


@pytest.mark.parametrize("width", [33, 34, 35])
def test_a_file_without_a_header_is_known_by_its_columns(tmp_path: Path, width: int) -> None:
    row = full(
        RATING_COLUMNS,
        noteId=7,
        raterParticipantId="A",
        createdAtMillis=MADE,
        helpfulnessLevel="HELPFUL",
        helpfulClear=1,
    )
    text = table(row[:width], row[:width])
    found, reading = read_ratings(write(tmp_path, "r.tsv", text), now=NOW)
    assert rows_of(found) == [("7", "A", 1.0, MADE)]
    assert reading.read == 2
    assert reading.repeated == found.repeated == 1
    assert found.ticked("helpfulClear").all()


def test_columns_may_be_more_and_in_any_order(tmp_path: Path) -> None:
    text = table(
        ("mood", "helpfulnessLevel", "raterParticipantId", "noteId", "createdAtMillis"),
        ("merry", "HELPFUL", "a", 7, MADE),
    )
    assert ratings(write(tmp_path, "r.tsv", text))[0] == [("7", "a", 1.0, MADE)]


def test_no_times_is_said_and_not_a_fault(tmp_path: Path) -> None:
    text = table(("noteId", "raterParticipantId", "helpfulnessLevel"), (7, "a", "HELPFUL"))
    found, reading = ratings(write(tmp_path, "r.tsv", text))
    assert found == [("7", "a", 1.0, UNKNOWN_TIME)]
    assert any("no column createdAtMillis" in notice for notice in reading.notices)


@pytest.mark.parametrize("missing", ["noteId", "raterParticipantId", "helpfulnessLevel"])
def test_a_column_that_is_needed_and_missing_is_named_with_the_file(tmp_path: Path, missing: str) -> None:
    columns = [name for name in SMALL if name != missing]
    path = write(tmp_path, "ratings.tsv", table(columns, (1, 2, 3)))
    with pytest.raises(BadInputError, match=rf"ratings\.tsv: no column {missing}"):
        read_ratings(path, now=NOW)


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "r.tsv", table((*SMALL, "noteId"), (1, 2, 3, "HELPFUL", 4)))
    with pytest.raises(BadInputError, match="two columns are called noteId"):
        read_ratings(path, now=NOW)


def test_version_one_has_boxes_in_place_of_levels(tmp_path: Path) -> None:
    columns = ("noteId", "raterParticipantId", "helpful", "notHelpful")
    rows = [(1, "a", 1, 0), (2, "a", 0, 1), (3, "a", 1, 1), (4, "a", 0, 0), (5, "a", "", "1.0")]
    found, reading = ratings(write(tmp_path, "old.tsv", table(columns, *rows)))
    assert [(note, value) for note, _, value, _ in found] == [("1", 1.0), ("2", 0.0), ("3", 0.0), ("5", 0.0)]
    assert reading.rejected == {"no helpfulness level": 1}


def test_a_level_that_is_there_wins_over_boxes(tmp_path: Path) -> None:
    columns = ("noteId", "raterParticipantId", "helpful", "notHelpful", "helpfulnessLevel")
    rows = [(1, "a", 1, 0, "SOMEWHAT_HELPFUL"), (2, "a", 1, 0, ""), (3, "a", 1, 0, "GREAT")]
    found, reading = ratings(write(tmp_path, "mixed.tsv", table(columns, *rows)))
    assert [(note, value) for note, _, value, _ in found] == [("1", 0.5), ("2", 1.0)]
    assert reading.rejected == {"unknown helpfulness level": 1}


def test_rows_that_cannot_be_used_are_counted_with_their_lines(tmp_path: Path) -> None:
    text = table(
        SMALL,
        (7, "a", MADE, "HELPFUL"),
        ("", "a", MADE, "HELPFUL"),
        (7, "", MADE, "HELPFUL"),
        (7, "b", MADE, "helpful?"),
        (7, "c", MADE, ""),
        ("7 8", "d", MADE, "HELPFUL"),
        (7, "nan", MADE, "HELPFUL"),
        (7, "e", MADE),
        (7, "f", MADE, "HELPFUL", "more", "and more"),
        (8, "a", MADE, "HELPFUL"),
    )
    found, reading = ratings(write(tmp_path, "r.tsv", text))
    assert [(note, rater) for note, rater, *_ in found] == [("7", "a"), ("8", "a")]
    assert reading.rejected == {
        "noteId is empty or no id": 2,
        "raterParticipantId is empty or no id": 2,
        "unknown helpfulness level": 1,
        "no helpfulness level": 1,
        "too few columns": 1,
        "too many columns": 1,
    }
    assert reading.examples[0] == f"{tmp_path}/r.tsv, line 3: noteId is empty or no id"
    assert len(reading.examples) == 5


def test_times_that_cannot_be_are_unknown_and_counted(tmp_path: Path) -> None:
    tomorrow = NOW + 80_000_000
    given_times = ["", -5, "soon", NOW + 90_000_000, tomorrow, "1700000000000.0", "1.7e12", 10**25, "inf"]
    text = table(SMALL, *((7, f"r{at}", time, "HELPFUL") for at, time in enumerate(given_times)))
    found, reading = ratings(write(tmp_path, "r.tsv", text))
    assert [time for *_, time in found] == [0, 0, 0, 0, tomorrow, MADE, MADE, 0, 0]
    assert [notice.split(" ", 1) for notice in reading.notices if notice[0].isdigit()] == [
        ["1", "ratings have a time in the future, which was taken for unknown"],
        ["4", "ratings have a time that is none, which was taken for unknown"],
        ["1", "ratings have no time"],
    ]


def test_of_ratings_of_one_rater_on_one_note_the_last_counts(tmp_path: Path) -> None:
    text = table(
        SMALL, (7, "a", MADE + 5, "HELPFUL"), (7, "a", MADE, "NOT_HELPFUL"), (7, "a", MADE, "HELPFUL")
    )
    found, reading = ratings(write(tmp_path, "r.tsv", text))
    assert found == [("7", "a", 1.0, MADE + 5)]
    assert (reading.kept, reading.repeated) == (3, 2)


@pytest.mark.parametrize(
    "one",
    [
        "18446744073709551615",
        "0xFF",
        "dGVzdA==",
        "a/b+c",
        "123e4567-e89b-12d3-a456-426614174000",
        "é",
        "0012",
    ],
)
def test_ids_of_any_kind_stay_as_they_are(tmp_path: Path, one: str) -> None:
    found, _ = ratings(write(tmp_path, "r.tsv", table(SMALL, (one, one, MADE, "HELPFUL"))))
    assert found == [(one, one, 1.0, MADE)]


def test_an_id_of_bytes_that_are_no_utf8_is_rejected_and_takes_no_other_with_it(tmp_path: Path) -> None:
    text = ONE.encode() + b"9\tr\xff\t1\tHELPFUL\n"
    found, reading = ratings(write(tmp_path, "r.tsv", text))
    assert found == READ
    assert reading.rejected == {"raterParticipantId is empty or no id": 1}


def test_a_header_between_rows_is_no_row_that_counts(tmp_path: Path) -> None:
    found, reading = ratings(write(tmp_path, "r.tsv", ONE + ONE))
    assert found == READ
    assert reading.rejected == {"noteId is empty or no id": 1}
    assert reading.repeated == 3


def test_rejected_ids_leave_no_trace(tmp_path: Path) -> None:
    text = table(SMALL, (7, "a", MADE, "HELPFUL"), (8, "b", MADE, "?"), (9, "", MADE, "HELPFUL"))
    found, _ = read_ratings(write(tmp_path, "r.tsv", text), now=NOW)
    assert (found.note_ids, found.rater_ids) == (("7",), ("a",))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings(tmp_path: Path, ends: str, encoding: str) -> None:
    path = write(tmp_path, "r.tsv", ONE.replace("\n", ends).encode(encoding))
    assert ratings(path)[0] == READ


def test_parts_packed_in_all_ways_are_one_table(tmp_path: Path) -> None:
    def part(number: int) -> bytes:
        return table(SMALL, (number, "a", MADE, "HELPFUL")).encode()

    write(tmp_path, "ratings-00000.tsv", part(0))
    write(tmp_path, "ratings-00001.tsv.gz", gzip.compress(part(1)))
    write(tmp_path, "ratings-00002.tsv.zst", zstandard.compress(part(2)))
    with zipfile.ZipFile(tmp_path / "more.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("ratings-00003.tsv", part(3))
        packed.writestr("deep/ratings-00004.tsv", part(4))
        packed.writestr("README.txt", "nothing to see")
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub", "ratings-00005.tsv", part(5))
    write(tmp_path, "notes-00000.tsv", table(NOTE_COLUMNS))
    write(tmp_path, ".ratings.tsv.part", "half")
    found, reading = ratings(tmp_path)
    assert [note for note, *_ in found] == ["0", "1", "2", "3", "4", "5"]
    assert reading.read == 6
    assert [notice for notice in reading.notices if "left out" in notice] == [
        f"{tmp_path}/more.zip/README.txt was left out: it has no columns of ratings"
    ]
    again, _ = ratings(
        [tmp_path / "ratings-00001.tsv.gz", tmp_path / "ratings-00000.tsv", tmp_path / "ratings-00000.tsv"]
    )
    assert [note for note, *_ in again] == ["0", "1"]


def test_a_table_in_a_folder_is_known_by_its_columns_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "export.tsv", ONE)
    write(tmp_path, "other.tsv", table(("a", "b"), (1, 2)))
    assert ratings(tmp_path)[0] == READ


def test_a_file_named_as_xs_in_a_folder_must_have_the_columns(tmp_path: Path) -> None:
    write(tmp_path, "ratings-00000.tsv", ONE)
    write(tmp_path, "ratings-00001.tsv", table(("noteId", "helpfulnessLevel"), (1, "HELPFUL")))
    with pytest.raises(BadInputError, match=r"ratings-00001\.tsv: no column raterParticipantId"):
        read_ratings(tmp_path, now=NOW)


@pytest.mark.parametrize("content", ["", "\n\n", "what is this\n", "\0\1\2", "{}"])
def test_what_is_no_table_is_one_line(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, "ratings.tsv", content)
    for reader in (read_notes, read_histories, read_enrollment):
        with pytest.raises(BadInputError) as refused:
            reader(path)
        assert "ratings.tsv" in str(refused.value)
        assert "\n" not in str(refused.value)
    with pytest.raises(BadInputError):
        read_ratings(path, now=NOW)


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="does not exist"):
        read_ratings(tmp_path / "none.tsv", now=NOW)
    with pytest.raises(BadInputError, match="no ratings found"):
        read_ratings(tmp_path, now=NOW)
    with pytest.raises(BadInputError, match="no path"):
        read_ratings([], now=NOW)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInputError, match="regular file"):
        read_ratings(tmp_path / "pipe", now=NOW)


def test_a_table_without_rows_is_no_error(tmp_path: Path) -> None:
    found, reading = ratings(write(tmp_path, "r.tsv", "\t".join(SMALL)))
    assert found == []
    assert reading.read == 0


def test_an_empty_part_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, "ratings-0.tsv", ONE)
    write(tmp_path, "ratings-1.tsv", "")
    found, reading = ratings(tmp_path)
    assert found == READ
    assert f"{tmp_path}/ratings-1.tsv is empty" in reading.notices


def test_a_file_cut_anywhere_gives_its_whole_rows(tmp_path: Path) -> None:
    header = len(table(SMALL))
    for end in range(header, len(ONE)):
        found, reading = ratings(write(tmp_path, "r.tsv", ONE[:end]))
        whole = ONE[header:end].count("\n")
        assert found[:whole] == READ[:whole]
        if len(found) > whole:  # only the line end, or letters that leave another level, may be missing
            assert found == READ[: whole + 1]
        elif end > header + len("".join(ONE[header:end].splitlines(keepends=True)[:whole])):
            assert reading.rejected.total() == 1
            assert any("cut off" in notice for notice in reading.notices)


def test_a_gzip_that_ends_early_gives_its_whole_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [(int(one), f"r{one}", MADE, "HELPFUL") for one in rng.integers(10**17, 10**18, 4000)]
    packed = gzip.compress(table(SMALL, *rows).encode())
    found, reading = ratings(write(tmp_path, "r.tsv.gz", packed[: len(packed) // 2]))
    expected = {(str(note), rater) for note, rater, *_ in rows}
    assert 1000 < len(found) < 3000
    assert {(note, rater) for note, rater, *_ in found} <= expected
    assert any("cut off" in notice for notice in reading.notices)
    assert reading.rejected.keys() <= {"the row is cut off"}


def test_the_public_sample_is_read_whole(datasets: Path) -> None:
    found, reading = read_ratings(datasets / "notes" / "ratings.tsv.gz", now=NOW)
    assert reading.read == reading.kept == len(found) == 152_287
    assert (len(found.note_ids), len(found.rater_ids)) == (7368, 5641)
    assert not reading.rejected
