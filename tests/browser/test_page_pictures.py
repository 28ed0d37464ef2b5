"""The pictures of the documentation, taken from the page: `TRUTHGPT_SCREENSHOTS=1 pytest tests/browser`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser_page import OpenPage, ask
from playwright.sync_api import Page, expect

PICTURES = Path(__file__).parents[2] / "docs" / "images"

pytestmark = pytest.mark.skipif(
    not os.environ.get("TRUTHGPT_SCREENSHOTS"), reason="pictures are taken with TRUTHGPT_SCREENSHOTS=1"
)


def shoot(page: Page, name: str, *, full: bool = False) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=full, animations="disabled")


def test_opening(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    expect(page.locator("#imprint")).to_contain_text("428")
    shoot(page, "opening")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_answer(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    ask(page, "How many exoplanets have been confirmed?")
    page.locator(".chip").first.click()
    page.mouse.move(700, 700)
    shoot(page, f"answer-{scheme}")


def test_perspectives(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Should we build more nuclear power stations?")
    shoot(page, "perspectives")


def test_phone(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, reduced_motion="reduce")
    ask(page, "How many exoplanets have been confirmed?")
    shoot(page, "phone")
    page.locator(".chip").first.click()
    shoot(page, "phone-post")


def test_chinese(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    ask(page, "大熊猫还是濒危物种吗？")
    shoot(page, "chinese")


def test_search(open_page: OpenPage) -> None:
    page = open_page("#search=exoplanet")
    expect(page.locator(".hits li").first).to_be_visible()
    shoot(page, "search")
