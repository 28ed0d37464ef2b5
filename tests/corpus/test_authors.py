"""The record of authors: the same as counted one by one, without names, and without who was forgotten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from truthgpt.corpus import authors
from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store


def filled(path: Path) -> Store:
    posts = [
        Post(f"p{n}", f"post number {n}", author=["", "ana", "bo", "曹"][n % 4], score=n - 10)
        for n in range(40)
    ]
    store = Store.open(path / "corpus", 4)
    import_posts(store, posts, embed=lambda texts: np.zeros((len(texts), 4), np.float32))
    return store


@pytest.mark.parametrize("together", [2_000_000, 1])
def test_each_author_has_as_many_posts_as_they_wrote(
    tmp_path: Path, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authors, "_TOGETHER", together)
    store = filled(tmp_path)
    posts, given = authors.load(store.path).of(["ana", "nobody", "曹", "bo", ""])
    assert posts.tolist() == [10, 0, 10, 10, 0]
    expected = [sum(np.log1p(max(n - 10, 0)) for n in range(40) if n % 4 == of) for of in (1, 3, 2)]
    assert given[[0, 2, 3]] == pytest.approx(expected)
    assert b"ana" not in (store.path / authors.FILE).read_bytes()


def test_an_import_adds_to_it_and_forgetting_takes_away(tmp_path: Path) -> None:
    store = filled(tmp_path)
    import_posts(
        store,
        [Post("new", "one more", author="ana")],
        embed=lambda texts: np.zeros((len(texts), 4), np.float32),
    )
    assert authors.load(store.path).of(["ana"])[0].tolist() == [11]
    forget(store, [Subject("author", "ana")], quarantine=tmp_path)
    assert authors.load(store.path).of(["ana", "bo"])[0].tolist() == [0, 10]


def test_where_nothing_was_imported_nobody_is_known(tmp_path: Path) -> None:
    assert authors.load(tmp_path).of(["ana"])[0].tolist() == [0]
    assert authors.changed(tmp_path) == 0
