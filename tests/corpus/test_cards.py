"""The cards on which a search reads posts: what they hold is what the table holds, and who finds none reads the table."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus import cards
from truthgpt.corpus.cards import SCHEMA, Cards
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store

COLUMNS = ("text", "rest", "terms", "grams", "copy_key")
TEXT = st.none() | st.text(max_size=9)
ROW = st.fixed_dictionaries(
    {"text": TEXT, "rest": st.none() | st.binary(max_size=9), "terms": TEXT, "grams": TEXT}
    | {"copy_key": st.integers(-(2**63), 2**63 - 1)}
)


def batch(rows: list[dict[str, object]]) -> pa.RecordBatch:
    """As the table gives them, in narrower strings."""
    types = {"text": pa.string(), "rest": pa.binary(), "terms": pa.string(), "grams": pa.string()}
    return pa.RecordBatch.from_arrays(
        [pa.array([row[name] for row in rows], types.get(name, pa.int64())) for name in COLUMNS],
        names=list(COLUMNS),
    )


@given(st.lists(st.lists(ROW, max_size=20), max_size=3), st.data())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[dict[str, object]]], data: st.DataObject
) -> None:
    """Whichever rows are left out because they were deleted."""
    path = tmp_path_factory.getbasetemp() / "some.cards"
    parts, expected, first = [], {}, 0
    for rows in batches:
        gaps = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
        places = first + np.cumsum(np.array(gaps, np.int64) + 1) - 1
        first = int(places[-1]) + 1 if rows else first
        parts.append((places.astype(np.int64), batch(rows)))
        expected |= dict(zip(places.tolist(), rows, strict=True))
    cards.write(path, parts)
    for found in (Cards.open(path), Cards.of(parts)):
        assert found is not None
        assert {place: found.row(place) for place in expected} == expected
        with pytest.raises(ValueError, match="not a file of cards"):
            found.row(first)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cards") / "some.cards"
    rows = [
        {"text": f"text {n}", "rest": b"[]", "terms": "text", "grams": None, "copy_key": n} for n in range(50)
    ]
    cards.write(path, [(np.arange(50), batch(rows))])
    return path


@given(st.data())
def test_a_damaged_file_is_told_or_reads_as_something(
    written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Never past its end: a row of it is what it says, or no file of cards."""
    content = bytearray(written.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] ^= data.draw(st.integers(1, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    path = tmp_path_factory.getbasetemp() / "damaged.cards"
    path.write_bytes(content)
    if (found := Cards.open(path)) is not None:
        for place in range(60):
            with suppress(ValueError):
                assert set(found.row(place)) == set(SCHEMA.names)


def store_of(path: Path) -> Store:
    store = Store.open(path / "corpus", 8)
    posts = [Post(str(number), f"post {number} of 物质", "c", "ana") for number in range(100)]
    import_posts(store, posts, embed=lambda texts: np.ones((len(texts), 8), np.float32))
    return store


def test_posts_are_read_on_their_cards_as_in_the_table(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    rows = sorted(store.view().select([])["_rowid"].to_pylist(), key=lambda row: -row)
    on_cards = store.view().take(rows, COLUMNS)
    files = list((store.path / "cards").iterdir())
    assert [file.suffix for file in files] == [".cards"]
    for file in files:
        file.unlink()
    in_table = Store.open(store.path, 8).view().take(rows, COLUMNS)
    assert on_cards.to_pylist() == in_table.to_pylist()


def test_who_has_no_card_reads_the_table(tmp_path: Path) -> None:
    view = store_of(tmp_path).view()
    rows = view.select([])["_rowid"].to_pylist()[:3]
    assert (
        view.take(rows, ["id", "text"])["text"].to_pylist() == view.take(rows, ["text"])["text"].to_pylist()
    )
    view._indexes.cards.clear()
    assert len(view.take(rows, ["text"])) == 3


def test_an_import_makes_cards_that_are_gone_and_takes_those_of_gone_data_away(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    for file in (store.path / "cards").iterdir():
        file.unlink()
    (store.path / "cards" / "other.cards").write_bytes(b"")
    more = [Post(f"n{number}", f"another {number}") for number in range(100)]
    import_posts(store, more, embed=lambda texts: np.ones((len(texts), 8), np.float32))
    data = {file.stem for file in (store.path / "posts.lance" / "data").glob("*.lance")}
    assert {file.stem for file in (store.path / "cards").iterdir()} <= data
    assert set(Store.open(store.path, 8).view()._indexes.cards) == {
        fragment.fragment_id for fragment in store.view().dataset.get_fragments()
    }


def test_a_server_makes_what_is_missing_and_no_one_else_waits_for_it(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    assert not store.lacks_files()
    for folder in ("cards", "postings", "nearest"):
        shutil.rmtree(store.path / folder)
    assert store.lacks_files()
    with store.writing():
        store.make_files()
        assert store.lacks_files()
    store.make_files()
    assert not store.lacks_files()
    view = Store.open(store.path, 8).view()
    assert view.complete
    assert not view.missing
    assert len(view.by_words("terms", "post", "", 200)) == 100


def test_cards_that_were_made_anew_or_cannot_be_read_are_those_of_no_row(tmp_path: Path) -> None:
    rows = [{"text": f"text {n}", "rest": b"", "terms": "", "grams": None, "copy_key": n} for n in range(9)]
    path = tmp_path / "some.cards"
    cards.write(path, [(np.arange(9), batch(rows))])
    opened = Cards.open(path)
    assert opened is not None
    cards.write(path, [(np.arange(1, 9), batch(rows[1:]))])
    with pytest.raises(ValueError, match="not a file of cards"):
        opened.row(5)
    path.unlink()
    path.mkdir()
    with pytest.raises(ValueError, match="not a file of cards"):
        opened.row(5)
