"""What must hold for every content: the same posts whatever the format, every row accounted for, no other error."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import Rejected, read
from truthgpt.errors import BadInputError

FIELDS = ("id", "title", "text", "author", "community", "created_at", "score", "url", "over_18", "language")

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

letters = st.characters(codec="utf-8", exclude_characters="\0\r")
texts = st.text(letters, max_size=40)
record = st.fixed_dictionaries(
    {
        "id": st.text("abc123", max_size=6),
        "title": texts,
        "text": texts,
        "author": texts,
        "community": texts,
        "created_at": st.sampled_from(("", "2020-01-02T03:04:05Z", "1500000000", "1500000000000", "soon")),
        "score": st.sampled_from(("", "12", "-3", "x")),
        "url": st.sampled_from(("", "https://example.org/1", "ftp://x")),
        "over_18": st.sampled_from(("", "true", "False")),
        "language": st.sampled_from(("", "en", "pt-BR")),
    }
)


def as_csv(records: list[dict[str, str]], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def as_jsonl(records: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records).encode()


def outcome(path: Path) -> list[Post | str]:
    return [row if isinstance(row, Post) else row.reason for row in read(path)]


@quick
@given(records=st.lists(record, min_size=1, max_size=8))
def test_each_format_gives_the_same_posts_and_accounts_for_each_row(
    records: list[dict[str, str]], tmp_path: Path
) -> None:
    table = pa.table({name: pa.array([row[name] for row in records], pa.string()) for name in FIELDS})
    parquet = io.BytesIO()
    pq.write_table(table, parquet, row_group_size=3)
    files = {
        "posts.csv": as_csv(records),
        "posts.csv.gz": gzip.compress(as_csv(records)),
        "posts.csv.zst": zstandard.compress(as_csv(records)),
        "posts.jsonl": as_jsonl(records),
        "posts.jsonl.gz": gzip.compress(as_jsonl(records)),
        "posts.ndjson.zst": zstandard.compress(as_jsonl(records)),
        "posts.json": json.dumps(records).encode(),
        "posts.parquet": parquet.getvalue(),
        "posts.parquet.zst": zstandard.compress(parquet.getvalue()),
    }
    found = {}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        found[name] = outcome(tmp_path / name)
    expected = found["posts.csv"]
    assert len(expected) == len(records)
    for name, rows in found.items():
        assert rows == expected, name


@quick
@given(
    content=st.binary(max_size=300),
    head=st.sampled_from((b"", b"id,text\n", b'{"text":"a"}\n', b"[", b"PAR1")),
)
def test_arbitrary_bytes_never_raise_anything_else(content: bytes, head: bytes, tmp_path: Path) -> None:
    for name in ("x.csv", "x.tsv", "x.jsonl", "x.json", "x.parquet", "x", "x.csv.gz"):
        path = tmp_path / name
        for data in (
            head + content,
            b"\x1f\x8b\x08" + content,
            b"\x28\xb5\x2f\xfd" + content,
            b"\xff\xfe" + content,
        ):
            path.write_bytes(data)
            try:
                rows = list(read(path))
            except BadInputError as error:
                assert "\n" not in str(error)  # noqa: PT017 (any other error must fail the test)
                continue
            for row in rows:
                if isinstance(row, Rejected):
                    assert row.row.isprintable()
                    assert len(row.row) <= 500
                else:
                    assert row.text.strip()


@quick
@given(lines=st.lists(st.text('a,"\n\t\r', max_size=12), max_size=30))
def test_csv_of_nothing_but_quotes_ends_and_rejects_in_order(lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    content = "id,text\n" + "\n".join(lines) + "\nlast,row\n"
    path.write_bytes(content.encode())
    rows = list(read(path))
    numbers = [row.line for row in rows if isinstance(row, Rejected)]
    assert numbers == sorted(set(numbers))
    assert len(rows) <= content.count("\n")


@quick
@given(data=st.binary(max_size=2000), flips=st.lists(st.integers(0, 5000), max_size=5))
def test_a_damaged_parquet_file_never_raises_anything_else(
    data: bytes, flips: list[int], tmp_path: Path
) -> None:
    table = pa.table({"id": ["1", "2", "3"] * 50, "text": ["some text", "é", None] * 50})
    out = io.BytesIO()
    pq.write_table(table, out)
    raw = bytearray(out.getvalue())
    for flip in flips:
        raw[flip % len(raw)] ^= data[flip % len(data)] if data else 0xFF
    path = tmp_path / "x.parquet"
    path.write_bytes(raw)
    try:
        list(read(path))
    except BadInputError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_parquet_types_nulls_and_numbers(tmp_path: Path) -> None:
    at = datetime(2020, 1, 2, 3, 4, 5, 678000, UTC)
    table = pa.table(
        {
            "post_id": pa.array([1, 2, 3, 4], pa.int64()),
            "content": pa.array(["a", None, "c", "d"], pa.large_string()),
            "user": pa.array(["ann", "bob", "ann", None]).dictionary_encode(),
            "created_at": pa.array([at, at, None, at + timedelta(days=1)], pa.timestamp("ns", "UTC")),
            "likes": pa.array([1.0, 2.0, None, 4.0]),
            "nsfw": pa.array([True, False, None, False]),
            "unused": pa.array([[1], [2], [3], [4]]),
        }
    )
    path = tmp_path / "x.parquet"
    pq.write_table(table, path)
    first, second, third, fourth = read(path)
    assert first == Post("1", "a", "", "ann", at, score=1, over_18=True, source="x")
    assert isinstance(second, Rejected)
    assert (second.line, second.reason) == (2, "empty text")
    assert isinstance(third, Post)
    assert (third.created_at, third.score) == (None, 0)
    assert isinstance(fourth, Post)
    assert fourth.author == ""


def test_parquet_strings_that_are_no_utf8(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")]
    )
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": bad}), path)
    good, rejected = read(path)
    assert isinstance(good, Post)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "not UTF-8"


@pytest.mark.parametrize("community", ["politics", "portugal"])
def test_the_real_exports_are_read_whole(datasets: Path, community: str) -> None:
    path = datasets / "reddit" / f"{community}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    rows = list(read(path))
    assert [row.id for row in rows if isinstance(row, Post)] == [f"reddit:{row['id']}" for row in expected]
    assert {row.community for row in rows if isinstance(row, Post)} == {community}
