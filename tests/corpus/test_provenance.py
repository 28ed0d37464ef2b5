"""One hash for one set of posts, a record for each version, and cards that no name of a community can break."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
import yaml
from blake3 import blake3
from consent_posts import GONE, embed, filled, open_store, posts
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.provenance import versions
from truthgpt.corpus.provenance.card import Description, card
from truthgpt.corpus.provenance.content import COLUMNS, ContentHash, content_hash
from truthgpt.corpus.provenance.statistics import OTHERS, Statistics, statistics
from truthgpt.corpus.provenance.versions import Counts, SourceFile, newest, record, source_files
from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(max_size=5),
            "text": st.text(max_size=20),
            "community": st.sampled_from(["a", "b"]),
            "author": st.text(max_size=3),
            "created_at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
            "training": st.booleans(),
            "content_key": st.integers(-(1 << 63), (1 << 63) - 1),
        }
    ),
    min_size=1,
    max_size=12,
)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in COLUMNS[:4]),
        ("created_at", pa.timestamp("us", "UTC")),
        ("training", pa.bool_()),
        ("content_key", pa.int64()),
    ]
)


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_the_hash_knows_neither_order_nor_batches(
    rows: list[dict[str, object]], random: object, size: int
) -> None:
    whole = content_hash([table(rows)])
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert content_hash(table(shuffled).to_batches(max_chunksize=size)) == whole
    left, right = ContentHash(), ContentHash()
    left.add(table(shuffled[:size]))
    right.add(table(shuffled[size:]))
    right.join(left)
    assert (right.hexdigest(), right.posts) == (whole, len(rows))


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_a_post_more_or_twice_is_another_corpus(rows: list[dict[str, object]]) -> None:
    assert content_hash([table(rows)]) != content_hash([table(rows[1:])])
    assert content_hash([table(rows)]) != content_hash([table([*rows, rows[0]])])


def test_every_field_counts_and_none_runs_into_the_next() -> None:
    row = {
        "id": "1",
        "text": "ab",
        "community": "c",
        "author": "d",
        "created_at": datetime(2020, 1, 1),
        "training": True,
    }
    row |= {"content_key": 5}
    others = [
        {"id": "2"},
        {"text": "a", "community": "bc"},
        {"author": ""},
        {"created_at": None},
        {"training": False},
        {"content_key": 6},
    ]
    hashes = {content_hash([table([row | other])]) for other in ({}, *others)}
    assert len(hashes) == 1 + len(others)


def test_the_hash_is_the_one_that_is_written_down() -> None:
    """It stands in records and certificates: another formula would make strangers of equal corpora."""
    rows = [
        {
            "id": f"{n}",
            "text": "t",
            "community": "",
            "author": "",
            "created_at": None,
            "training": True,
            "content_key": n,
        }
        for n in range(3)
    ]
    sums = [0] * 1024
    for row in rows:
        fields = [row["id"], "t", "", "", "", "true", str(row["content_key"])]
        leaf = b"".join(b"%d:%s" % (len(str(value)), str(value).encode()) for value in fields)
        stretched = blake3(leaf).digest(2048)
        for place in range(1024):
            sums[place] = (
                sums[place] + int.from_bytes(stretched[2 * place : 2 * place + 2], "little")
            ) % 65536
    expected = hashlib.sha256(b"".join(number.to_bytes(2, "little") for number in sums)).hexdigest()
    assert content_hash([table(rows)]) == expected


def test_the_same_posts_have_one_hash_whatever_the_imports(tmp_path: Path) -> None:
    one = filled(tmp_path / "one")
    other = open_store(tmp_path / "other")
    import_posts(other, [*reversed(posts(60)), GONE], embed=embed)
    assert read_anew(one) == read_anew(other) == newest_hash(other)


def test_a_version_is_recorded_with_its_files_and_read_back(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    export = tmp_path / "garden.csv"
    export.write_bytes(b"id,text\n1,hello\n")
    files = source_files([export])
    assert files == (SourceFile("garden.csv", 16, hashlib.sha256(b"id,text\n1,hello\n").hexdigest()),)
    made = record(
        store,
        "import",
        files=files,
        counts=Counts(3, 1, 1, 1),
        parameters={"format": None, "mapping": {"text": "body"}},
    )
    assert (made.version, made.posts) == (store.version, 21)
    assert list(versions.versions(store.path))[-1] == made
    import_posts(store, posts(5, 100), embed=embed)
    later = record(store, "import", counts=Counts(5, 5, 0, 0))
    assert later.content_hash != made.content_hash
    assert newest(store.path) == later
    assert newest(store.path, later.version - 1) == made
    assert newest(store.path, 0) is None


def read_anew(store: Store) -> str:
    return content_hash(scan(store.snapshot(), store.path, COLUMNS))


def newest_hash(store: Store) -> str:
    made = newest(store.path)
    assert made is not None
    assert made.version == store.version
    return made.content_hash


def test_an_import_that_adds_posts_reads_none_of_those_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(versions, "hashed", lambda *_: pytest.fail("posts are read to be hashed"))
        store = filled(tmp_path, 20)
        import_posts(store, posts(30), embed=embed)
        import_posts(store, posts(30), embed=embed)  # nothing new
    assert newest_hash(store) == read_anew(store)


@pytest.mark.parametrize("lost", ["all", "a post", "a byte", "their version", "their function", "their form"])
def test_without_the_sums_of_the_version_before_a_corpus_is_hashed_anew(tmp_path: Path, lost: str) -> None:
    store = filled(tmp_path, 20)
    path = store.path / "provenance" / "sums.json"
    row = orjson.loads(path.read_bytes())
    match lost:
        case "all":
            path.unlink()
        case "a post":
            row["posts"] -= 1
        case "a byte":
            row["sums"] = row["sums"][4:]
        case "their version":  # as after an import that was killed
            row["version"] -= 1
        case "their function":
            row |= {"function": "shake128", "sums": base64.b64encode(bytes(2048)).decode()}
        case _:
            row = [1]
    if path.exists():
        path.write_bytes(orjson.dumps(row))
    import_posts(store, posts(5, 100), embed=embed)
    assert newest_hash(store) == read_anew(store)


def test_what_was_written_in_between_is_not_hashed_as_what_was_before(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    before, content = store.version, versions.known(store.path, store.version, store.count())
    assert content is not None
    forget(store, [Subject("author", "author1")], quarantine=tmp_path, wish="no-training")
    made = record(store, "import", content=content, of=before)
    assert made.content_hash == read_anew(store)


def test_nothing_that_is_kept_tells_what_a_forgotten_post_said(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    path = store.path / "provenance" / "sums.json"
    before = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    forget(store, [Subject("post", GONE.id)], quarantine=tmp_path)
    kept = b"".join(file.read_bytes() for file in (store.path / "provenance").iterdir())
    assert orjson.loads(before)["sums"].encode() not in kept
    import_posts(store, posts(5, 100), embed=embed)
    assert newest_hash(store) == read_anew(store)


def test_posts_that_changed_are_in_the_hash_as_they_are_now(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    changed = [post._replace(text=f"{post.text}, mended") for post in posts(3)]
    import_posts(store, [*changed, *posts(2, 200)], embed=embed)
    assert newest_hash(store) == read_anew(store)


def test_a_damaged_record_is_one_line(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    made = record(store, "import")
    path = store.path / "provenance" / f"{made.version:012d}.json"
    for damage in (b"", b"[]", b'{"version": 1}'):
        path.write_bytes(damage)
        with pytest.raises(BadInputError, match="damaged"):
            newest(store.path)
    with pytest.raises(BadInputError, match="cannot read"):
        source_files([tmp_path / "none"])


def test_statistics_count_what_there_is(tmp_path: Path) -> None:
    store = filled(tmp_path, 60)
    counted = statistics(store)
    assert (counted.posts, counted.trainable) == (61, 61)
    assert counted.communities == Counter(garden=60, walks=1)
    assert counted.platforms == Counter(reddit=61)
    assert counted.sources == Counter({"garden.csv": 60, "": 1})
    assert counted.first == datetime(2024, 1, 1, tzinfo=UTC)
    assert counted.last == datetime(2024, 1, 1, 0, 59, tzinfo=UTC)


def test_memory_is_bounded_where_each_post_has_a_community_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("truthgpt.corpus.provenance.statistics._NAMES", 3)
    counted = Statistics()
    counted.add(pa.table({"community": ["a", "b", "c", "d", "e", "a"]}))
    assert counted.communities == Counter({"a": 2, "b": 1, "c": 1, OTHERS: 2})


def test_the_card_opens_with_yaml_and_escapes_what_posts_bring() -> None:
    counted = Statistics()
    hostile = "x|y\n---\nlicense: mit <img src=x> [a](b) `c`"
    counted.add(pa.table({"community": [hostile] * 2000, "language": ["no"] * 2000, "id": ["x:1"] * 2000}))
    text = card(
        Description(hostile, counted, 7, "ab" * 32, "2024-01-01T00:00:00Z", [SourceFile(hostile, 1, "00")], 2)
    )
    _, front, body = text.split("---\n", 2)
    read = yaml.safe_load(front)
    assert read["license"] == "unknown"
    assert read["language"] == ["no"]
    assert read["size_categories"] == ["1K<n<10K"]
    assert not re.search(r"(?<!\\)(?:<img|\[a|`c)", body)
    assert all(line.count(" | ") <= 2 for line in body.splitlines() if line.startswith("| x"))
    assert "content hash" in body


def test_an_import_that_changes_nothing_leaves_the_record_as_it_is(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    forget(store, [Subject("post", GONE.id)], quarantine=tmp_path)
    made = record(store, "forget")
    import_posts(store, posts(20), embed=embed)
    assert newest(store.path) == made
    assert made.made_by == "forget"
