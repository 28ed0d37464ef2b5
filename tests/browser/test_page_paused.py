"""The page of a paused server: it says why and since when, in the reader's language, and searches go on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from browser_access import CONTRAST
from browser_page import OpenPage, Watch, ask
from browser_stage import Stage
from playwright.sync_api import expect

from truthgpt.oversight.pause import Paused
from truthgpt.server.services import PausedBody

HELD = Paused("<b>a leak</b>", "Ana", datetime(2026, 3, 1, 17, 30, tzinfo=UTC))
BODY = PausedBody(reason=HELD.reason, since=HELD.since)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-GB", "Answers are paused since 1 March 2026 at 17:30: <b>a leak</b>."),
        ("pt-BR", "As respostas estão pausadas desde 1 de março de 2026 às 17:30: <b>a leak</b>."),
        ("zh-CN", "自 2026年3月1日 17:30 起暂停回答：<b>a leak</b>。"),
    ],
)
def test_a_paused_server_says_why_and_since_when(
    open_page: OpenPage, stage: Stage, language: str, said: str
) -> None:
    stage.halted, stage.status = HELD, stage.status.model_copy(update={"paused": BODY})
    page = open_page("#search=exoplanet", locale=language)
    expect(page.locator("#paused")).to_contain_text(said)
    expect(page.locator(".hits li").first).to_be_visible()
    assert page.evaluate(CONTRAST) == []


def test_a_pause_shows_at_the_next_question_and_goes_when_it_ends(
    open_page: OpenPage, stage: Stage, watch: Watch
) -> None:
    watch.allowed.append("status of 503")
    page = open_page()
    expect(page.locator("#paused")).to_be_hidden()
    running = stage.status
    stage.halted, stage.status = HELD, running.model_copy(update={"paused": BODY})
    page.locator("#question").fill("How many exoplanets have been confirmed?")
    page.locator("#question").press("Enter")
    expect(page.locator(".turn")).to_contain_text("Answers are paused; the top of the page says why.")
    expect(page.locator("#paused")).to_be_visible()
    stage.halted, stage.status = None, running
    expect(page.locator("#paused")).to_be_hidden()
    ask(page, "How many exoplanets have been confirmed?")
