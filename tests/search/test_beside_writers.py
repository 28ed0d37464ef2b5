"""Searches beside those who write: a version that goes while it is read is no error, and what is gone is not found."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from encoders import Bags

from truthgpt.corpus.consent import forgetting
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.live import Live, Schedule
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.view import View
from truthgpt.errors import BadInputError
from truthgpt.search import Searcher, gather
from truthgpt.search import searcher as searcher_module

NEVER = Schedule(seconds=1e9, posts=10**9)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "corpus", Bags.dimensions)
    with Live(store, embed=Bags().encode, quarantine=tmp_path / "quarantine", schedule=NEVER) as live:
        for number in range(12):  # a file each
            live.take([Post(f"{number}-{one}", f"moon post {number} of many, {one}") for one in range(5)])
    return store


def test_searches_go_on_while_posts_are_forgotten(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_GRACE", 0.0)
    searcher = Searcher(store, Bags())
    stopped = threading.Event()
    errors: list[BaseException] = []

    def search() -> None:
        while not stopped.is_set():
            try:
                assert searcher.search("moon post of many", 50, collapse=False)
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(3):
        forgetting.forget(store, [Subject("post", f"{number}-1")], quarantine=tmp_path / "quarantine")
    stopped.set()
    for thread in threads:
        thread.join()
    assert errors == []
    found = {hit.post.id for hit in searcher.search("moon post of many", 60, collapse=False)}
    assert found.isdisjoint({"0-1", "1-1", "2-1"})


def test_a_search_whose_version_went_is_begun_anew_and_a_damaged_store_is_still_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher = Searcher(store, Bags())
    whole, calls = gather.gather, []

    def gone(view: View, *given: Any) -> gather.Found:
        calls.append(view)
        if len(calls) == 1:
            store._view = None  # as if another process had written
            raise BadInputError("the corpus is damaged (Not found: data/1.lance)")
        return whole(view, *given)

    monkeypatch.setattr(searcher_module, "gather", gone)
    assert searcher.search("moon")
    assert len(calls) == 2
    assert calls[0] is not calls[1]

    def damaged(*given: object) -> gather.Found:
        raise BadInputError("the corpus is damaged (Not found: data/1.lance)")

    monkeypatch.setattr(searcher_module, "gather", damaged)
    with pytest.raises(BadInputError, match="is damaged"):
        searcher.search("moon")
