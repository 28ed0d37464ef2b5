"""A server with scripted answers and a real headless Chromium in front of it.

Every page that a test opens is watched: the test fails on an error in the console, on one that escapes a
script, and on a request that leaves the origin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_page import OpenPage, Watch, serve_stage
from browser_posts import POSTS
from browser_stage import Stage
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from truthgpt.database import open_database
from truthgpt.notes.store import NoteStore
from truthgpt.search.clicks import ClickLog

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A bound for what hangs, not on how fast it is: the language model writes under whatever load the machine has.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


# Of a module, not of the session: while Playwright runs, an event loop does, and no other test could run its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is needed for the page's tests")
        pytest.skip(f"no {CHROMIUM} on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoteStore]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('notes') / 'notes.db'}")
    yield NoteStore(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def shared_stage(notes: NoteStore, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(notes, ClickLog(tmp_path_factory.mktemp("clicks")))


@pytest.fixture(scope="module")
def origin(shared_stage: Stage) -> Iterator[str]:
    with serve_stage(shared_stage) as address:
        yield address


@pytest.fixture
def stage(shared_stage: Stage, notes: NoteStore) -> Iterator[Stage]:
    """The scripted services behind `origin`, as they were before the test; no post has a note."""
    status = shared_stage.status
    shared_stage.answerer.asked.clear()
    yield shared_stage
    notes.forget_posts(list(POSTS))
    shared_stage.answerer.gate.set()
    shared_stage.answerer.end.set()
    shared_stage.status = status
    shared_stage.halted = None


@pytest.fixture
def watch(origin: str) -> Iterator[Watch]:
    watching = Watch(origin)
    yield watching
    watching.check()


@pytest.fixture
def open_page(browser: Browser, origin: str, stage: Stage, watch: Watch) -> Iterator[OpenPage]:
    """Opens the page: `open_page(address="", **options of a browser context)`."""
    contexts: list[BrowserContext] = []

    def opened(address: str = "", **options: Any) -> Page:
        settings = {"locale": "en-GB", "timezone_id": "UTC", "viewport": {"width": 1280, "height": 900}}
        context = browser.new_context(**{**settings, **options})
        contexts.append(context)
        page = context.new_page()
        watch.attach(page)
        page.goto(f"{watch.origin}/{address}")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
