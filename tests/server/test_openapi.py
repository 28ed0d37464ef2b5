"""`/openapi.json` and `/docs`: the description is true (fuzzed by it) and shown without anything from elsewhere."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from note_fakes import FakeShelf
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from server_fakes import Fakes

from truthgpt.search.clicks import ClickLog
from truthgpt.server.identity import IDENTITY
from truthgpt.server.note_bodies import ID_LIMIT

HOST = {"Host": "localhost"}
REFUSALS = [400, 401, 403, 404, 405, 413]
SHELF = FakeShelf()
SECRET = SHELF.new_person()[1]
NOTE = SHELF.write("somebody else", "demo:1", "NOT_MISLEADING", "It did leave in 1977.", 1_700_000_000_000)
SCHEMA = schemathesis.openapi.from_asgi(
    "/openapi.json",
    Fakes(notes=SHELF, clicks=ClickLog(Path(tempfile.mkdtemp()))).app(),
    headers=HOST,
    config=schemathesis.Config.from_dict(
        {
            "base-url": "http://localhost",
            "checks": {"negative_data_rejection": {"expected-statuses": [*REFUSALS, 503]}},
        }
    ),
)
# Messages without one of the user, a blank one, or a seed at the edge of 64 bits fit the schema and are refused.
REFUSES_MORE = "/v1/chat/completions"
# A query has a grammar, a cursor is a word that the service wrote, the text of a note has no control characters, and notes of
# posts are asked for without pages, what was clicked was shown: no schema tells which of them can be read.
NOT_READ = "q", "cursor", "text", "post_id", "shown", "clicked"


@SCHEMA.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.parametrize("headers", [HOST, {**HOST, IDENTITY: SECRET}], ids=["nobody", "somebody"])
def test_what_is_described_holds(case: Case, headers: dict[str, str]) -> None:
    _meet(case)
    response = case.call(headers=headers)
    not_read = response.status_code == 400 and response.json()["error"]["param"] in NOT_READ
    excluded = [positive_data_acceptance] if case.path == REFUSES_MORE or not_read else []
    case.validate_response(response, headers=headers, excluded_checks=excluded)


def _meet(case: Case) -> None:
    """Makes a request that names any note or post, as it may, name one that is there."""
    if re.fullmatch("[0-9a-f]{32}", str((case.path_parameters or {}).get("note_id"))):
        case.path_parameters["note_id"] = NOTE.id
    if case.path == "/v1/notes" and isinstance(case.body, dict):
        post_id = case.body.get("post_id")
        if isinstance(post_id, str) and 0 < len(post_id) <= ID_LIMIT:
            case.body["post_id"] = NOTE.post_id


def test_validation_errors_are_described_as_they_are(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    assert set(api["paths"]) == {
        "/v1/ask",
        "/v1/search",
        "/v1/search.atom",
        "/v1/trends",
        "/v1/posts",
        "/v1/posts/{post_id}",
        "/v1/status",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/identities",
        "/v1/notes",
        "/v1/notes/{note_id}",
        "/v1/notes/{note_id}/rating",
        "/healthz",
        "/metrics",
    }
    assert "422" not in str(api)
    assert "HTTPValidationError" not in str(api)
    search = api["paths"]["/v1/search"]["get"]["responses"]
    assert search["400"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorBody")


def test_the_guide_names_every_operation_and_no_other(tmp_path: Path) -> None:
    client = TestClient(Fakes(clicks=ClickLog(tmp_path)).app(), base_url="http://localhost")
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    named = set(re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s]*)`", guide))
    paths = client.get("/openapi.json").json()["paths"]
    assert named == {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_with_a_key_the_description_says_where_it_is_needed(fakes: Fakes) -> None:
    paths = (
        TestClient(fakes.app(api_key="k"), base_url="http://localhost").get("/openapi.json").json()["paths"]
    )
    assert "security" not in paths["/healthz"]["get"]
    assert paths["/v1/ask"]["post"]["security"]


def test_the_docs_load_nothing_from_elsewhere_and_inline_nothing(client: TestClient) -> None:
    page = client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert address.startswith("/")
        if address != "/" and address != "/favicon.svg":
            assert client.get(address).status_code == 200
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)|\son\w+=", page)
    assert "javascript" in client.get("/page/docs/docs.js").headers["content-type"]


@pytest.mark.parametrize("address", ["/page/../app.py", "/page/%2e%2e/app.py", "/page/docs/..%2f..%2fapp.py"])
def test_static_files_stay_within_their_folder(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404
