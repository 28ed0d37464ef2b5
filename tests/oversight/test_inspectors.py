"""Inspectors: keys that are told once and taken back at once, what they open and what not, and refusals as they are counted."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from truthgpt.cli.app import main
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.incidents import FIELDS, Incidents, opening
from truthgpt.oversight.inspectors import FILE, Inspectors
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import Log, Verifier, merkle, proof, tiles
from truthgpt.oversight.log.events import Answered, Decided, record
from truthgpt.oversight.log.texts import Text, Texts
from truthgpt.oversight.statistics import Counts
from truthgpt.server import inspectors as doors
from truthgpt.server.app import create_app
from truthgpt.server.services import Services, Status

MAY = datetime(2026, 5, 4, 10, tzinfo=UTC)
CERTIFICATES = Path(__file__).parent / "certificates"
SECRET_QUESTION = "where does my neighbour keep her key?"


def services(data: Path) -> Services:
    """Enough to be inspected: nothing is asked here."""
    status = Status(version="1", model="m", quotes_only=False, posts=3, demo=False, corpus_version=2)
    nothing = cast(Any, SimpleNamespace(dimensions=1))
    return Services(nothing, nothing, nothing, nothing, None, lambda: status, data=data)


def answered(law: str, decision: Any, rule: str = "", statute: str = "") -> Answered:
    return Answered(Text(SECRET_QUESTION), Text("a"), decision, law, "m", 2, rule, statute)


def judged(law: str, decision: Any, rule: str = "", statute: str = "") -> Decided:
    return Decided(Text("p"), decision, law, 0.9, rule, statute)


EVENTS = [
    *[answered("us", "answer")] * 3,
    answered("us", "care"),
    *[answered("us", "refuse", "explosives", "18 U.S.C. § 842(p)")] * 2,
    judged("us", "refuse", "explosives", "18 U.S.C. § 842(p)"),
    answered("de", "refuse", "hatred", "§ 130 StGB"),
    judged("de", "answer"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a log of 266 entries, an incident and a certificate."""
    data = tmp_path_factory.mktemp("inspected")
    oversight = data / "oversight"
    texts = Texts(oversight / "texts.db")
    with Log.open(oversight / "log") as log:
        log.append_all([b"filling %d" % number for number in range(tiles.WIDTH + 1)])
        for number, event in enumerate(EVENTS):
            record(log, texts, event, MAY + timedelta(minutes=number))
    report = {"kind": "security", "aware": "2026-05-04T10:00:00+02:00", **dict.fromkeys(FIELDS, "<b>x</b>")}
    Incidents(data).open(opening(report), "Ana")
    (oversight / "certificates").mkdir()
    (oversight / "certificates" / "one.json").write_bytes((CERTIFICATES / "v1-first.json").read_bytes())
    return data


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    return Inspectors(folder).add("Ana", 30)[1]


@pytest.fixture
def client(folder: Path) -> TestClient:
    # Others need the server's key; an inspector needs none but their own.
    return TestClient(create_app(services(folder), api_key="server"), base_url="http://localhost")


