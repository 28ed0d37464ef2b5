"""What the page says of its model: not inspected, inspected by whom, or no longer certified."""

from __future__ import annotations

import pytest
from browser_page import OpenPage
from browser_stage import Stage
from playwright.sync_api import expect

from truthgpt.oversight.certificate.standing import Standing

CERTIFIED = Standing(
    "certified", "ab" * 32, "Ana <b>Inspects", "2026-03-01T12:00:00Z", "2026-08-28T12:00:00Z"
)


@pytest.mark.parametrize(
    ("locale", "words", "over"),
    [
        ("en", "Not inspected", "does not hold any more"),
        ("pt-BR", "Não inspecionado", "já não vale"),
        ("zh-CN", "未经检验", "已不再有效"),
    ],
)
def test_the_page_says_that_nobody_inspected_its_model(
    open_page: OpenPage, stage: Stage, locale: str, words: str, over: str
) -> None:
    page = open_page(locale=locale)
    expect(page.locator("#inspection")).to_contain_text(words)
    stage.status = stage.status.model_copy(update={"inspection": Standing("refused")})
    page.reload()
    expect(page.locator("#inspection")).to_contain_text(over)


def test_the_page_names_the_inspector(open_page: OpenPage, stage: Stage) -> None:
    """As text, whatever the name holds; and shows no warning."""
    stage.status = stage.status.model_copy(update={"inspection": CERTIFIED})
    page = open_page()
    expect(page.locator("#imprint")).to_contain_text("inspected by Ana <b>Inspects, until 2026-08-28")
    expect(page.locator("#inspection")).to_be_hidden()


def test_quotations_need_no_inspection(open_page: OpenPage, stage: Stage) -> None:
    stage.status = stage.status.model_copy(update={"quotes_only": True})
    page = open_page()
    expect(page.locator("#quotes-only")).to_be_visible()
    expect(page.locator("#inspection")).to_be_hidden()
