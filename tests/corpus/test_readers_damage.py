"""The readers on damaged files: a bad row costs itself, says its line and its reason, and nothing around it."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import Rejected, read

MIB = 1 << 20


def rows(folder: Path, name: str, content: str | bytes) -> list[Post | Rejected]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(path))


def shape(read_rows: list[Post | Rejected]) -> list[str | tuple[int, str]]:
    """The id of each post, the line and the reason's first three words of each rejected row."""
    return [
        row.id if isinstance(row, Post) else (row.line, " ".join(row.reason.split()[:3])) for row in read_rows
    ]


def test_csv_rows_are_rejected_one_by_one(tmp_path: Path) -> None:
    content = (
        b"id,text,date\n"
        b"1,fine,2020-01-01\n"
        b"2,caf\xe9,\n"
        b"3,a\0b,\n"
        b"4,too,many,columns\n"
        b"5,broken\n"
        b"in two,\n"
        b"6,,\n"
        b"7,x,yesterday\n"
        b'8,"two\nlines",\n'
        b'9,"stray" quote,\n'
        b"10,bare\rreturn,\n"
        b"11,fine,"
    )
    assert shape(rows(tmp_path, "x.csv", content)) == [
        "1",
        (3, "not UTF-8"),
        (4, "holds NUL bytes"),
        (5, "4 columns where"),
        (6, "2 columns where"),
        (7, "2 columns where"),
        (8, "empty text"),
        (9, "unreadable date 'yesterday'"),
        "8",
        (12, "a quote that"),
        (13, "a carriage return"),
        "11",
    ]


def test_a_rejected_row_is_shown_printable_and_short(tmp_path: Path) -> None:
    read_rows = rows(tmp_path, "x.csv", "id,text\n1,2,\x1b[31m" + "é" * 2000 + "\n2,ok\n")
    bad = read_rows[0]
    assert isinstance(bad, Rejected)
    assert bad.file == str(tmp_path / "x.csv")
    assert bad.row.startswith("1,2, [31mé")
    assert len(bad.row) == 500
    assert bad.row.isprintable()


@pytest.mark.parametrize("fields", ["plain,words", '"quoted","words"'])
def test_an_unclosed_quote_costs_one_row(tmp_path: Path, fields: str) -> None:
    content = "id,text,author\n1,a,b\n" + '2,"open,x\n' + f"3,{fields}\n4,{fields}\n" * 50
    found = shape(rows(tmp_path, "x.csv", content))
    assert found == ["1", (3, "a quote that"), *["3", "4"] * 50]


def test_an_unclosed_quote_far_from_the_next_one_costs_one_row(tmp_path: Path) -> None:
    plain = "".join(f"{number},{'some words ' * 20}\n" for number in range(10_000))
    assert len(plain) > 2 * MIB
    found = rows(tmp_path, "x.csv", f'id,text\nbad,"open\n{plain}')
    assert len(found) == 10_001
    assert [row.line for row in found if isinstance(row, Rejected)] == [2]


def test_the_rest_of_a_broken_field_is_no_post(tmp_path: Path) -> None:
    content = 'id,text,author\n1,"said "hello" to\nall",ann,x\n2,fine,bob\n3,half an inch is 1/2",bob\n'
    assert shape(rows(tmp_path, "x.csv", content)) == [(2, "a quote that"), (3, "a quote that"), "2", "3"]


