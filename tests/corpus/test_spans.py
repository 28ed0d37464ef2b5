"""The latest posts, and those of a span of time, are the same whichever fragments they lie in, and few of these are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truthgpt.corpus import view as module
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.spans import Spans
from truthgpt.corpus.store import Store
from truthgpt.search.filters import Filters

START = datetime(2024, 1, 1, tzinfo=UTC)
DIMENSIONS = 4


def bring(store: Store, posts: list[Post]) -> None:
    import_posts(store, posts, embed=lambda texts: np.zeros((len(texts), DIMENSIONS), np.float32))


def wrote(posts: list[Post]) -> list[str]:
    """Their ids, the latest first, those without a time last."""
    timed = sorted((post for post in posts if post.created_at), key=lambda post: post.created_at or START)
    return [post.id for post in reversed(timed)] + [post.id for post in posts if not post.created_at]


def ids(store: Store, rows: list[int]) -> list[str]:
    return [str(one) for one in store.view().take(rows, ["id"])["id"].to_pylist()]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.lists(st.none() | st.integers(0, 40), min_size=1, max_size=4), min_size=1, max_size=6),
    st.integers(1, 8),
)
def test_the_latest_are_the_latest_of_all_fragments(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int | None]], limit: int
) -> None:
    store = Store.open(tmp_path_factory.mktemp("posts") / "corpus", DIMENSIONS)
    posts: list[Post] = []
    for number, days in enumerate(parts):
        times = [
            None if day is None else START + timedelta(days=day, seconds=number, microseconds=place)
            for place, day in enumerate(days)
        ]
        part = [
            Post(f"{number}-{place}", f"post {number} {place}", created_at=time)
            for place, time in enumerate(times)
        ]
        bring(store, part)
        posts += part
    known = sum(post.created_at is not None for post in posts)
    found = ids(store, store.view().latest("", limit))
    assert found[:known] == wrote(posts)[:limit][:known]
    assert len(found) == min(limit, len(posts))
    assert set(found[known:]) <= set(wrote(posts)[known:])
    since = START + timedelta(days=20)
    held = store.view().select([], Filters(since=since).sql())["_rowid"].to_pylist()
    assert sorted(ids(store, held)) == sorted(
        post.id for post in posts if post.created_at and post.created_at >= since
    )


def test_few_fragments_are_read_for_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LATEST", 1)
    monkeypatch.setattr("truthgpt.corpus.indexes.TOLERATED", 10_000)
    store = Store.open(tmp_path / "corpus", DIMENSIONS)
    for number in range(12):
        bring(
            store,
            [
                Post(
                    f"{number}-{place}",
                    f"post {number} {place}",
                    "even" if number % 2 == 0 else "odd",
                    created_at=START + timedelta(days=number),
                )
                for place in range(3)
            ],
        )
    view = store.view()
    assert len(view.dataset.get_fragments()) == 12
    asked: list[Any] = []
    read = module.View._read

    def watched(self: module.View, columns: Any, where: str, **how: Any) -> Any:
        asked.append(how.get("fragments"))
        return read(self, columns, where, **how)

    monkeypatch.setattr(module.View, "_read", watched)
    assert {one.split("-")[0] for one in ids(store, view.latest("", 2))} == {"11"}
    assert [len(some or []) for some in asked] == [1]
    asked.clear()
    assert {one.split("-")[0] for one in ids(store, view.latest("community = 'even'", 2))} == {"10"}
    assert [len(some or []) for some in asked] == [1, 4]
    asked.clear()
    assert view.latest("community = 'none'", 2) == []
    assert [len(some or []) for some in asked] == [1, 4, 0]


def test_what_is_known_of_fragments_that_are_gone_is_let_go(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "corpus", DIMENSIONS)
    spans = Spans()
    for number in range(9):
        bring(store, [Post(f"{number}", f"post {number}", created_at=START)])
        spans.by_last(store.view().dataset)
    assert len(spans._last) <= 2 * len(store.view().dataset.get_fragments())
