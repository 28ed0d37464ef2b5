"""An export is whole, the same each time, loads in `datasets`, and leaves out what it must."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from consent_posts import GONE, embed, filled, open_store, posts

from truthgpt.corpus.consent import forgetting
from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.export import folder as folder_module
from truthgpt.corpus.export import shards
from truthgpt.corpus.export.choice import COPY, FORBIDDEN
from truthgpt.corpus.export.folder import export
from truthgpt.corpus.export.remembered import exports
from truthgpt.corpus.export.variants import masked
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.provenance.content import COLUMNS, content_hash
from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError

STORY = (
    "The old ferry on the north river will stop running in April because its engine can no longer be mended"
)
MORE = [
    Post("reddit:first", STORY, author="lena", language="en"),
    Post("reddit:copy", STORY + " !!", author="milo", language="en", reply_to="reddit:first"),
    Post(
        "reddit:mail",
        "write to rosa.lima@example.com about the boat, please",
        author="rosa",
        url="https://e.org/1",
        score=3,
    ),
    Post("reddit:not", "nobody may train on this one, says its author", author="nina", training=False),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = open_store(tmp_path)
    import_posts(opened, [*posts(20), *MORE], embed=embed)
    return opened


def rows(path: Path) -> list[dict[str, object]]:
    if list(path.glob("data/*.parquet")):
        return [
            row for file in sorted(path.glob("data/*.parquet")) for row in pq.read_table(file).to_pylist()
        ]
    return [
        json.loads(line) for file in sorted(path.glob("data/*.jsonl")) for line in file.open(encoding="utf-8")
    ]


@pytest.mark.parametrize("form", shards.FORMATS)
def test_for_training_text_is_masked_and_copies_and_the_forbidden_are_left_out(
    store: Store, tmp_path: Path, form: shards.Format
) -> None:
    made = export(store, tmp_path / "out", form=form)
    got = {row["id"]: row for row in rows(tmp_path / "out")}
    assert made.posts == len(got)
    assert made.left_out[FORBIDDEN] == 1
    assert made.left_out[COPY] == 24 - 1 - len(got)
    assert "reddit:not" not in got
    assert len({"reddit:first", "reddit:copy"} & set(got)) == 1
    assert got["reddit:mail"]["text"] == "write to <EMAIL> about the boat, please"
    assert not {"author", "url", "mentions", "links", "personal", "vector"} & set(got["reddit:mail"])


@pytest.mark.parametrize("form", shards.FORMATS)
def test_for_citation_posts_are_whole(store: Store, tmp_path: Path, form: shards.Format) -> None:
    made = export(store, tmp_path / "out", form=form, purpose="citation")
    got = {row["id"]: row for row in rows(tmp_path / "out")}
    assert (made.posts, len(got), made.left_out) == (24, 24, {})
    mail = got["reddit:mail"]
    assert (mail["text"], mail["author"], mail["url"], mail["score"]) == (
        MORE[2].text,
        "rosa",
        "https://e.org/1",
        3,
    )
    (span,) = mail["personal"]  # type: ignore[misc]
    assert MORE[2].text[span["start"] : span["end"]] == "rosa.lima@example.com"
    assert got["reddit:copy"]["reply_to"] == "reddit:first"


def test_the_same_posts_make_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    digests = []
    for number, some in enumerate(([*posts(40), *MORE], [*reversed(posts(40)), *reversed(MORE)])):
        opened = open_store(tmp_path / str(number))
        import_posts(opened, some, embed=embed)
        made = export(opened, tmp_path / f"out{number}", form="jsonl")
        (file,) = (tmp_path / f"out{number}" / "data").iterdir()
        digests.append((hashlib.sha256(file.read_bytes()).hexdigest(), made.content_hash))
    assert digests[0] == digests[1]


@pytest.mark.parametrize("form", shards.FORMATS)
def test_shards_are_bounded_and_numbered(
    store: Store, tmp_path: Path, form: shards.Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROWS", 10)
    monkeypatch.setattr(folder_module, "_TAKEN", 5)
    made = export(store, tmp_path / "out", form=form, purpose="citation")
    names = [file.name for file in sorted((tmp_path / "out" / "data").iterdir())]
    assert names == [f"train-{number:05d}-of-00003.{form}" for number in range(3)]
    assert made.files == 3
    assert len({row["id"] for row in rows(tmp_path / "out")}) == 24


def test_an_export_says_which_version_it_is_of(store: Store, tmp_path: Path) -> None:
    made = export(store, tmp_path / "out")
    assert made.version == store.version
    assert made.content_hash == content_hash(scan(store.snapshot(), store.path, COLUMNS))
    card = (tmp_path / "out" / "README.md").read_text()
    assert f"| version | {made.version} |" in card
    assert made.content_hash in card


def test_an_export_of_no_posts_still_says_what_its_columns_are(tmp_path: Path) -> None:
    made = export(open_store(tmp_path), tmp_path / "out")
    assert made.posts == 0
    (file,) = (tmp_path / "out" / "data").iterdir()
    assert "text" in pq.read_schema(file).names


def test_what_is_there_is_never_written_over(store: Store, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name in ("full", "file"):
        with pytest.raises(BadInputError, match="is there already"):
            export(store, tmp_path / name)
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
    assert export(store, tmp_path / "empty").posts


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_an_export_that_fails_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part" / "of-a-killed-one").touch()
    before = set(tmp_path.iterdir()) - {tmp_path / ".out.part"}
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises((MissingError, KeyboardInterrupt)) as caught:
        export(store, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert set(tmp_path.iterdir()) == before
    assert list(exports(store.path)) == []


def test_exports_are_remembered_while_they_are_where_they_were_written(store: Store, tmp_path: Path) -> None:
    made = export(store, tmp_path / "out")
    assert list(exports(store.path)) == [made]
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    assert list(exports(store.path)) == []


def test_an_export_says_how_far_it_is(store: Store, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    made = export(store, tmp_path / "out", report=lambda *step: told.append(step[:3]))
    assert ("hashing", store.count(), store.count()) in told
    assert told[-1] == ("exporting", made.posts, made.posts)


def test_a_forgotten_post_is_in_no_new_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)
    opened = filled(tmp_path)
    forget(opened, [Subject("author", GONE.author)], quarantine=tmp_path / "quarantine")
    export(opened, tmp_path / "out", purpose="citation")
    assert GONE.id not in {row["id"] for row in rows(tmp_path / "out")}


def test_a_wish_that_only_the_list_knows_yet_is_kept(store: Store, tmp_path: Path) -> None:
    from truthgpt.corpus.consent import optout

    optout.add(store.path, optout.entries(store.path, [Subject("author", "rosa")], "no-training"))
    made = export(store, tmp_path / "out")
    assert made.left_out[FORBIDDEN] == 2
    assert "reddit:mail" not in {row["id"] for row in rows(tmp_path / "out")}


def test_masking_takes_the_spans_of_each_text_alone() -> None:
    import pyarrow as pa

    kind = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
    texts = pa.chunked_array([["é a@b.co c", "plain"], ["+1 555"]])
    spans = pa.chunked_array(
        [
            pa.array([[{"start": 2, "end": 8, "kind": "email"}], None], kind),
            pa.array([[{"start": 0, "end": 6, "kind": "phone"}]], kind),
        ]
    )
    assert masked(texts, spans).to_pylist() == ["é <EMAIL> c", "plain", "<PHONE>"]


@pytest.mark.parametrize("form", shards.FORMATS)
def test_datasets_loads_it_by_its_folder(
    store: Store, tmp_path: Path, form: shards.Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    export(store, tmp_path / "out", form=form, purpose="citation")
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.num_rows == 24
    by_id = {row["id"]: row for row in loaded}
    assert by_id["reddit:mail"]["personal"][0]["kind"] == "email"
    assert by_id["reddit:p3"]["text"] == posts(4)[3].text
    assert by_id["reddit:p3"]["created_at"].replace(tzinfo=None) == posts(4)[3].created_at.replace(
        tzinfo=None
    )  # type: ignore[union-attr]
