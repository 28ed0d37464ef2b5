"""The clusters of a store hang on its posts alone: not on which of them were just brought, nor on what was left behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from truthgpt.corpus import clusters
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.near import deduplicate
from truthgpt.corpus.near.brought import Brought
from truthgpt.corpus.near.words import words
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store

SAID = "The ferry to the island will not sail on Sunday because of the storm, the harbour office says"


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 8), dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "corpus", 8)


def test_what_was_brought_is_kept_by_itself(tmp_path: Path) -> None:
    # A view of the keys would hold all of the batch that they are of, for as long as the import lasts.
    keys = np.array([3, 1], np.int64)
    with Brought(tmp_path / "words") as brought:
        brought.add(keys, words(["the first of two posts", "the other"]))
        keys[:] = 0
        assert brought.finish().keys.tolist() == [1, 3]


def test_posts_that_were_just_brought_and_stored_ones_have_the_same_clusters(store: Store) -> None:
    texts = [
        f"{SAID} {'again ' * (i % 3)}" if i % 2 else f"another thing, number {i // 4}" for i in range(60)
    ]
    posts = [Post(str(i), text) for i, text in enumerate(texts)]
    stale = posts[7]._replace(text="something else, which is edited in the same import")
    import_posts(store, posts[:20], embed=embed)
    # Some are stored, some brought, some both, and one is brought twice.
    import_posts(store, [stale, posts[7], *posts[10:]], embed=embed)
    mixed = clusters.load(store.path)
    stored = clusters.refresh(store.snapshot(), store.path)
    assert len(mixed.posts) > 10
    assert np.array_equal(mixed.posts, stored.posts)
    assert np.array_equal(mixed.leaders, stored.leaders)
    assert not [path for path in store.path.iterdir() if path.name.startswith(".copies")]


def test_what_a_killed_import_left_changes_nothing(store: Store) -> None:
    left = clusters.work_folder(store.path) / "words"
    left.write_bytes(b"no whole number of words")
    import_posts(store, [Post("a", SAID), Post("b", f"{SAID}!"), Post("c", "a third")], embed=embed)
    assert len(clusters.load(store.path).posts) == 2


def test_what_a_killed_comparison_left_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"no whole number of words.")
    texts = [SAID, "a third", f"{SAID}!"]
    batch = pa.record_batch({"id": ["a", "c", "b"], "text": texts, "created_at": pa.nulls(3)})
    assert deduplicate([batch], tmp_path).members["id"].to_pylist() == ["a", "b"]
