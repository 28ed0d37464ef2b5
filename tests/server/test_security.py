"""What stands before every request: headers, Host, Origin, the key, the limit on a body."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes, served

from truthgpt.errors import BadInputError
from truthgpt.server.security import BODY_LIMIT, CONTENT_SECURITY_POLICY, is_loopback

ADDRESSES = [
    "/",
    "/page/main.js",
    "/docs",
    "/page/docs/docs.js",
    "/openapi.json",
    "/healthz",
    "/v1/status",
    "/none",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_response_carries_the_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["font-src"] == "'self'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_a_failure_inside_is_one_line_with_the_headers_and_without_its_text(fakes: Fakes) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("secret")

    fakes.searcher.page = broken  # type: ignore[method-assign]
    reply = TestClient(fakes.app(), base_url="http://localhost").get("/v1/search?q=a")
    assert reply.status_code == 500
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.json()["error"]["type"] == "server_error"
    assert "secret" not in reply.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:99", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"]
)
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:8080", "", "127.0.0.1.evil", "[::2]", "::1"]
)
def test_a_rebound_name_is_not_answered(client: TestClient, host: str) -> None:
    for address in ("/", "/v1/status", "/page/main.js"):
        assert client.get(address, headers={"Host": host}).status_code == 421


def test_off_loopback_any_name_is_answered_for_the_key_guards(fakes: Fakes) -> None:
    client = TestClient(fakes.app(host="0.0.0.0", api_key="k"), base_url="http://posts.example")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:3000", "http://localhost", "null", ""]
)
def test_a_page_of_another_origin_cannot_post(client: TestClient, fakes: Fakes, origin: str) -> None:
    reply = client.post("/v1/ask", json={"question": "a?"}, headers={"Origin": origin})
    assert reply.status_code == 403
    assert client.get("/v1/ask?question=a", headers={"Origin": origin}).status_code == 403
    assert fakes.answerer.asked == []


def test_the_page_itself_can_post(client: TestClient) -> None:
    headers = {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/ask", json={"question": "a?"}, headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_make_the_model_work(
    client: TestClient, fakes: Fakes, site: str
) -> None:
    assert client.get("/v1/ask?question=a", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.get("/", headers={"Sec-Fetch-Site": site}).status_code != 403, "a link to the page works"
    assert fakes.answerer.asked == []


@pytest.mark.parametrize("address", ["/v1/status", "/v1/none", "/v1/posts/a", "/metrics"])
def test_with_a_key_what_it_guards_needs_it(fakes: Fakes, address: str) -> None:
    client = TestClient(fakes.app(api_key="sésame"), base_url="http://localhost")
    for value in (None, "", "Bearer", "Bearer x", "Bearer sésam", "Basic sésame", "sésame"):
        headers = {} if value is None else {"Authorization": value.encode()}
        reply = client.get(address, headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert reply.json()["error"]["code"] == "invalid_api_key"
    assert client.get(address, headers={"Authorization": "bearer sésame".encode()}).status_code in (200, 404)


def test_with_a_key_the_page_and_the_health_check_are_open(fakes: Fakes) -> None:
    client = TestClient(fakes.app(api_key="k"), base_url="http://localhost")
    for address in ("/docs", "/openapi.json", "/healthz"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "posts.example", "localhost.example"])
def test_other_than_loopback_needs_a_key(fakes: Fakes, host: str) -> None:
    with pytest.raises(BadInputError, match="set an API key"):
        fakes.app(host=host)
    with pytest.raises(BadInputError, match="set an API key"):
        fakes.app(host=host, api_key="")
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_needs_none(fakes: Fakes, host: str) -> None:
    assert fakes.app(host=host)


def test_a_body_over_the_limit_is_refused_by_its_length(client: TestClient, fakes: Fakes) -> None:
    reply = client.post(
        "/v1/ask", content=b" " * (BODY_LIMIT + 1), headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 413
    assert reply.json()["error"]["message"] == f"the body is larger than {BODY_LIMIT} bytes"
    assert fakes.answerer.asked == []


def test_a_body_at_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps({"question": "a?", "stream": False}).encode()
    padded = body + b" " * (BODY_LIMIT - len(body))
    reply = client.post("/v1/ask", content=padded, headers={"Content-Type": "application/json"})
    assert reply.status_code == 200


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 3 * BODY_LIMIT])
def test_a_chunked_body_over_the_limit_is_refused_while_it_is_read(fakes: Fakes, size: int) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(0, size, 64 * 1024):
            yield b" " * (64 * 1024)

    with served(fakes.app()) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.request(
            "POST", "/v1/ask", chunks(), {"Content-Type": "application/json"}, encode_chunked=True
        )
        reply = connection.getresponse()
        assert reply.status == 413
        assert "larger than" in json.loads(reply.read())["error"]["message"]
        connection.close()


def test_a_client_that_waits_to_send_is_refused_before_it_sends(fakes: Fakes) -> None:
    with served(fakes.app()) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.putrequest("POST", "/v1/ask")
        connection.putheader("Content-Length", str(10**9))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()
