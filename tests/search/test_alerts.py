"""Alerts: what came in is told once, what could not be passed on is told again, and a damaged file is said to be one."""

from __future__ import annotations

from pathlib import Path

import pytest
from encoders import Blind, made

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.search import Searcher
from truthgpt.search.alerts import FILE, Alerts
from truthgpt.search.syntax import QuerySyntaxError


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Searcher, Alerts]:
    return made(tmp_path, [Post("old", "the moon is old", "science")], Blind()), Alerts(tmp_path)


def bring(folder: Path, *posts: Post) -> None:
    store = Store.open(folder / "corpus", Blind.dimensions, create=False)
    import_posts(store, posts, embed=Blind().encode)


def told(alerts: Alerts, searcher: Searcher, name: str | None = None) -> dict[str, list[str]]:
    return {news.alert.name: [hit.post.id for hit in news.hits] for news in alerts.news(searcher, name)}


def test_what_comes_in_is_told_once(stored: tuple[Searcher, Alerts], tmp_path: Path) -> None:
    searcher, alerts = stored
    alerts.add("moon", "moon -mars", searcher)
    alerts.add("science", "in:science", searcher)
    assert told(alerts, searcher) == {}
    bring(tmp_path, Post("new", "a new moon", "news"), Post("mars", "moon and mars", "science"))
    assert told(alerts, searcher, "moon") == {"moon": ["new"]}
    assert told(alerts, searcher) == {"science": ["mars"]}
    assert told(alerts, searcher) == {}
    bring(tmp_path, Post("other", "nothing of it", "news"))
    assert told(alerts, searcher) == {}


def test_what_was_not_passed_on_is_told_again(stored: tuple[Searcher, Alerts], tmp_path: Path) -> None:
    searcher, alerts = stored
    alerts.add("moon", "moon", searcher)
    bring(tmp_path, Post("new", "a new moon", "news"))
    news = alerts.news(searcher)
    assert next(news).alert.name == "moon"
    news.close()  # as an error would: nobody was told
    assert told(alerts, searcher) == {"moon": ["new"]}


def test_they_are_kept_listed_and_removed(stored: tuple[Searcher, Alerts], tmp_path: Path) -> None:
    searcher, alerts = stored
    alerts.add("b", "moon", searcher, "https://example.org/hook")
    alerts.add("a", "dark matter", searcher)
    assert [(alert.name, alert.webhook) for alert in Alerts(tmp_path).list()] == [
        ("a", ""),
        ("b", "https://example.org/hook"),
    ]
    assert (tmp_path / "alerts" / FILE).stat().st_mode & 0o077 == 0  # what people look for is theirs
    alerts.remove("a")
    assert [alert.name for alert in alerts.list()] == ["b"]


@pytest.mark.parametrize(
    ("name", "query", "webhook"),
    [
        ("taken", "moon", ""),
        ("", "moon", ""),
        ("a\nb", "moon", ""),
        ("x" * 65, "moon", ""),
        ("new", "  ", ""),
        ("new", "moon", "file:///etc/passwd"),
        ("new", "moon", "https://"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    stored: tuple[Searcher, Alerts], name: str, query: str, webhook: str
) -> None:
    searcher, alerts = stored
    alerts.add("taken", "moon", searcher)
    with pytest.raises(BadInputError):
        alerts.add(name, query, searcher, webhook)
    assert [alert.name for alert in alerts.list()] == ["taken"]


def test_a_query_that_cannot_be_read_points_at_the_character(stored: tuple[Searcher, Alerts]) -> None:
    searcher, alerts = stored
    with pytest.raises(QuerySyntaxError):
        alerts.add("new", "(moon", searcher)
    with pytest.raises(BadInputError, match="no alert 'none'"):
        alerts.remove("none")
    with pytest.raises(BadInputError, match="no alert 'none'"):
        told(alerts, searcher, "none")


@pytest.mark.parametrize("content", [b"", b"{", b'[{"name": "x"}]', b"[3]"])
def test_a_damaged_file_is_said_to_be_one(
    stored: tuple[Searcher, Alerts], tmp_path: Path, content: bytes
) -> None:
    searcher, alerts = stored
    alerts.add("moon", "moon", searcher)
    (tmp_path / "alerts" / FILE).write_bytes(content)
    with pytest.raises(BadInputError, match="damaged"):
        told(alerts, searcher)
    assert (tmp_path / "alerts" / FILE).read_bytes() == content