def test_a_quote_that_swallowed_whole_rows_gives_them_back(tmp_path: Path) -> None:
    content = 'id,text\n1,"open\n2,two\n3,three\n4,"\n5,five\n'
    found = shape(rows(tmp_path, "x.csv", content))
    # Line 5 closes what line 2 opened: with two columns in all, that is a row by RFC 4180.
    assert found == ["1", "5"]
    content = 'id,text,author\n1,"open\n2,two,x\n3,",three,y\n5,five,z\n'
    assert shape(rows(tmp_path, "x.csv", content)) == [(2, "a quote that"), "2", (4, "a quote that"), "5"]


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_line_of_ten_megabytes_is_skipped_in_little_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    make = (
        (lambda number, text: f"{number},{text}\n")
        if name == "x.csv"
        else (lambda number, text: json.dumps({"id": number, "text": text}) + "\n")
    )
    head = "id,text\n" if name == "x.csv" else ""
    path.write_text(
        head + make(1, "a") + make(2, "y" * 10 * MIB) + make(3, "b") + make(4, "z" * 10 * MIB).rstrip()
    )
    tracemalloc.start()
    found = list(read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    lines = (3, 5) if name == "x.csv" else (2, 4)
    assert shape(found) == ["1", (lines[0], "longer than 1"), "3", (lines[1], "longer than 1")]
    assert peak < 6 * MIB


def test_a_text_of_almost_a_mebibyte_is_kept_whole(tmp_path: Path) -> None:
    text = "word " * 200_000
    (post,) = rows(tmp_path, "x.csv", f'id,text\n1,"{text}"\n')
    assert isinstance(post, Post)
    assert post.text == text.strip()


def test_json_rows_are_rejected_one_by_one(tmp_path: Path) -> None:
    content = (
        b'["a"]\n'
        b'{"id":"1","text":"fine","score":NaN}\n'
        b'{"id":"2","text":\n'
        b"\n"
        b'{"id":"3","text":["a"]}\n'
        b'{"id":"4","text":"caf\xe9"}\n'
        b'{"id":"5","other":"x"}\n'
        b'{"id":"6","text":" \\n"}\n'
        b'{"id":"7","text":"a\\ud800b\\u0000c"}\n'
        b"" + b"[" * 100_000 + b"\n"
        b'{"id":"8","text":"t","created_at":true}\n'
        b'{"id":"' + b"9" * 300 + b'","text":"t"}'
    )
    found = rows(tmp_path, "x.jsonl", content)
    assert shape(found) == [
        (1, "JSON that is"),
        "1",
        (3, "not valid JSON"),
        (5, "text that is"),
        (6, "not UTF-8"),
        (7, "no key is"),
        (8, "empty text"),
        "7",
        (10, "not valid JSON"),
        (11, "unreadable date 'True'"),
        (12, "an id longer"),
    ]
    seventh = found[7]
    assert isinstance(seventh, Post)
    assert seventh.text == "a\ud800b\0c"  # as it stands: cleaning comes after reading


def test_a_json_array(tmp_path: Path) -> None:
    assert shape(rows(tmp_path, "x.json", '[{"id":1,"text":"a"},\n3,{"id":2,"text":"b"}]\n')) == [
        "1",
        (2, "JSON that is"),
        "2",
    ]
    assert shape(rows(tmp_path, "x.json", '[{"id":1,"text":"a"},\n{"id":2,"te')) == [
        "1",
        (2, "not valid JSON"),
    ]
    assert shape(rows(tmp_path, "x.json", '[{"id":1,"text":"a"},\n')) == ["1", (2, "not valid JSON")]
    assert shape(rows(tmp_path, "x.json", '[{"id":1,"text":"a"}')) == ["1", (1, "the file ends")]
    assert shape(rows(tmp_path, "x.json", b'[{"id":1,"text":"\xff"},{"id":2,"text":"b"}]')) == [
        (1, "not UTF-8"),
        "2",
    ]
    many = [{"id": str(number), "text": "é世" * 50} for number in range(5000)]
    data = json.dumps(many, ensure_ascii=False)
    assert len(data.encode()) > MIB
    assert shape(rows(tmp_path, "x.json", data)) == [str(number) for number in range(5000)]


def table(size: int) -> bytes:
    return b"id,text\n" + b"".join(
        b'%d,"%d\nmore"\n' % (number, number * 7919 % 104729) for number in range(size)
    )


@pytest.mark.parametrize("pack", ["gz", "zst"])
def test_a_truncated_archive_keeps_what_came_before(tmp_path: Path, pack: str) -> None:
    plain = table(60_000)
    packed = gzip.compress(plain) if pack == "gz" else zstandard.compress(plain)
    found = rows(tmp_path, f"x.csv.{pack}", packed[: len(packed) * 2 // 3])
    *good, last = found
    assert isinstance(last, Rejected)
    assert last.reason.startswith("the file ends early")
    assert 20_000 < len(good) < 60_000
    assert shape(good) == [str(number) for number in range(len(good))]
    assert last.line == 2 + 2 * len(good)


@pytest.mark.parametrize("pack", ["gz", "zst"])
def test_a_corrupt_archive_keeps_what_came_before(tmp_path: Path, pack: str) -> None:
    packed = bytearray(gzip.compress(table(60_000)) if pack == "gz" else zstandard.compress(table(60_000)))
    for place in range(len(packed) // 2, len(packed) // 2 + 400):
        packed[place] ^= 0x5A
    found = rows(tmp_path, f"x.csv.{pack}", bytes(packed))
    assert isinstance(found[-1], Rejected)
    assert "damaged" in found[-1].reason or "early" in found[-1].reason
    assert sum(isinstance(row, Post) for row in found) > 5_000


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_several_members_are_one_file(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    first, second = b"id,text\n1,a\n2,", b"b\n3,c\n"
    assert shape(rows(tmp_path, "x.csv", pack(first) + pack(b"") + pack(second))) == ["1", "2", "3"]


def test_padding_and_junk_after_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(b"id,text\n1,a\n")
    assert shape(rows(tmp_path, "x.csv.gz", packed + bytes(1000))) == ["1"]
    assert shape(rows(tmp_path, "x.csv.gz", packed + b"junk")) == ["1", (3, "the gzip data")]


def test_a_skippable_zstd_frame_comes_first(tmp_path: Path) -> None:
    frame = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    assert shape(rows(tmp_path, "x.csv.zst", frame + zstandard.compress(b"id,text\n1,a\n"))) == ["1"]


@pytest.mark.parametrize("pack", ["gz", "zst"])
def test_an_archive_that_unpacks_to_much_more_is_read_in_bounded_memory(tmp_path: Path, pack: str) -> None:
    plain = b"id,text\n1,a\n2," + bytes(80 * MIB) + b"\n3,b\n"
    packed = gzip.compress(plain, 1) if pack == "gz" else zstandard.compress(plain, 19)
    del plain
    (tmp_path / f"x.csv.{pack}").write_bytes(packed)
    tracemalloc.start()
    found = list(read(tmp_path / f"x.csv.{pack}"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shape(found) == ["1", (3, "longer than 1"), "3"]
    assert peak < (6 if pack == "gz" else 40) * MIB


def test_utf16_that_breaks_off_within_a_letter(tmp_path: Path) -> None:
    data = "id,text\n1,a\n2,b".encode("utf-16")
    assert shape(rows(tmp_path, "x.csv", data[:-1])) == ["1", (3, "not UTF-8")]


def test_reading_may_stop_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(table(60_000)))
    reading = read(path)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    path.unlink()
