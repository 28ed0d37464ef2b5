"""The files of the index of vectors: kept up with the posts, made again where they are gone, and never missed by a search."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lance
import numpy as np
import numpy.typing as npt
import pytest
from lance.optimize import Compaction
from lancedb.index import IvfFlat

from truthgpt.corpus import indexes, nearest, shelf
from truthgpt.corpus import store as store_module
from truthgpt.corpus.consent import forgetting
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.lance import wait
from truthgpt.corpus.nearest import folder
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store

WIDE = 8


def vector(text: str) -> npt.NDArray[np.float32]:
    drawn = np.random.default_rng(list(text.encode())).normal(size=WIDE).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.stack([vector(text) for text in texts])


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several centres from 150 posts on."""
    monkeypatch.setattr(folder, "FROM", 150)
    monkeypatch.setattr(folder, "_EACH", 20)
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)


def stored(path: Path) -> Store:
    return Store.open(path / "corpus", WIDE)


def bring(store: Store, name: str, count: int = 100) -> None:
    import_posts(store, [Post(f"{name}{n}", f"{name} post number{n}") for n in range(count)], embed=embed)


def found(store: Store, text: str, where: str = "", limit: int = 5, centres: int = 1000) -> dict[str, float]:
    view = store.view()
    rows = view.by_vector(vector(text), where, limit, centres)
    ids = view.take(list(rows), ["id"])["id"].to_pylist() if rows else []
    return dict(zip(ids, rows.values(), strict=True))


def agrees(store: Store, text: str, limit: int = 5) -> bool:
    """Whether those that are found are as near as the nearest of all."""
    rows = store.view().select(["id", "vector"])
    near = dict(zip(rows["id"].to_pylist(), np.stack(rows["vector"].to_pylist()) @ vector(text), strict=True))
    got = found(store, text, limit=limit)
    best = sorted(near.values(), reverse=True)[:limit]
    exact = [float(near[post]) for post in got]
    return exact == pytest.approx(best, abs=0.01) and list(got.values()) == pytest.approx(exact, abs=0.01)


def files(store: Store) -> list[Path]:
    return sorted(path for path in (store.path / "nearest").iterdir() if path.suffix)


def centres(store: Store) -> int:
    return len(nearest.centres(store.path, store.view().dataset).vectors)


def data(store: Store) -> set[str]:
    return {path.stem for path in (store.path / "posts.lance" / "data").glob("*.lance")}


def current(store: Store) -> set[str]:
    return {
        fragment.metadata.files[0].path.removesuffix(".lance")
        for fragment in store.view().dataset.get_fragments()
    }


def test_each_fragment_has_its_file_and_what_is_gone_takes_its_own_along(tmp_path: Path) -> None:
    store = stored(tmp_path)
    sizes = []
    for name in ("moon", "mars", "venus", "earth"):
        bring(store, name)
        assert current(store) <= {path.stem for path in files(store)} <= data(store)
        assert len({path.suffix for path in files(store)}) == 1
        assert not store.view().missing
        sizes.append(centres(store))
    assert sizes == [1, 10, 10, 10]
    assert agrees(store, "mars post number7")
    assert next(iter(found(store, "mars post number7"))) == "mars7"
    forgetting.forget(store, [Subject("post", "mars7")], quarantine=tmp_path / "quarantine")
    assert {path.stem for path in files(store)} == data(store)
    assert agrees(store, "mars post number7")
    assert "mars7" not in found(store, "mars post number7")


def test_centres_are_made_anew_for_more_than_four_times_as_many_posts(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon", 200)
    made, (before,) = centres(store), files(store)
    bring(store, "mars", 600)
    assert centres(store) == made
    assert before.suffix in {path.suffix for path in files(store)}
    bring(store, "earth", 10)
    assert centres(store) > made
    assert before.suffix not in {path.suffix for path in files(store)}
    assert agrees(store, "moon post number3")
    for subject in (
        [Subject("post", f"mars{n}") for n in range(600)],
        [Subject("post", f"moon{n}") for n in range(200)],
    ):
        forgetting.forget(store, subject, quarantine=tmp_path / "quarantine")
    assert centres(store) == 1
    assert not (store.path / "nearest" / "centres").exists()
    assert agrees(store, "earth post number3")


def test_files_that_are_gone_or_damaged_are_made_in_memory_and_by_the_next_import(tmp_path: Path) -> None:
    bring(stored(tmp_path), "moon", 200)
    kept = tmp_path / "corpus" / "nearest"
    for number, damage in enumerate(
        (
            lambda: shutil.rmtree(kept),
            lambda: [file.write_bytes(b"?") for file in kept.iterdir()],
            lambda: (kept / "centres").unlink(),
            lambda: [file.unlink() for file in files(stored(tmp_path))],
        )
    ):
        damage()
        store = stored(tmp_path)
        assert not store.view().missing
        assert agrees(store, "moon post number7")
        bring(store, f"mars{number}x")
        assert nearest.outside(store.path, store.view().dataset) == 0
        assert centres(store) > 1
        assert agrees(store, "moon post number7")


def test_posts_without_files_that_are_too_many_to_be_made_in_memory_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "UNINDEXED", 150)
    store = stored(tmp_path)
    bring(store, "large", 300)
    bring(store, "small", 100)
    import_posts(store, [Post("large7", "of another text")], embed=embed)
    whole = stored(tmp_path).view()
    assert not whole.missing
    query = vector("large post number9")
    asked = [
        ("", 10),
        ("id < 'large2'", 50),
        ("id = 'small3' OR id = 'large8' OR id = 'large7'", 5),
        ("id = ''", 5),
    ]
    expected = [whole.by_vector(query, where, limit, 1000) for where, limit in asked]
    shutil.rmtree(store.path / "nearest")
    view = stored(tmp_path).view()
    assert view.missing
    assert view.complete  # its words are
    for (where, limit), wanted in zip(asked, expected, strict=True):
        rows = view.by_vector(query, where, limit, 1000)
        assert sorted(rows.values(), reverse=True) == list(rows.values())
        assert list(rows.values()) == pytest.approx(list(wanted.values()), abs=0.01)
    assert list(view.by_vector(query, "", 1, 1000)) == list(expected[0])[:1]
    assert set(view.by_vector(query, *asked[2], 1000)) == set(expected[2])


