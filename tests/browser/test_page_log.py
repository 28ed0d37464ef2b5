"""The page of a server that logs no answers, or cannot: it says so in the reader's language."""

from __future__ import annotations

import pytest
from browser_page import OpenPage
from browser_stage import Stage
from playwright.sync_api import expect

from truthgpt.server.services import LogBody


@pytest.mark.parametrize(
    ("locale", "off", "failed"),
    [
        ("en", "not logged here", "cannot be logged now"),
        ("pt-BR", "não são registradas", "Não é possível registrar"),
        ("zh-CN", "不记录回答", "无法记录回答"),
    ],
)
def test_the_page_says_that_answers_are_not_logged(
    open_page: OpenPage, stage: Stage, locale: str, off: str, failed: str
) -> None:
    page = open_page(locale=locale)
    expect(page.locator("#imprint")).not_to_be_empty()
    expect(page.locator("#log")).to_be_hidden()
    for state, words in (("off", off), ("failed", failed)):
        stage.status = stage.status.model_copy(update={"log": LogBody(state=state)})  # type: ignore[arg-type]
        page.reload()
        expect(page.locator("#log")).to_contain_text(words)
