"""`/openapi.json` and `/docs`: the description is true (fuzzed by it) and shown without anything from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from server_fakes import Fakes

REFUSALS = [400, 401, 403, 404, 405, 413]
SCHEMA = schemathesis.openapi.from_asgi(
    "/openapi.json",
    Fakes().app(),
    headers={"Host": "localhost"},
    config=schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": [*REFUSALS, 503]}}}
    ),
)
# Messages without one of the user, a blank one, or a seed at the edge of 64 bits fit the schema and are refused.
REFUSES_MORE = "/v1/chat/completions"
# A query has a grammar, and a cursor is a word that the service wrote: no schema tells which of them can be read.
NOT_READ = "q", "cursor"


@SCHEMA.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_is_described_holds(case: Case) -> None:
    response = case.call(headers={"Host": "localhost"})
    not_read = response.status_code == 400 and response.json()["error"]["param"] in NOT_READ
    excluded = [positive_data_acceptance] if case.path == REFUSES_MORE or not_read else []
    case.validate_response(response, headers={"Host": "localhost"}, excluded_checks=excluded)


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
        "/healthz",
        "/metrics",
    }
    assert "422" not in str(api)
    assert "HTTPValidationError" not in str(api)
    search = api["paths"]["/v1/search"]["get"]["responses"]
    assert search["400"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorBody")


def test_the_guide_names_every_operation_and_no_other(client: TestClient) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    named = set(re.findall(r"`(GET|POST) (/[^`\s]*)`", guide))
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
