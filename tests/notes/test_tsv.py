"""Tables piece by piece: whatever the pieces are, the rows are the same, and Arrow's rows are those of the slow path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.readers.rejected import MAX_ROW
from truthgpt.notes.files import tsv
from truthgpt.notes.files.columns import NOTE_COLUMNS, RATING_COLUMNS, TAGS
from truthgpt.notes.files.forms import NOTES, RATINGS, Form
from truthgpt.notes.files.layout import Layout
from truthgpt.notes.files.reading import Tally
from truthgpt.notes.files.sources import tables

Found = tuple[list[tuple[int, tuple[object, ...]]], Tally]


def found(path: Path, form: Form, chunk: int = 1 << 18) -> Found:
    """Each row's line and cells, of a file that comes in chunks of `chunk` bytes."""
    tally = Tally()
    content = path.read_bytes()

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(content), chunk):
            yield content[at : at + chunk]

    columns = (*form.read, form.text)
    rows: list[tuple[int, tuple[object, ...]]] = []
    for table in tables(path, form, tally):
        opened = replace(table, source=replace(table.source, chunks=chunks))
        for piece in tsv.results(opened, columns, lambda rows: rows, tally):
            cells = [column.to_pylist() for column in piece.columns.values()]
            rows += zip(piece.lines.tolist(), zip(*cells, strict=True), strict=True)
    return rows, tally


def notes(*summaries: str) -> str:
    cells = dict.fromkeys(NOTE_COLUMNS, "") | {
        "createdAtMillis": "1700000000000",
        "classification": "NOT_MISLEADING",
    }
    rows = [
        {
            **cells,
            "noteId": str(at),
            "noteAuthorParticipantId": f"a{at}",
            "summary": summary,
            "isMediaNote": "0",
        }
        for at, summary in enumerate(summaries)
    ]
    return "".join("\t".join(row.values()) + "\n" for row in ({name: name for name in NOTE_COLUMNS}, *rows))


@given(
    st.lists(st.text(alphabet=" ab\t\n0é\"'\\", max_size=12), min_size=1, max_size=12),
    st.integers(1, 400),
    st.integers(1, 300),
)
def test_where_pieces_are_cut_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, summaries: list[str], piece: int, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("pieces") / "notes.tsv"
    path.write_text(notes(*summaries), newline="")
    whole, tally = found(path, NOTES)
    assert [cells[-1] for _, cells in whole] == summaries
    assert tally.reading(0).read == 0  # nothing was rejected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tsv, "PIECE", max(piece, 200))  # of a row, or a few
        pieces, tally = found(path, NOTES, chunk)
    assert pieces == whole
    assert not tally.notices


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]), max_size=4),
            st.sampled_from(["HELPFUL", "", "?"]),
            st.sampled_from(["0", "1", "", "1.0", "true", "false"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_slow_path_finds_what_the_fast_one_does(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    rows = []
    for one, level, flag in cells:
        known = {"noteId": one or "1", "raterParticipantId": one, "helpfulnessLevel": level, TAGS[3]: flag}
        rows.append("\t".join(known.get(name, "") for name in RATING_COLUMNS))
    layout = Layout.of(RATINGS, RATING_COLUMNS)
    piece = tsv.Piece("\n".join(rows).encode() + b"\n", 2)
    fast = tsv._regular(piece, layout, RATINGS.read)
    slow = tsv._mended(piece, layout, RATINGS.read)
    assert fast is not None
    assert fast.lines.tolist() == slow.lines.tolist()
    for name in RATINGS.read:
        one = fast.columns[name]
        assert (one.fill_null(False) if name in TAGS else one).to_pylist() == slow.columns[name].to_pylist()


def test_a_carriage_return_within_a_cell_ends_no_row(tmp_path: Path) -> None:
    path = tmp_path / "notes.tsv"
    path.write_text(notes("a\rb", "c"), newline="")
    rows, _ = found(path, NOTES)
    assert [(line, cells[-1]) for line, cells in rows] == [(2, "a\rb"), (3, "c")]


def test_a_line_without_an_end_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsv, "PIECE", 1000)
    path = tmp_path / "notes.tsv"
    path.write_text(notes("a", "b" * 5000, "c"), newline="")
    rows, tally = found(path, NOTES, 100)
    assert [(line, cells[-1]) for line, cells in rows] == [(2, "a"), (4, "c")]
    assert tally.reading(0).rejected == {"longer than 1 MiB": 1}
    assert tally.reading(0).examples == (f"{path}, line 3: longer than 1 MiB",)


def test_a_text_that_never_ends_costs_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.tsv"
    path.write_text(notes("a", "b\n" * MAX_ROW, "c"), newline="")
    rows, tally = found(path, NOTES)
    assert [(line, cells[-1]) for line, cells in rows] == [(2, "a"), (4 + MAX_ROW, "c")]
    rejected = tally.reading(0).rejected
    assert rejected["longer than 1 MiB"] >= 1


@pytest.mark.parametrize("other", ["plain", "on two\nlines"])
def test_a_long_text_on_one_line_is_one(tmp_path: Path, other: str) -> None:
    path = tmp_path / "notes.tsv"
    path.write_text(notes("a", "b" * (MAX_ROW + 1), other), newline="")
    rows, tally = found(path, NOTES)
    assert [len(str(cells[-1])) for _, cells in rows] == [1, MAX_ROW + 1, len(other)]
    assert not tally.reading(0).rejected


def test_hostile_lines_take_no_time(tmp_path: Path) -> None:
    head = notes().encode()
    for content in (b"\n" * (1 << 20), b"\t\n" * (1 << 19), b"1\ta\t1\t1\tX\n" + b"\t\n" * (1 << 19)):
        path = tmp_path / "notes.tsv"
        path.write_bytes(head + content)
        rows, tally = found(path, NOTES)
        assert rows == []
        assert len(tally.reading(0).examples) <= 5


def test_a_line_begins_a_row_only_if_it_looks_like_one() -> None:
    layout = Layout.of(NOTES, NOTE_COLUMNS)
    row = notes("one\ttwo\nthree\t").splitlines()[1].encode()
    assert layout.begins(row.split(b"\t"))
    assert layout.begins(row.split(b"\t")[:21])
    for piece in (
        b"",
        b"text",
        b"https://example.org\t0\t0",
        b"word\tword\t0\t0",
        b"1\t2\t3\t4\tNot misleading",
    ):
        assert not layout.begins(piece.split(b"\t"))
