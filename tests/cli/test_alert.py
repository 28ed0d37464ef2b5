"""`truthgpt alert`: kept searches are told of what an import brings, on standard error, by a check and at a webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from command_line import Result, called


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Webhook)
        server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Webhook(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.taken: list[dict[str, object]] = []
        self.status = 204


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def posts(path: Path, *texts: str) -> Path:
    path.write_text("".join(json.dumps({"id": text, "text": text}) + "\n" for text in texts))
    return path


def test_an_import_tells_of_what_it_brought(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, webhook: Webhook
) -> None:
    def run(*arguments: object) -> Result:
        return called([*map(str, arguments), "--data", str(tmp_path / "d")], capfd)

    assert run("import", posts(tmp_path / "a.jsonl", "the moon is old")).code == 0
    address = f"http://127.0.0.1:{webhook.server_port}/hook"
    assert run("alert", "add", "moon", "moon -mars", "--webhook", address).code == 0
    assert run("alert", "add", "minus", "-moon").code == 0
    assert [found["name"] for found in run("alert", "list", "--json").json["alerts"]] == ["minus", "moon"]
    assert run("alert", "check", "--json").json == {"alerts": []}

    webhook.status = 500  # an import that ended well stays one; what was not taken is sent again
    brought = run("import", posts(tmp_path / "b.jsonl", "a new moon", "moon over mars"))
    assert brought.code == 3
    assert "did not take it" in brought.err
    assert "kept 2" in brought.out
    webhook.status = 204
    found = run("alert", "check", "moon", "--json").json["alerts"]
    assert [post["text"] for post in found[0]["posts"]] == ["a new moon"]
    assert webhook.taken[-1] == found[0]
    assert run("alert", "check", "--json").json == {"alerts": []}

    assert "alert minus: 1 new" in run("import", posts(tmp_path / "c.jsonl", "weather")).err
    assert run("alert", "remove", "moon").code == 0
    assert run("alert", "remove", "moon").code == 2
    assert "minus" in run("alert", "list").out


def test_a_query_that_cannot_be_read_is_refused(capfd: pytest.CaptureFixture[str], demo_data: Path) -> None:
    refused = called(["alert", "add", "x", "(moon", "--data", str(demo_data)], capfd)
    assert refused.code == 2
    assert "character 1 of the query" in refused.err
