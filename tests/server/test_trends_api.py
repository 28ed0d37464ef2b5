"""`/v1/trends`: what it passes on, gives back and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes


def test_counts_periods_communities_and_rising_words_are_told(client: TestClient, fakes: Fakes) -> None:
    asked = {"q": "voyager -mars", "community": "space", "since": "2022-03-21", "interval": "day"}
    reply = client.get("/v1/trends", params=asked)
    assert reply.status_code == 200
    body = reply.json()
    assert body.pop("seconds") >= 0
    assert body == {
        "posts": 3,
        "authors": 2,
        "untimed": 1,
        "interval": "day",
        "periods": [{"start": "2022-03-21T18:00:00Z", "posts": 2, "authors": 1}],
        "communities": [{"community": "space", "posts": 2, "authors": 1, "of": 40}],
        "rising": [{"term": "Voyager", "recent": 7, "before": 1, "score": 3.25}],
        "rising_since": "2022-03-21T18:00:00Z",
    }
    (call,) = fakes.searcher.calls
    assert (call["text"], call["community"], call["interval"]) == ("voyager -mars", "space", "day")
    assert call["since"] == datetime(2022, 3, 21, tzinfo=UTC)


def test_without_a_query_they_are_of_all_posts(client: TestClient, fakes: Fakes) -> None:
    assert client.get("/v1/trends").status_code == 200
    assert fakes.searcher.calls[0]["text"] == ""


@pytest.mark.parametrize(
    ("params", "status", "at_fault"),
    [
        ({"q": "x" * 10_001}, 413, "q"),
        ({"q": "a", "interval": "fortnight"}, 400, "interval"),
        ({"q": "a", "since": "yesterday"}, 400, "since"),
        ({"q": "a", "author": "a" * 201}, 400, "author"),
    ],
)
def test_what_cannot_be_counted_is_named_in_one_line(
    client: TestClient, fakes: Fakes, params: dict[str, Any], status: int, at_fault: str
) -> None:
    reply = client.get("/v1/trends", params=params)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert error["param"] == at_fault
    assert "\n" not in error["message"]
    assert fakes.searcher.calls == []
