"""`/v1/identities` and `/v1/notes`: who may write and rate, what is told to whom, limits, and the notes beside posts."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from note_fakes import FakeShelf, decide, decided
from server_fakes import POSTS, Fakes
from test_metrics import samples

from truthgpt.database import open_database
from truthgpt.errors import BadInputError
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL
from truthgpt.notes.store import NoteStore
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.server import identity, notes
from truthgpt.server.identity import IDENTITY
from truthgpt.server.services import NoteShelf

FIRST, SECOND = POSTS
MISLEADING = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
NOBODY: dict[str, str] = {}
Headers = dict[str, str]


@pytest.fixture(params=["memory", "SQLite"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NoteShelf]:
    if request.param == "memory":
        yield FakeShelf()
        return
    engine = open_database(f"sqlite:///{tmp_path / 'notes.db'}")
    yield NoteStore(engine)
    engine.dispose()


@pytest.fixture
def fakes(shelf: NoteShelf) -> Fakes:
    return Fakes(notes=shelf)


@pytest.fixture
def ann(client: TestClient) -> Headers:
    return somebody(client)


@pytest.fixture
def bo(client: TestClient) -> Headers:
    return somebody(client)


def somebody(client: TestClient) -> Headers:
    """The header of a new local identity."""
    return {IDENTITY: client.post("/v1/identities").json()["secret"]}


def write(
    client: TestClient, who: Headers, post_id: str = FIRST, text: str = "It left in 1977."
) -> httpx.Response:
    body = {"post_id": post_id, "classification": "NOT_MISLEADING", "text": text}
    return client.post("/v1/notes", json=body, headers=who)


def rate(
    client: TestClient, who: Headers, note_id: str, level: str = "HELPFUL", *tags: str
) -> httpx.Response:
    return client.put(f"/v1/notes/{note_id}/rating", json={"level": level, "tags": tags}, headers=who)


def error_of(reply: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = reply.json()["error"]
    assert "\n" not in error["message"]
    return error


def app_of(fakes: Fakes, **options: Any) -> TestClient:
    return TestClient(fakes.app(**options), base_url="http://localhost:8080")


# Who asks


def test_an_identity_is_a_public_id_and_a_secret_told_once(client: TestClient) -> None:
    reply = client.post("/v1/identities")
    assert reply.status_code == 201
    assert reply.headers["cache-control"] == "no-store"
    made, other = reply.json(), client.post("/v1/identities").json()
    assert set(made) == {"id", "secret"}
    assert made["id"] != other["id"]
    assert made["secret"] != other["secret"]
    note = write(client, {IDENTITY: made["secret"]})
    assert note.json()["author"] == made["id"]
    assert made["secret"] not in note.text


def everything_that_needs_one(client: TestClient, note_id: str, who: Headers) -> list[httpx.Response]:
    return [
        write(client, who, SECOND),
        client.delete(f"/v1/notes/{note_id}", headers=who),
        rate(client, who, note_id),
        client.delete(f"/v1/notes/{note_id}/rating", headers=who),
    ]


def test_without_an_identity_nothing_is_written(client: TestClient, ann: Headers) -> None:
    note = write(client, ann).json()
    for who, code in (
        (NOBODY, "identity_missing"),
        ({IDENTITY: ""}, "identity_missing"),
        ({IDENTITY: "x" * 43}, "identity_unknown"),
        ({IDENTITY: "x" * 10_000}, "identity_unknown"),
        ({IDENTITY: note["author"]}, "identity_unknown"),
    ):
        for reply in everything_that_needs_one(client, note["id"], who):
            assert reply.status_code == 401
            assert reply.headers["www-authenticate"] == IDENTITY
            error = error_of(reply)
            assert (error["code"], error["type"]) == (code, "authentication_error")
            assert "xxx" not in error["message"], "a secret is not sent back"
    assert client.get("/v1/notes").json()["notes"] == [{**note, "own": False}]


def test_readers_need_none_and_an_unknown_one_is_nobody(client: TestClient, ann: Headers) -> None:
    note = write(client, ann).json()
    unknown: list[dict[str, Any]] = [NOBODY, {IDENTITY: "unknown"}, {IDENTITY: "é".encode()}]
    for who in unknown:
        for reply in (
            client.get("/v1/notes", headers=who),
            client.get("/v1/notes", params={"post_id": FIRST}, headers=who),
        ):
            assert reply.json()["notes"] == [{**note, "own": False}]
        assert client.get(f"/v1/notes/{note['id']}", headers=who).json() == {**note, "own": False}


def test_where_a_proxy_signs_people_in_it_alone_says_who_asks(fakes: Fakes) -> None:
    client = app_of(fakes, user_header="X-Forwarded-User")
    assert fakes.notes is not None
    local = {IDENTITY: fakes.notes.new_person()[1]}
    refused = client.post("/v1/identities")
    assert (refused.status_code, error_of(refused)["code"]) == (403, "signed_in_by_proxy")
    note = write(client, {"X-Forwarded-User": "ann@example.org"}).json()
    assert note["own"]
    assert "ann" not in note["author"], "an account's name is not told"
    for who in (local, NOBODY, {"X-Forwarded-User": " "}):
        for reply in everything_that_needs_one(client, note["id"], who):
            assert (reply.status_code, error_of(reply)["code"]) == (401, "not_signed_in")
    both = {**local, "x-forwarded-user": "ann@example.org"}
    assert client.get(f"/v1/notes/{note['id']}", headers=both).json()["own"]
    assert not client.get(f"/v1/notes/{note['id']}", headers=local).json()["own"]
    assert rate(client, {"X-Forwarded-User": "bo"}, note["id"]).status_code == 200


def test_without_such_a_proxy_its_header_says_nothing(client: TestClient) -> None:
    assert write(client, {"X-Forwarded-User": "ann@example.org"}).status_code == 401


@pytest.mark.parametrize("name", ["Łucja Ő", "李雷", "cn=ann,ou=space", "Zoë"])
def test_names_of_any_language_are_people(fakes: Fakes, name: str) -> None:
    client = app_of(fakes, user_header="Remote-User")
    note = client.post(
        "/v1/notes",
        json={"post_id": FIRST, "classification": MISLEADING, "text": "No."},
        headers={"Remote-User": name.encode()},
    )
    assert note.status_code == 201
    again = client.get(f"/v1/notes/{note.json()['id']}", headers={"Remote-User": name.encode()})
    assert again.json()["own"]


def test_a_name_given_twice_is_not_believed(fakes: Fakes) -> None:
    client = app_of(fakes, user_header="Remote-User")
    reply = client.get("/v1/notes", headers=[("Remote-User", "mallory"), ("remote-user", "ann")])
    assert reply.status_code == 400
    assert "more than once" in error_of(reply)["message"]


@pytest.mark.parametrize("header", ["X User", "x:y", "Nutzer-Ö", "TruthGPT-Identity", "a\r\nb"])
def test_what_no_header_is_called_is_refused_when_the_server_starts(fakes: Fakes, header: str) -> None:
    with pytest.raises(BadInputError, match="TRUTHGPT_USER_HEADER"):
        fakes.app(user_header=header)


def test_the_description_names_the_header(fakes: Fakes) -> None:
    for options, name in (({}, IDENTITY), ({"user_header": "Remote-User", "api_key": "k"}, "Remote-User")):
        api = app_of(fakes, **options).get("/openapi.json").json()
        assert api["components"]["securitySchemes"]["identity"]["name"] == name
        needed = api["paths"]["/v1/notes"]["post"]["security"]
        optional = api["paths"]["/v1/notes"]["get"]["security"]
        key: dict[str, Any] = {"key": []} if "api_key" in options else {}
        assert needed == [{"identity": [], **key}]
        assert optional == [key, {"identity": [], **key}]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_page_of_another_origin_cannot_write(client: TestClient, ann: Headers, method: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        reply = client.request(method, "/v1/notes", headers={**ann, **headers})
        assert reply.status_code == 403
        assert "access-control-allow-origin" not in reply.headers


def test_secrets_are_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        who = somebody(client)
        note = write(client, who).json()
        client.get("/v1/notes", headers=who)
        client.delete(f"/v1/notes/{note['id']}", headers=who)
    assert who[IDENTITY] not in caplog.text


# Writing


def test_a_new_note_has_no_status_yet(client: TestClient, ann: Headers) -> None:
    reply = write(client, ann, SECOND, "  1977年です。\n")
    assert reply.status_code == 201
    note = reply.json()
    assert note.pop("id") != note.pop("author")
    assert note.pop("created_at").endswith("Z")
    assert note.pop("explanation")
    none = {"helpful": 0, "somewhat_helpful": 0, "not_helpful": 0}
    assert note == {
        "post_id": SECOND,
        "classification": "NOT_MISLEADING",
        "text": "1977年です。",
        "status": NEEDS_MORE,
        "rule": "",
        "margin": 0,
        "intercept": None,
        "factor": None,
        "ratings": 0,
        "sides": [{"side": "a", **none}, {"side": "b", **none}],
        "unplaced": none,
        "own": True,
        "rating": None,
    }


def test_a_post_gets_one_note_of_each_person(client: TestClient, ann: Headers, bo: Headers) -> None:
    note = write(client, ann).json()
    again = write(client, ann, text="Another one.")
    assert (again.status_code, error_of(again)["code"]) == (409, "note_exists")
    assert write(client, ann, SECOND).status_code == 201
    assert write(client, bo).status_code == 201
    assert client.delete(f"/v1/notes/{note['id']}", headers=ann).status_code == 204
    assert write(client, ann, text="Another one.").status_code == 201


def test_a_post_that_is_not_there_gets_none(client: TestClient, ann: Headers) -> None:
    reply = write(client, ann, "none")
    assert reply.status_code == 404
    assert error_of(reply)["message"] == "there is no post 'none'"


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\u3000"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "a\x1b[31mb"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"text": 3}, "text"),
        ({"post_id": ""}, "post_id"),
        ({"post_id": "x" * 401}, "post_id"),
        ({"post_id": "\udfff"}, "post_id"),
        ({"classification": "MISLEADING"}, "classification"),
        ({"classification": None}, "classification"),
    ],
)
def test_what_is_no_note_is_named_in_one_line(
    client: TestClient, ann: Headers, change: dict[str, Any], at_fault: str
) -> None:
    body = {"post_id": FIRST, "classification": MISLEADING, "text": "It is satire.", **change}
    headers = {**ann, "Content-Type": "application/json"}
    reply = client.post("/v1/notes", content=json.dumps(body), headers=headers)
    assert reply.status_code == 400
    assert error_of(reply)["param"] == at_fault
    assert client.get("/v1/notes").json()["notes"] == []


def test_the_longest_note_is_written(client: TestClient, ann: Headers) -> None:
    assert write(client, ann, text="字" * 2000).json()["text"] == "字" * 2000


def test_a_note_is_taken_back_by_its_author_alone(client: TestClient, ann: Headers, bo: Headers) -> None:
    note_id = write(client, ann).json()["id"]
    refused = client.delete(f"/v1/notes/{note_id}", headers=bo)
    assert (refused.status_code, error_of(refused)["code"]) == (403, "not_the_author")
    gone = client.delete(f"/v1/notes/{note_id}", headers=ann)
    assert (gone.status_code, gone.content) == (204, b"")
    for reply in (
        client.get(f"/v1/notes/{note_id}"),
        client.delete(f"/v1/notes/{note_id}", headers=ann),
        rate(client, bo, note_id),
        client.delete(f"/v1/notes/{note_id}/rating", headers=bo),
    ):
        assert reply.status_code == 404
        assert error_of(reply)["param"] == "note_id"
    assert client.get("/v1/notes", params={"post_id": FIRST}).json() == {"notes": [], "next": None}


# Rating


def test_the_last_rating_of_a_person_counts_and_can_be_taken_back(
    client: TestClient, ann: Headers, bo: Headers
) -> None:
    note_id = write(client, ann).json()["id"]
    rate(client, bo, note_id, "HELPFUL", "helpfulClear")
    reply = rate(
        client, bo, note_id, "NOT_HELPFUL", "notHelpfulOffTopic", "notHelpfulOther", "notHelpfulOffTopic"
    )
    assert reply.status_code == 200
    told = reply.json()
    assert told["rating"] == {"level": "NOT_HELPFUL", "tags": ["notHelpfulOther", "notHelpfulOffTopic"]}
    assert (told["ratings"], told["own"]) == (1, False)
    assert client.get(f"/v1/notes/{note_id}", headers=bo).json() == told
    assert client.get(f"/v1/notes/{note_id}", headers=ann).json()["rating"] is None
    for _ in range(2):
        assert client.delete(f"/v1/notes/{note_id}/rating", headers=bo).status_code == 204
    assert client.get(f"/v1/notes/{note_id}", headers=bo).json() == {**told, "ratings": 0, "rating": None}


def test_nobody_rates_their_own_note(client: TestClient, ann: Headers) -> None:
    reply = rate(client, ann, write(client, ann).json()["id"])
    assert (reply.status_code, error_of(reply)["code"]) == (403, "own_note")


def test_tags_go_with_the_level(client: TestClient, ann: Headers, bo: Headers) -> None:
    note_id = write(client, ann).json()["id"]
    helpful, not_helpful = HELPFUL_TAGS, NOT_HELPFUL_TAGS
    for level, tags in (
        ("HELPFUL", helpful),
        ("SOMEWHAT_HELPFUL", (*helpful, *not_helpful)),
        ("NOT_HELPFUL", not_helpful),
    ):
        assert rate(client, bo, note_id, level, *tags).json()["rating"] == {"level": level, "tags": [*tags]}
    for level, tag in (
        ("HELPFUL", not_helpful[0]),
        ("NOT_HELPFUL", helpful[0]),
        ("SOMEWHAT_HELPFUL", "helpful"),
    ):
        reply = rate(client, bo, note_id, level, tag)
        assert reply.status_code == 400
        assert error_of(reply)["param"] == "tags.0"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"level": "GREAT"},
        {"level": None, "tags": []},
        {"level": "HELPFUL", "tags": "helpfulOther"},
        {"level": "HELPFUL", "tags": [3]},
        {"level": "HELPFUL", "tags": ["helpfulOther"] * 100},
        [],
        None,
    ],
)
def test_what_is_no_rating_is_one_line_of_error(
    client: TestClient, ann: Headers, bo: Headers, body: object
) -> None:
    note_id = write(client, ann).json()["id"]
    reply = client.put(f"/v1/notes/{note_id}/rating", json=body, headers=bo)
    assert reply.status_code == 400
    assert len(error_of(reply)["message"]) < 200


# Reading


def test_notes_of_posts_come_in_the_stores_order_helpful_ones_first(
    client: TestClient, shelf: NoteShelf
) -> None:
    ids = [write(client, somebody(client), post).json()["id"] for post in (FIRST, FIRST, FIRST, SECOND)]
    decide(shelf, decided(ids[0], NOT_HELPFUL), decided(ids[2], HELPFUL))
    reply = client.get("/v1/notes", params={"post_id": [SECOND, "none", FIRST, SECOND]}).json()
    assert reply["next"] is None
    assert [note["id"] for note in reply["notes"]] == [ids[3], ids[2], ids[1], ids[0]]
    assert [note["status"] for note in reply["notes"]] == [NEEDS_MORE, HELPFUL, NEEDS_MORE, NOT_HELPFUL]


def test_what_was_decided_is_told_and_explained(client: TestClient, shelf: NoteShelf, ann: Headers) -> None:
    note_id = write(client, ann).json()["id"]
    decide(shelf, decided(note_id, HELPFUL, ratings=12))
    note = client.get(f"/v1/notes/{note_id}").json()
    assert (note["status"], note["rule"], note["margin"]) == (HELPFUL, "GeneralCRH", 0.05)
    assert (note["intercept"], note["factor"], note["ratings"]) == (0.45, -0.2, 12)
    assert note["sides"][0] == {"side": "a", "helpful": 6, "somewhat_helpful": 0, "not_helpful": 6}
    assert note["unplaced"] == {"helpful": 0, "somewhat_helpful": 1, "not_helpful": 0}
    assert "\n" not in note["explanation"]


def test_below_five_ratings_no_side_is_told(client: TestClient, shelf: NoteShelf, ann: Headers) -> None:
    note_id = write(client, ann).json()["id"]
    told = {}
    for number in (4, 5):
        decide(shelf, decided(note_id, NEEDS_MORE, number))
        told[number] = client.get(f"/v1/notes/{note_id}").json()
    assert told[4]["ratings"] == 4
    assert {count for side in told[4]["sides"] for name, count in side.items() if name != "side"} == {0}
    assert set(told[4]["unplaced"].values()) == {0}
    assert told[5]["sides"][0]["helpful"] == 2
    assert told[5]["unplaced"]["somewhat_helpful"] == 1


def test_the_latest_come_first_and_page_by_page(client: TestClient, shelf: NoteShelf) -> None:
    ids = [write(client, somebody(client)).json()["id"] for _ in range(5)]
    decide(shelf, *(decided(each, HELPFUL) for each in ids[:3]))
    whole = client.get("/v1/notes").json()
    assert whole["next"] is None
    assert {note["id"] for note in whole["notes"]} == set(ids)
    times = [note["created_at"] for note in whole["notes"]]
    assert times == sorted(times, reverse=True)
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get("/v1/notes", params=asked).json()
        assert len(page["notes"]) <= 2
        found += page["notes"]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert found == whole["notes"]
    helpful = client.get("/v1/notes", params={"status": HELPFUL}).json()["notes"]
    assert {note["id"] for note in helpful} == set(ids[:3])


@pytest.mark.parametrize(
    ("params", "at_fault"),
    [
        ({"status": "HELPFUL"}, "status"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "9" * 99 + "-" + "0" * 32}, "cursor"),
        ({"cursor": "1-" + "0" * 33}, "cursor"),
        ({"post_id": ""}, "post_id"),
        ({"post_id": "x" * 401}, "post_id"),
        ({"post_id": ["x"] * 101}, "post_id"),
        ({"post_id": "x", "limit": 3}, "post_id"),
        ({"post_id": "x", "status": HELPFUL}, "post_id"),
    ],
)
def test_what_cannot_be_listed_is_named(client: TestClient, params: dict[str, Any], at_fault: str) -> None:
    reply = client.get("/v1/notes", params=params)
    assert reply.status_code == 400
    assert error_of(reply)["param"].partition(".")[0] == at_fault


@pytest.mark.parametrize("note_id", ["x", "0" * 31, "0" * 33, "A" * 32, "%00" * 32, "..%2f" + "0" * 32])
def test_what_is_no_id_of_a_note_is_refused(client: TestClient, ann: Headers, note_id: str) -> None:
    assert client.get(f"/v1/notes/{note_id}").status_code in (400, 404)
    assert rate(client, ann, note_id).status_code in (400, 404)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=2100), post_id=st.text(max_size=410), level=st.text(max_size=30))
def test_whatever_is_sent_the_answer_is_in_shape(
    client: TestClient, ann: Headers, text: str, post_id: str, level: str
) -> None:
    for reply in (
        write(client, ann, FIRST, text),
        write(client, ann, post_id, text),
        rate(client, ann, "0" * 32, level, text),
        client.get("/v1/notes", params={"post_id": post_id, "cursor": text}, headers=ann),
    ):
        assert reply.status_code in (200, 201, 400, 404, 409, 429)
        if reply.status_code >= 400:
            assert error_of(reply)["message"]


# Beside posts


def test_a_hit_and_a_post_show_the_notes_rated_helpful_alone(
    client: TestClient, shelf: NoteShelf, ann: Headers, bo: Headers
) -> None:
    helpful = write(client, ann).json()["id"]
    poor = write(client, bo).json()["id"]
    write(client, ann, SECOND)
    rate(client, bo, helpful)
    hits = client.get("/v1/search", params={"q": "voyager"}).json()["hits"]
    assert [hit["notes"] for hit in hits] == [[], []]
    decide(shelf, decided(helpful, HELPFUL), decided(poor, NOT_HELPFUL))
    for who, level in ((NOBODY, None), (bo, "HELPFUL")):
        hits = client.get("/v1/search", params={"q": "voyager"}, headers=who).json()["hits"]
        assert [[note["id"] for note in hit["notes"]] for hit in hits] == [[helpful], []]
        (note,) = hits[0]["notes"]
        assert note == client.get(f"/v1/notes/{helpful}", headers=who).json()
        assert (note["rating"] and note["rating"]["level"]) == level
        for reply in (
            client.get(f"/v1/posts/{FIRST}", headers=who),
            client.get("/v1/posts", params={"id": FIRST}, headers=who),
        ):
            assert reply.json()["notes"] == [note]
    assert client.get("/v1/posts", params={"id": SECOND}).json()["notes"] == []
    feed = client.get("/v1/search.atom", params={"q": "voyager"}).text
    assert feed.count("Readers added context: ") == 1
    assert note["text"] in feed


def test_where_no_notes_are_kept_there_are_none() -> None:
    client = app_of(Fakes(notes=None))
    assert client.get("/v1/search", params={"q": "voyager"}).json()["hits"][0]["notes"] == []
    assert client.get("/v1/notes").status_code == 404
    assert not [path for path in client.get("/openapi.json").json()["paths"] if "note" in path]


# How much, and how often


def test_who_writes_or_rates_too_much_is_told_when_to_come_back(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "NOTES_AN_HOUR", 2)
    monkeypatch.setattr(notes, "RATINGS_AN_HOUR", 3)
    client = app_of(fakes)
    ann, bo = somebody(client), somebody(client)
    note_id = write(client, ann).json()["id"]
    assert write(client, ann).status_code == 409
    too_many = write(client, ann, SECOND)
    assert too_many.status_code == 429
    assert 0 < int(too_many.headers["retry-after"]) <= 1800
    assert error_of(too_many)["type"] == "rate_limit_error"
    assert write(client, bo, SECOND).status_code == 201, "another person has their own allowance"
    assert rate(client, bo, note_id).status_code == 200
    assert client.delete(f"/v1/notes/{note_id}/rating", headers=bo).status_code == 204
    assert rate(client, bo, note_id).status_code == 200
    assert rate(client, bo, note_id).status_code == 429
    assert client.delete(f"/v1/notes/{note_id}/rating", headers=bo).status_code == 429


def test_an_address_gets_so_many_identities(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "IDENTITIES_AN_HOUR", 2)
    app = fakes.app()
    here = TestClient(app, base_url="http://localhost", client=("192.0.2.1", 5000))
    there = TestClient(app, base_url="http://localhost", client=("192.0.2.2", 5000))
    assert [here.post("/v1/identities").status_code for _ in range(3)] == [201, 201, 429]
    assert there.post("/v1/identities").status_code == 201


def test_notes_and_ratings_are_counted(client: TestClient, ann: Headers, bo: Headers) -> None:
    note_id = write(client, ann).json()["id"]
    write(client, ann)
    rate(client, bo, note_id)
    rate(client, bo, note_id, "NOT_HELPFUL")
    rate(client, ann, note_id)
    found = samples(client)
    assert found["truthgpt_notes_written_total",] == 1
    assert found["truthgpt_ratings_total", "HELPFUL"] == 1
    assert found["truthgpt_ratings_total", "NOT_HELPFUL"] == 1
    assert found["truthgpt_scoring_runs_total", "failed"] == 0
    assert found["truthgpt_requests_total", "PUT", "/v1/notes/{note_id}/rating", "200"] == 2