@pytest.fixture
def inspector(client: TestClient, key: str) -> TestClient:
    client.headers["Authorization"] = f"Bearer {key}"
    return client


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_key_is_told_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    """The file holds no key, and nobody but its owner may read it."""
    known = Inspectors(tmp_path)
    ana, key = known.add("  Ana \n B ", 30)
    path = tmp_path / "oversight" / FILE
    assert len(base64.urlsafe_b64decode(key.removeprefix("tgi_") + "=")) == 32
    assert key.removeprefix("tgi_") not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert ana.name == "Ana B"
    assert known.whose(key) == ana
    assert known.whose(key + "x") is known.whose(ana.hash) is known.whose("") is None
    with pytest.raises(BadInputError, match="already"):
        known.add("Ana B", 1)
    for name, days in (("", 1), ("x" * 101, 1), ("a\x1bb", 1), ("b", 0), ("b", 3651)):
        with pytest.raises(BadInputError):
            known.add(name, days)
    known.remove("Ana B")
    assert known.whose(key) is None
    with pytest.raises(MissingError):
        known.remove("Ana B")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"format":"truthgpt inspectors 1","inspectors":[{"name":"a","hash":"zz"}]}'],
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    """Not even whoever had a key, and the answer names no folder of the machine."""
    _, key = Inspectors(tmp_path).add("Ana", 30)
    (tmp_path / "oversight" / FILE).write_bytes(content)
    client = TestClient(create_app(services(tmp_path)), base_url="http://localhost")
    reply = client.get("/v1/oversight", headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 503
    assert str(tmp_path) not in reply.text


def test_every_address_asks_for_an_inspectors_key(client: TestClient, key: str) -> None:
    """The server's key opens none of them, an inspector's nothing else, and a key in an address counts for nothing."""
    paths = [path for path in client.get("/openapi.json").json()["paths"] if "/oversight" in path]
    assert len(paths) == 12
    for path in paths:
        address = path.replace("{index}", "0").replace("{incident}", "x").replace("{path}", "0/000")
        assert code(client.get(address)) == (401, "inspector_key_missing")
        assert code(client.get(f"{address}?key={key}")) == (401, "inspector_key_missing")
        bearer = {"Authorization": "Bearer server"}
        assert code(client.get(address, headers=bearer)) == (401, "inspector_key_unknown")
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = client.request(method, address, headers={"Authorization": f"Bearer {key}"})
            assert reply.status_code == 405
    for path in ("/v1/status", "/v1/oversightx", "/v1/oversight/../status", "/metrics"):
        reply = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert reply.status_code in (401, 404)
    described = client.get("/openapi.json").json()["paths"]["/v1/oversight/log"]["get"]
    assert described["security"] == [{"inspector": []}]


def test_keys_that_are_over_or_taken_back_open_nothing(folder: Path, client: TestClient) -> None:
    """At once, on a server that runs."""
    known = Inspectors(folder)
    _, key = known.add("Bo", 1)
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/oversight", headers=bearer).json()["inspector"] == "Bo"
    path = folder / "oversight" / FILE
    rows = json.loads(path.read_bytes())
    rows["inspectors"][-1]["expires"] = "2026-01-01T00:00:00+00:00"
    path.write_text(json.dumps(rows))
    assert code(client.get("/v1/oversight", headers=bearer)) == (403, "inspector_key_over")
    known.remove("Bo")
    assert code(client.get("/v1/oversight", headers=bearer)) == (401, "inspector_key_unknown")


def test_too_many_requests_are_refused(folder: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses by address, reads by inspector; guessing locks nobody out who has a key."""
    monkeypatch.setattr(doors, "READS_AN_HOUR", 2)
    monkeypatch.setattr(doors, "WRONG_AN_HOUR", 2)
    client = TestClient(create_app(services(folder)), base_url="http://localhost")
    wrong = [client.get("/v1/oversight", headers={"Authorization": "Bearer tgi_x"}) for _ in range(3)]
    assert [each.status_code for each in wrong] == [401, 401, 429]
    right = [client.get("/v1/oversight", headers={"Authorization": f"Bearer {key}"}) for _ in range(3)]
    assert [each.status_code for each in right] == [200, 200, 429]
    assert int(right[-1].headers["Retry-After"]) > 0


def test_a_monitor_can_follow_the_log(folder: Path, inspector: TestClient) -> None:
    """Checkpoint and tiles as they lie on the disk, and no other file; the root follows from what was fetched."""
    log = inspector.get("/v1/oversight/log").json()
    note = inspector.get("/v1/oversight/log/checkpoint").content
    assert note.decode() == log["checkpoint"]
    entries = []
    for index, width in tiles.layout(log["size"], 0):
        reply = inspector.get(f"/v1/oversight/log/{tiles.path(tiles.ENTRIES, index, width)}")
        assert reply.headers["Cache-Control"].startswith("private" if width == tiles.WIDTH else "no-store")
        entries += tiles.unbundled(reply.content)
    with Log.open(folder / "oversight" / "log") as kept:
        assert kept.size == len(entries) == log["size"]
        leaves = [merkle.leaf_hash(each) for each in entries]
        hashes = inspector.get("/v1/oversight/log/tile/0/000").content
        assert tiles.hashes_of(hashes) == leaves[: tiles.WIDTH]
        assert kept.view().root(log["size"]).hex() == log["root"]
    for path in ("0/001", "..%2fcheckpoint", "..%2f..%2finspectors.json", "entries/000/", "0/000.p/256", "x"):
        assert inspector.get(f"/v1/oversight/log/tile/{path}").status_code == 404


def test_entries_are_read_in_words_and_proven(inspector: TestClient) -> None:
    """The newest first and page by page, with proofs that hold offline; no question of a person among them."""
    size = len(EVENTS) + tiles.WIDTH + 1
    first = inspector.get("/v1/oversight/log/entries?limit=5").json()
    assert [each["index"] for each in first["entries"]] == list(range(size - 1, size - 6, -1))
    then = inspector.get(f"/v1/oversight/log/entries?limit=5&before={first['next']}").json()
    assert then["entries"][0]["index"] == size - 6
    refused = inspector.get("/v1/oversight/log/entries?kind=decision&limit=100").json()
    assert [each["kind"] for each in refused["entries"]] == ["decision"] * 2
    assert refused["next"] is None
    one = inspector.get("/v1/oversight/log/entries/262")
    assert "18 U.S.C. § 842(p)" in one.json()["words"]
    assert SECRET_QUESTION not in one.text
    raw = inspector.get("/v1/oversight/log/entries/262/raw").content
    key = Verifier.parse(inspector.get("/v1/oversight/log").json()["key"])
    assert proof.parse(one.json()["proof"].encode()).check(raw, [key]).size == size
    assert inspector.get(f"/v1/oversight/log/entries/{size}").status_code == 404
    assert inspector.get("/v1/oversight/log/entries/-1").status_code == 400


def test_incidents_and_certificates_are_shown(inspector: TestClient) -> None:
    """With deadlines; as JSON and PDF; a certificate whose key is not trusted here says so."""
    (listed,) = inspector.get("/v1/oversight/incidents").json()["incidents"]
    assert listed["deadlines"][0]["due"] == "2026-05-09T08:00:00Z"
    assert "harm" not in listed
    assert inspector.get(f"/v1/oversight/incidents/{listed['id']}").json()["harm"] == "<b>x</b>"
    printed = inspector.get(f"/v1/oversight/incidents/{listed['id']}/pdf")
    assert printed.content.startswith(b"%PDF")
    assert inspector.get("/v1/oversight/incidents/INC-2026-9999").status_code == 404
    (one,) = inspector.get("/v1/oversight/certificates").json()["certificates"]
    assert not one["holds"]
    assert not one["served"]
    assert any(each.startswith("key") for each in one["wrong"])
    assert one["content"].encode() == (CERTIFICATES / "v1-first.json").read_bytes()


def test_refusals_are_counted_from_the_log(inspector: TestClient) -> None:
    found = inspector.get("/v1/oversight/refusals").json()
    assert found["jurisdictions"][0] == {
        "jurisdiction": "us",
        "questions": 6,
        "care": 1,
        "refused": 2,
        "prompts": 1,
        "prompts_refused": 1,
    }
    assert [(each["rule"], each["questions"], each["prompts"]) for each in found["refusals"]] == [
        ("explosives", 2, 1),
        ("hatred", 1, 0),
    ]
    assert found["first"].startswith("2026-05-04T10:00")


def test_counting_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Each entry counts once however often it is asked, and another log in its place is counted anew."""
    key = SigningKey.from_seed(bytes(32))
    texts = Texts(tmp_path / "texts.db")
    counts = Counts()
    with Log.open(tmp_path / "a", origin="a.example/log", key=key) as log:
        assert counts.of(log.view()).refusals == ()
        for seen in (1, 2):
            record(log, texts, answered("us", "refuse", "r", "s"))
            log.append(b'{"kind":"answer"')
            assert counts.of(log.view()).refusals[0].questions == seen
            assert counts.of(log.view()).refusals[0].questions == seen
    with Log.open(tmp_path / "b", origin="a.example/log", key=key) as other:
        other.append_all([b"%d" % number for number in range(9)])
        assert counts.of(other.view()).refusals == ()


def test_a_folder_without_anything_is_no_error_to_look_at(tmp_path: Path) -> None:
    _, key = Inspectors(tmp_path).add("Ana", 30)
    client = TestClient(create_app(services(tmp_path)), base_url="http://localhost")
    client.headers["Authorization"] = f"Bearer {key}"
    assert client.get("/v1/oversight/incidents").json() == {"incidents": []}
    assert client.get("/v1/oversight/certificates").json() == {"certificates": []}
    for path in ("log", "log/checkpoint", "log/entries", "refusals"):
        reply = client.get(f"/v1/oversight/{path}")
        assert reply.status_code == 404
        assert str(tmp_path) not in reply.text


def test_without_a_data_folder_there_is_nothing_to_read(tmp_path: Path) -> None:
    app = create_app(replace(services(tmp_path), data=None))
    assert TestClient(app, base_url="http://localhost").get("/v1/oversight").status_code == 404


def test_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`inspector add` prints the key; `list` never does; `remove` takes it back, and 3 where nobody is called so."""

    def run(*arguments: str) -> tuple[int, Any]:
        with pytest.raises(SystemExit) as stop:
            main(["inspector", *arguments, "--data", str(tmp_path), "--json"])
        out = capfd.readouterr().out
        return cast(int, stop.value.code), json.loads(out) if out else None

    status, added = run("add", "Ana", "--days", "2")
    assert status == 0
    assert Inspectors(tmp_path).whose(added["key"]) is not None
    status, listed = run("list")
    assert [(each["name"], each["over"]) for each in listed["inspectors"]] == [("Ana", False)]
    assert "key" not in listed["inspectors"][0]
    assert run("add", "Ana")[0] == 2
    assert run("remove", "Ana") == (0, {"removed": "Ana"})
    assert run("remove", "Ana")[0] == 3
