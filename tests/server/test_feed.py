"""The feed of a search: well-formed whatever posts hold, the latest first, each entry with an id that stays."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from server_fakes import Fakes

from truthgpt.corpus.post import Post
from truthgpt.server.feed import MEDIA_TYPE, atom

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def texts(parent: ET.Element, path: str) -> list[str | None]:
    return [element.text for element in parent.iterfind(path, ATOM)]


def test_a_search_can_be_followed(client: TestClient, fakes: Fakes) -> None:
    query = "voyager -mars"
    reply = client.get("/v1/search.atom", params={"q": query, "community": "space"})
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(MEDIA_TYPE)
    feed = ET.fromstring(reply.content)
    assert texts(feed, "a:title") == [f"TruthGPT: {query}"]
    assert "urn:truthgpt:demo%3A1" in texts(feed, "a:entry/a:id")
    (call,) = fakes.searcher.calls
    assert (call["text"], call["limit"], call["community"], call["latest"]) == (query, 50, "space", True)


def test_what_cannot_be_searched_is_no_feed(client: TestClient) -> None:
    reply = client.get("/v1/search.atom", params={"q": "(voyager"})
    assert reply.status_code == 400
    assert reply.json()["error"]["position"] == 0


def test_the_latest_come_first_and_those_without_a_time_last() -> None:
    posts = [
        Post("old", "Old", author="ann", created_at=datetime(2020, 1, 1, tzinfo=UTC)),
        Post("never", "No time"),
        Post(
            "new",
            "New\n\nbody",
            "space",
            "bob",
            datetime(2024, 5, 31, tzinfo=UTC),
            url="https://example.org/1",
        ),
        Post("bad", "Bad link", created_at=datetime(2019, 1, 1, tzinfo=UTC), url="javascript:alert(1)"),
    ]
    feed = ET.fromstring(atom("q", "http://localhost/v1/search.atom?q=q", posts, {}))
    assert texts(feed, "a:entry/a:title") == ["New", "Old", "Bad link", "No time"]
    assert texts(feed, "a:updated") == ["2024-05-31T00:00:00+00:00"]
    assert [link.get("href") for link in feed.iterfind("a:entry/a:link", ATOM)] == ["https://example.org/1"]
    assert texts(feed, "a:entry/a:author/a:name") == ["bob", "ann", "unknown", "unknown"]


def test_no_posts_are_a_feed_too() -> None:
    assert texts(ET.fromstring(atom("q", "http://localhost/", [], {})), "a:entry") == []


def test_the_notes_that_stand_with_a_post_follow_its_text() -> None:
    posts = [Post("one", "It lands on Mars."), Post("two", "Nothing.")]
    feed = ET.fromstring(atom("q", "http://localhost/", posts, {"one": ["It does <not>.", "It never did."]}))
    said = (
        "It lands on Mars.\n\nReaders added context: It does <not>.\n\nReaders added context: It never did."
    )
    assert texts(feed, "a:entry/a:content") == [said, "Nothing."]


@given(st.text(max_size=100), st.text(min_size=1, max_size=20))
def test_whatever_posts_hold_the_feed_is_well_formed(text: str, name: str) -> None:
    posts = [Post(name.encode(errors="ignore").decode() or "x", text, name, name, url=f"http://{text}")]
    feed = ET.fromstring(atom(text, f"http://localhost/{text}", posts, {posts[0].id: [text]}))
    assert len(texts(feed, "a:entry")) == 1
