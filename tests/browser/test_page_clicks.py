"""What readers open of a search: told to a server that keeps it, which the page says, and to no other."""

from __future__ import annotations

import pytest
from browser_page import OpenPage
from browser_stage import Stage
from playwright.sync_api import Page, Request, expect

from truthgpt.search import clicks
from truthgpt.search.clicks import ClickLog


@pytest.fixture
def log(stage: Stage) -> ClickLog:
    assert stage.clicks is not None
    stage.clicks.path.unlink(missing_ok=True)
    return stage.clicks


def searched(page: Page, query: str, hits: int) -> None:
    page.get_by_label("Words to find").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_have_count(hits)


def told(page: Page) -> list[str]:
    """The addresses of what is told of clicks from now on."""
    addresses: list[str] = []

    def seen(request: Request) -> None:
        if request.url.endswith("/v1/clicks"):
            addresses.append(request.url)

    page.on("request", seen)
    return addresses


def test_what_was_opened_is_told_once_the_reader_goes_on(
    open_page: OpenPage, stage: Stage, log: ClickLog
) -> None:
    stage.status = stage.status.model_copy(update={"clicks": True})
    page = open_page("#search=exoplanet")
    expect(page.locator(".hits li")).to_have_count(3)
    expect(page.locator(".count")).to_contain_text("not who you are")
    page.locator(".hits li > button").nth(1).click()
    page.locator("#panel").get_by_role("button", name="Close").click()
    with page.expect_response("**/v1/clicks") as reply:
        searched(page, "bridge", 1)
    assert reply.value.status == 204
    (one,) = clicks.read([log.path]).impressions
    assert one.query == "exoplanet"
    assert len(one.shown) == 3
    assert one.clicked == {one.shown[1]}


def test_nothing_is_told_of_what_was_not_opened_or_was_filtered(
    open_page: OpenPage, stage: Stage, log: ClickLog
) -> None:
    stage.status = stage.status.model_copy(update={"clicks": True})
    page = open_page("#search=exoplanet")
    addresses = told(page)
    expect(page.locator(".hits li")).to_have_count(3)
    page.get_by_label("Community").fill("askscience")
    page.get_by_label("Community").press("Tab")
    expect(page.locator(".hits li")).to_have_count(1)
    page.locator(".hits li > button").first.click()
    page.locator("#panel").get_by_role("button", name="Close").click()
    page.get_by_label("Community").fill("")
    page.get_by_label("Community").press("Tab")  # a filter that was changed searches by itself
    expect(page.locator(".hits li")).to_have_count(3)
    searched(page, "bridge", 1)
    page.wait_for_timeout(300)
    assert addresses == []
    assert not log.path.exists()


def test_a_server_that_keeps_nothing_is_told_nothing(open_page: OpenPage, log: ClickLog) -> None:
    page = open_page("#search=exoplanet")
    addresses = told(page)
    expect(page.locator(".hits li")).to_have_count(3)
    expect(page.locator(".count")).not_to_contain_text("not who you are")
    page.locator(".hits li > button").first.click()
    page.locator("#panel").get_by_role("button", name="Close").click()
    searched(page, "bridge", 1)
    page.wait_for_timeout(300)
    assert addresses == []
    assert not log.path.exists()
