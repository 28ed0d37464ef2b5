"""`/v1/search`, `/v1/posts`, `/v1/status`: what they pass on, give back and refuse, and their cost."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from server_fakes import POSTS, Fakes

from truthgpt.search.filters import Filters
from truthgpt.server.cursor import DEEPEST, Cursor


def test_hits_carry_the_post_its_rank_and_its_copies(client: TestClient) -> None:
    reply = client.get("/v1/search", params={"q": "voyager"}).json()
    assert reply["hits"][0] == {
        "id": "demo:1",
        "text": "Voyager 1 left in 1977.",
        "community": "space",
        "author": "ann",
        "created_at": "2022-03-21T18:00:00Z",
        "language": "en",
        "url": "",
        "score": 0.5,
        "copies": 3,
        "notes": [],
    }
    assert reply["hits"][1]["created_at"] is None
    assert reply["seconds"] >= 0


def test_a_reply_says_the_words_without_the_operators(client: TestClient, fakes: Fakes) -> None:
    query = '"dark matter" OR moon -mars from:ann since:2024'
    assert client.get("/v1/search", params={"q": query}).json()["words"] == "dark matter moon"
    assert fakes.searcher.calls[0]["text"] == query


def test_a_hit_says_why_it_was_found_where_that_is_asked(client: TestClient) -> None:
    plain = client.get("/v1/search", params={"q": "moon -mars"}).json()["hits"]
    told = client.get("/v1/search", params={"q": "moon -mars", "explain": "true"}).json()["hits"]
    assert all("why" not in hit for hit in plain)
    assert all(hit["why"]["words"] == ["moon"] for hit in told)


@pytest.mark.parametrize(
    ("query", "code", "position"),
    [
        ('moon "dark', "query_quote_open", 5),
        ("月球 (火星", "query_bracket_open", 3),
        ("🌕 since:someday", "query_since", 8),
        ("moon OR", "query_between", 5),
    ],
)
def test_a_query_that_cannot_be_read_is_pointed_at(
    client: TestClient, fakes: Fakes, query: str, code: str, position: int
) -> None:
    reply = client.get("/v1/search", params={"q": query})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert (error["param"], error["code"], error["position"]) == ("q", code, position)
    assert fakes.searcher.calls == []


def test_filters_and_times_reach_the_search_and_empty_ones_do_not(client: TestClient, fakes: Fakes) -> None:
    client.get(
        "/v1/search",
        params={
            "q": "a 'quoted' % query",
            "limit": 3,
            "community": "spa'ce",
            "author": "",
            "language": "en",
            "since": "2022-03-21",
            "until": "2022-03-21T20:00:00+02:00",
        },
    )
    assert fakes.searcher.calls == [
        {
            "text": "a 'quoted' % query",
            "limit": 3,
            "community": "spa'ce",
            "author": None,
            "language": "en",
            "since": datetime(2022, 3, 21, tzinfo=UTC),
            "until": datetime(2022, 3, 21, 18, tzinfo=UTC),
            "after_import": None,
            "latest": False,
        }
    ]


def test_a_cursor_asks_for_the_hits_after_those_of_a_page(client: TestClient) -> None:
    asked = {"q": "voyager", "limit": 1, "since": "2022-03-21"}
    first = client.get("/v1/search", params=asked).json()
    second = client.get("/v1/search", params={**asked, "cursor": first["next"]}).json()
    assert [hit["id"] for page in (first, second) for hit in page["hits"]] == list(POSTS)
    assert second["next"] is None


@pytest.mark.parametrize("changed", [{"q": "other"}, {"since": "2022-03-22"}, {"community": "space"}])
def test_a_cursor_is_of_one_search(client: TestClient, changed: dict[str, str]) -> None:
    asked = {"q": "voyager", "limit": 1, "since": "2022-03-21"}
    cursor = client.get("/v1/search", params=asked).json()["next"]
    reply = client.get("/v1/search", params={**asked, **changed, "cursor": cursor})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "cursor")


def test_a_cursor_of_posts_that_are_no_longer_kept_has_expired(client: TestClient) -> None:
    filters = Filters()
    cursor = Cursor(3, 1).written(repr(("voyager", filters)))
    reply = client.get("/v1/search", params={"q": "voyager", "cursor": cursor})
    assert (reply.status_code, reply.json()["error"]["code"]) == (410, "cursor_expired")


@given(
    st.text(max_size=80)
    | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4
    ).map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode())
)
def test_any_other_word_is_no_cursor(word: str) -> None:
    with pytest.raises(ValueError, match=r"^it (was not written by this service|is of another search)$"):
        Cursor.read(word, "asked")


def test_pages_end_where_nobody_reads_on() -> None:
    fakes = Fakes()
    with TestClient(fakes.app(), base_url="http://localhost") as client:
        fakes.searcher.posts = [POSTS["demo:1"]] * 2000
        cursor = Cursor(7, DEEPEST - 60).written(repr(("voyager", Filters())))
        page = client.get("/v1/search", params={"q": "voyager", "limit": 50, "cursor": cursor}).json()
        assert (len(page["hits"]), page["next"] is None) == (50, False)
        page = client.get("/v1/search", params={"q": "voyager", "limit": 50, "cursor": page["next"]}).json()
        assert (len(page["hits"]), page["next"]) == (50, None)


@pytest.mark.parametrize(
    ("params", "status", "at_fault"),
    [
        ({}, 400, "q"),
        ({"q": ""}, 400, "q"),
        ({"q": "x" * 10_001}, 413, "q"),
        ({"q": "a", "limit": 0}, 400, "limit"),
        ({"q": "a", "limit": 101}, 400, "limit"),
        ({"q": "a", "limit": "ten"}, 400, "limit"),
        ({"q": "a", "limit": "9" * 5_000}, 400, "limit"),
        ({"q": "a", "since": "yesterday"}, 400, "since"),
        ({"q": "a", "until": "2022-13-01"}, 400, "until"),
        ({"q": "a", "until": "0001-01-01T00:00:00+14:00"}, 400, "until"),
        ({"q": "a", "community": "c" * 201}, 400, "community"),
    ],
)
def test_what_cannot_be_searched_is_named_in_one_line(
    client: TestClient, fakes: Fakes, params: dict[str, Any], status: int, at_fault: str
) -> None:
    reply = client.get("/v1/search", params=params)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert error["param"] == at_fault
    assert at_fault in error["message"]
    assert "\n" not in error["message"]
    assert fakes.searcher.calls == []


@pytest.mark.parametrize("post_id", POSTS)
def test_a_post_is_found_by_its_id_in_the_path_and_as_a_parameter(client: TestClient, post_id: str) -> None:
    by_path = client.get(f"/v1/posts/{quote(post_id, safe='')}")
    by_parameter = client.get("/v1/posts", params={"id": post_id})
    assert by_path.json() == by_parameter.json()
    assert by_path.json()["id"] == post_id
    assert by_path.json()["text"] == POSTS[post_id].text


def test_a_post_that_is_not_there_is_not_found(client: TestClient) -> None:
    for reply in (client.get("/v1/posts/none"), client.get("/v1/posts", params={"id": "none"})):
        assert reply.status_code == 404
        assert reply.json()["error"]["message"] == "there is no post 'none'"


def test_pages_of_an_order_that_changed_are_begun_anew(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, fakes: Fakes
) -> None:
    filters = Filters()
    cursor = Cursor(7, 1, "taught before").written(repr(("voyager", filters)))
    reply = client.get("/v1/search", params={"q": "voyager", "cursor": cursor})
    assert reply.status_code == 410
    assert reply.json()["error"]["code"] == "cursor_expired"
    monkeypatch.setattr(type(fakes.searcher), "ranking", lambda _: "taught before")
    assert client.get("/v1/search", params={"q": "voyager", "cursor": cursor}).status_code == 200


def test_status_says_what_is_served(client: TestClient) -> None:
    assert client.get("/v1/status").json() == {
        "version": "0.1.0",
        "model": "fake-1",
        "quotes_only": False,
        "posts": 2,
        "demo": True,
        "corpus_version": 7,
        "jurisdictions": ["open", "de"],
        "paused": None,
        "inspection": {
            "state": "uninspected",
            "certificate": "",
            "inspector": "",
            "issued": "",
            "expires": "",
            "changed": [],
            "why": "nobody asked for a certificate",
        },
        "log": {"state": "off", "texts": False, "why": ""},
        "clicks": False,
    }
