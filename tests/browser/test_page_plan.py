"""The page of a plan in a real browser: nothing runs over on a telephone, nothing is fetched, its pictures are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_page import shoot
from playwright.sync_api import Browser, expect

from truthgpt.training.planner.machine import machine
from truthgpt.training.planner.page import write
from truthgpt.training.planner.request import Asked, answered, network


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = answered(
        Asked(network("llama3-405b"), 10_000, machine("h100-sxm"), days=60.0, counts=(1_024, 4_096, 16_384))
    )
    path: Path = tmp_path_factory.mktemp("plan") / "plan.html"
    write(made, path)
    return path.as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(1_200, "light"), (390, "dark")])
def test_a_plan_s_page_fits_the_screen(browser: Browser, address: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1_500}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("10,000 H100")
    assert page.locator("svg").count() >= 6
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert asked == [address]
    if width == 1_200:
        shoot(page, "plan")
    page.close()
