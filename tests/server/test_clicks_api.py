"""`/v1/clicks`: what is opened is taken down where that is kept, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes

from truthgpt.search import clicks
from truthgpt.search.clicks import ClickLog, Impression

SAID = {"query": "voyager", "shown": ["demo:1", "demo:2"], "clicked": ["demo:2"]}


@pytest.fixture
def log(tmp_path: Path) -> ClickLog:
    return ClickLog(tmp_path / "ranker")


@pytest.fixture
def keeping(fakes: Fakes, log: ClickLog) -> TestClient:
    fakes.clicks = log
    return TestClient(fakes.app(), base_url="http://127.0.0.1:8080")


def test_what_is_opened_is_taken_down_without_who_opened_it(keeping: TestClient, log: ClickLog) -> None:
    assert keeping.post("/v1/clicks", json={**SAID, "who": "me"}).status_code == 204
    assert clicks.read([log.path]).impressions == [Impression.of(SAID)]
    assert b"who" not in log.path.read_bytes()


def test_where_nothing_is_kept_there_is_no_such_address(client: TestClient) -> None:
    assert client.post("/v1/clicks", json=SAID).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"query": " "}, 400),
        ({"query": "v" * 10_001}, 413),
        ({"shown": []}, 400),
        ({"shown": ["demo:1", "demo:1"]}, 400),
        ({"clicked": ["demo:3"]}, 400),
        ({"clicked": ["\ud800"]}, 400),
        ({"shown": [str(n) for n in range(101)]}, 400),
    ],
)
def test_what_is_no_impression_is_refused_and_not_kept(
    keeping: TestClient, log: ClickLog, change: dict[str, Any], status: int
) -> None:
    body = json.dumps({**SAID, **change})  # a lone surrogate too, as JSON spells it
    reply = keeping.post("/v1/clicks", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == status
    assert reply.json()["error"]["message"]
    assert not log.path.exists()


def test_a_full_log_is_said(keeping: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "MOST_BYTES", 1)
    reply = keeping.post("/v1/clicks", json=SAID)
    assert reply.status_code == 503
    assert "full" in reply.json()["error"]["message"]