def test_files_that_come_while_it_is_looked_at_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "UNINDEXED", 10)
    monkeypatch.setattr(store_module, "_AGAIN", 0.0)
    bring(stored(tmp_path), "moon", 200)
    kept = tmp_path / "corpus" / "nearest"
    kept.rename(tmp_path / "elsewhere")
    store = stored(tmp_path)
    before = store.view()
    assert before.missing == 1
    assert agrees(store, "moon post number7")
    (tmp_path / "elsewhere").rename(kept)
    assert not store.view().missing
    assert store.view().version == before.version
    assert agrees(store, "moon post number7")


def test_what_a_condition_and_deletions_leave_is_found(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon", 200)
    import_posts(store, [Post("moon5", "a comet instead")], embed=embed)
    assert next(iter(found(store, "a comet instead"))) == "moon5"
    assert "moon5" not in found(store, "moon post number5")
    few = found(store, "moon post number9", "id = 'moon3' OR id = 'moon5' OR id = 'moon9'", centres=1)
    assert next(iter(few)) == "moon9"
    assert set(few) == {"moon3", "moon5", "moon9"}
    assert found(store, "moon post number9", "id = 'none'") == {}


def test_fragments_that_were_joined_have_their_files_before_any_version_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stored(tmp_path)
    for name in ("moon", "venus"):
        bring(store, name)
    whole, seen = Compaction.commit, []

    def commit(dataset: lance.LanceDataset, joined: list[Any], *others: Any) -> object:
        new = {fragment.files[0].path for result in joined for fragment in result.new_fragments}
        seen.append({name.removesuffix(".lance") for name in new} <= {path.stem for path in files(store)})
        return whole(dataset, joined, *others)

    monkeypatch.setattr(Compaction, "commit", staticmethod(commit))
    bring(store, "mars")
    assert seen == [True]
    assert agrees(store, "mars post number7")


@pytest.mark.parametrize("moment", ["segment", "centres"])
def test_an_import_that_was_killed_while_it_made_them_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(indexes, "_JOINED", 300)
    store = stored(tmp_path)
    bring(store, "moon", 160)
    before = centres(store)

    def killed(*_: object, **__: object) -> None:
        pytest.exit("killed")

    with monkeypatch.context() as patched:
        home: Any = folder.segment if moment == "segment" else folder.Centres
        patched.setattr(home, "write", killed)
        with pytest.raises(pytest.exit.Exception):
            forgetting.forget(store, [Subject("post", "moon1")], quarantine=tmp_path / "quarantine")
    store = stored(tmp_path)
    assert "moon1" not in found(store, "moon post number1")
    assert agrees(store, "moon post number7")
    bring(store, "mars", 700)
    assert centres(store) > before
    assert len({path.suffix for path in files(store)}) == 1
    assert {path.stem for path in files(store)} <= data(store)
    assert nearest.outside(store.path, store.view().dataset) == 0


def test_a_folder_of_an_earlier_truthgpt_has_its_files_with_the_next_import(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon", 200)
    shutil.rmtree(store.path / "nearest")
    wait(store.apart().create_index("vector", config=IvfFlat(num_partitions=2), name="vector_idx"))
    store = stored(tmp_path)
    assert agrees(store, "moon post number7")
    bring(store, "mars", 1)
    assert nearest.outside(store.path, store.view().dataset) <= 1  # the newest is made in memory
    assert centres(store) > 1
    names = {index.name for index in wait(store.apart().list_indices())}
    assert names == {indexes.COPIES, indexes.IDS, indexes.TIMES}


def test_who_reads_keeps_a_whole_index_while_centres_are_made_anew(tmp_path: Path) -> None:
    store = stored(tmp_path)
    bring(store, "moon", 200)
    held = store.view()
    before = held.by_vector(vector("moon post number7"), "", 5, 1000)
    bring(stored(tmp_path), "mars", 900)
    assert held.by_vector(vector("moon post number7"), "", 5, 1000) == before
    again = store.view(held.version)
    assert list(again.by_vector(vector("moon post number7"), "", 5, 1000)) == list(before)
