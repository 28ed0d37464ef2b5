"""The files of the index of words: kept up with the posts, made again where they are gone, and never missed by a search."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lance
import numpy as np
import numpy.typing as npt
import pytest
from lance.optimize import Compaction
from lancedb.index import FTS, IvfFlat

from truthgpt.corpus import beside, indexes, postings, shelf
from truthgpt.corpus import store as store_module
from truthgpt.corpus.consent import forgetting
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.lance import wait
from truthgpt.corpus.post import Post
from truthgpt.corpus.postings import build
from truthgpt.corpus.store import Store
from truthgpt.corpus.terms import terms


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 8), dtype=np.float32)


def stored(path: Path) -> Store:
    return Store.open(path / "corpus", 8)


def bring(store: Store, name: str, count: int = 100) -> None:
    posts = [Post(f"{name}{number}", f"{name} post number{number}") for number in range(count)]
    import_posts(store, posts, embed=embed)


def found(store: Store, words: str) -> set[str]:
    view = store.view()
    rows = view.by_words("terms", terms(words), "", 1000)
    return set(view.take(list(rows), ["id"])["id"].to_pylist())


def files(store: Store) -> set[str]:
    return {path.name for path in (store.path / "postings").iterdir()}


def data(store: Store) -> set[str]:
    return {path.stem for path in (store.path / "posts.lance" / "data").glob("*.lance")}


def test_each_fragment_has_its_files_and_what_is_gone_takes_its_own_along(tmp_path: Path) -> None:
    store = stored(tmp_path)
    for name in ("moon", "mars", "venus"):
        bring(store, name)
        assert {file.partition(".")[0] for file in files(store)} <= data(store)
    assert store.view().complete
    assert found(store, "mars number7") >= {"mars7", "moon7", "mars1"}
    assert len(found(store, "mars")) == 100
    forgetting.forget(store, [Subject("post", "mars7")], quarantine=tmp_path / "quarantine")
    assert {file.partition(".")[0] for file in files(store)} == data(store)
    assert "mars7" not in found(store, "mars number7")


def test_of_a_forgotten_post_no_hash_is_left(tmp_path: Path) -> None:
    store = stored(tmp_path)
    import_posts(
        store,
        [Post("a", "the unspeakable word"), *(Post(f"{n}", f"other {n}") for n in range(99))],
        embed=embed,
    )
    ((hashed,), _) = build.hashes(terms("unspeakable"))
    held = lambda: any(  # noqa: E731
        hashed.tobytes() in path.read_bytes() for path in (store.path / "postings").iterdir()
    )
    assert held()
    forgetting.forget(store, [Subject("post", "a")], quarantine=tmp_path / "quarantine")
    assert not held()
    assert len(found(store, "other")) == 99


def test_files_that_are_gone_or_damaged_are_made_in_memory_and_by_the_next_import(tmp_path: Path) -> None:
    bring(stored(tmp_path), "moon")
    for damage in (shutil.rmtree, lambda path: [file.write_bytes(b"?") for file in path.iterdir()]):
        damage(tmp_path / "corpus" / "postings")  # type: ignore[operator]
        store = stored(tmp_path)
        assert store.view().complete
        assert len(found(store, "moon")) == 100
        bring(store, "mars")
        assert beside.outside(store.path, store.view().dataset, postings.KINDS) == 0
        assert len(found(store, "moon mars")) == 200


def test_where_too_many_posts_have_no_files_their_words_are_found_once_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "UNINDEXED", 10)
    monkeypatch.setattr(store_module, "_AGAIN", 0.0)
    store = stored(tmp_path)
    bring(store, "moon")
    (kept,) = [path for path in (store.path / "postings").iterdir() if path.suffix == ".terms"]
    kept.rename(tmp_path / "elsewhere")
    store = stored(tmp_path)
    before = store.view()
    assert not before.complete
    assert found(store, "moon") == set()
    (tmp_path / "elsewhere").rename(kept)
    assert len(found(store, "moon")) == 100
    assert store.view().complete
    assert store.view().version == before.version


def test_fragments_that_were_joined_have_their_files_before_any_version_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stored(tmp_path)
    for name in ("moon", "venus"):  # those of the newest import are joined by the next
        bring(store, name)
    whole, seen = Compaction.commit, []

    def commit(dataset: lance.LanceDataset, joined: list[Any], *others: Any) -> object:
        for result in joined:
            for fragment in result.new_fragments:
                name = fragment.files[0].path.removesuffix(".lance")
                seen.append({f"{name}.{column}" for column in ("terms", "grams")} <= files(store))
        return whole(dataset, joined, *others)

    monkeypatch.setattr(Compaction, "commit", staticmethod(commit))
    bring(store, "mars")
    assert seen == [True]
    assert len(found(store, "post")) == 300


def test_large_fragments_are_left_as_they_are_and_small_ones_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in (("_SMALL", 250), ("_LARGE", 1000), ("_SEVERAL", 2)):
        monkeypatch.setattr(indexes, name, number)
    store = stored(tmp_path)
    bring(store, "large", 1200)
    large = data(store)
    sizes = []
    for number in range(12):
        bring(store, f"small{number}x")
        sizes.append([fragment.physical_rows for fragment in store.view().dataset.get_fragments()])
        assert large <= data(store)
    assert all(size[0] == 1200 for size in sizes)
    assert max(map(len, sizes)) <= 5
    assert sum(sizes[-1]) == 2400
    assert len(found(store, "post")) == 1000  # the most that are asked for


@pytest.mark.parametrize("broken", ["make_ahead", "update"])
def test_an_import_whose_files_cannot_be_made_loses_no_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    store = stored(tmp_path)
    for name in ("moon", "earth"):
        bring(store, name)

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(beside, broken, full)
        with pytest.raises(Exception, match="no space left"):
            bring(store, "mars")
    assert len(found(store, "mars moon")) == 200
    bring(store, "venus")
    assert len(found(store, "mars moon venus")) == 300


def test_a_replaced_post_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon")
    import_posts(store, [Post("moon5", "a comet instead")], embed=embed)
    assert found(store, "number5") == set()
    assert found(store, "comet") == {"moon5"}
    assert len(found(store, "moon")) == 99
    view = store.view()
    rows: Callable[[str], int] = lambda where: len(view.by_words("terms", terms("moon"), where, 500))  # noqa: E731
    assert rows("id < 'moon2'") == len([n for n in range(100) if f"moon{n}" < "moon2" and n != 5])
    assert rows("id = 'moon5'") == 0


def test_an_import_that_was_killed_between_indexes_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "_JOINED", 300)
    store = stored(tmp_path)

    def unindexed() -> list[int]:
        stats = [wait(store.snapshot().index_stats(name)) for name in (indexes.COPIES, indexes.IDS)]
        return [found.num_unindexed_rows for found in stats if found is not None]

    with monkeypatch.context() as patched:
        patched.setattr(indexes, "give_back", lambda: pytest.exit("killed") if files(store) else None)
        with pytest.raises(pytest.exit.Exception):
            bring(store, "moon", 500)
    assert beside.outside(store.path, store.view().dataset, postings.KINDS) == 0
    assert unindexed() == [500, 500]
    bring(store, "moon", 500)
    assert unindexed() == [0, 0]


def test_indexes_that_lance_held_for_an_earlier_truthgpt_go(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon")
    wait(store.apart().create_index("terms", config=FTS(base_tokenizer="whitespace"), name="terms_idx"))
    names = lambda: {index.name for index in wait(store.apart().list_indices())}  # noqa: E731
    wait(store.apart().create_index("vector", config=IvfFlat(num_partitions=1), name="vector_idx"))
    forgetting.forget(store, [Subject("post", "moon1")], quarantine=tmp_path / "quarantine")
    assert names() == {indexes.COPIES, indexes.IDS, indexes.TIMES}


def test_of_many_posts_without_files_the_small_fragments_are_found_by_their_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "UNINDEXED", 150)
    store = stored(tmp_path)
    bring(store, "large", 300)
    bring(store, "small", 100)
    shutil.rmtree(store.path / "postings")
    store = stored(tmp_path)
    assert found(store, "small") == {f"small{number}" for number in range(100)}
    assert found(store, "large") == set()
    assert not store.view().complete
