"""What the page's tests share: the service in a thread, a watch over what pages do, and common steps."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from browser_stage import Stage
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, Route, expect

from truthgpt.server.app import create_app
from truthgpt.server.serve import listen
from truthgpt.server.services import Services

OpenPage = Callable[..., Page]
"""`open_page(address="", **options of a browser context)` opens the page."""


PICTURES = Path(__file__).parents[2] / "docs" / "images"


def shoot(page: Page, name: str) -> None:
    """Keeps a picture for the documentation, where that is asked for."""
    if os.environ.get("TRUTHGPT_SCREENSHOTS"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@contextmanager
def serve(services: Services, **options: Any) -> Iterator[str]:
    """The real service over `services`, with `options` of `create_app`, on a free port, in a thread; gives its address."""
    listener = listen("127.0.0.1", 0)
    app = create_app(services, **options)
    config = uvicorn.Config(app, log_config=None, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()


@contextmanager
def serve_stage(stage: Stage, **options: Any) -> Iterator[str]:
    """The service over scripted answers; those that still wait are let go before it ends."""
    with serve(stage.services(), **options) as address:
        try:
            yield address
        finally:
            stage.answerer.gate.set()
            stage.answerer.end.set()


@dataclass
class Watch:
    """What pages did that they must not; `allowed` are patterns of console errors that a test provokes."""

    origin: str
    allowed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "blob:", "data:")):
            self.faults.append(f"request to {request.url}")

    def check(self) -> None:
        faults = [
            fault for fault in self.faults if not any(re.search(known, fault) for known in self.allowed)
        ]
        assert not faults, faults


def ask(page: Page, question: str) -> None:
    """Asks and waits until the answer is whole."""
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    finished(page)


def release(page: Page, held: list[Route]) -> None:
    """Lets the first request go that a route put in `held`, as soon as one is there."""
    deadline = time.monotonic() + 60
    while not held and time.monotonic() < deadline:
        page.wait_for_timeout(10)
    assert held, "nothing was asked for that could be let go"
    held[0].continue_()


def finished(page: Page) -> None:
    """Waits until the last answer is whole."""
    expect(page.locator(".turn").last).to_have_attribute("aria-busy", "false")
