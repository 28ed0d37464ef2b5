"""The page over the real thing: the demo posts, the real search, checks and language model, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser_notes import Shelf
from browser_page import OpenPage, ask, serve, shoot
from playwright.sync_api import expect

from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.notes.store import NoteStore
from truthgpt.oversight import acts
from truthgpt.server.opened import services_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def origin(
    demo_data: Path, default_model: Path, notes: NoteStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """As `make up` serves it: answers are logged."""
    chosen = settings.Settings(demo_data, str(default_model), model_chosen=True)
    logged = replace(chosen, data=tmp_path_factory.mktemp("logged"))  # many tests read the demo's folder
    log = acts.answers_of(logged, str(default_model), lambda: "")
    with Assistant.open(chosen) as assistant, serve(services_of(assistant, notes, log=log)) as address:
        yield address


def test_the_page_says_that_the_demo_is_fictional(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    expect(page.locator("#imprint")).to_contain_text("fictional")
    expect(page.locator("#imprint")).to_contain_text("472")
    shoot(page, "opening")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_answer_s_citation_opens_the_exact_passage(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    ask(page, "How many exoplanets have been confirmed?")
    expect(page.locator(".turn").last).to_contain_text("6,000")
    page.locator(".chip").first.click()
    marked = page.locator("mark").first
    expect(marked).to_be_visible()
    expect(marked).to_contain_text("6,000")
    page.mouse.move(700, 700)
    shoot(page, f"answer-{scheme}")


def test_a_corrected_rumour_is_not_the_answer(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Will the internet be switched off for five days?")
    turn = page.locator(".turn").last
    expect(turn).to_contain_text("There is no five-day internet shutdown")
    expect(turn.locator(".prose").first).not_to_contain_text("BREAKING")
    shoot(page, "rumour")


def test_the_sides_of_a_contested_question(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Should we build more nuclear power plants?")
    turn = page.locator(".turn").last
    expect(turn).to_contain_text("nuclear_yes")
    expect(turn).to_contain_text("renewables_first")
    shoot(page, "perspectives")


def test_what_the_posts_do_not_say(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Who painted the ceiling of the Sistine Chapel?")
    expect(page.locator(".turn").last.locator(".chip")).to_have_count(0)
    expect(page.locator(".turn").last).to_contain_text(re.compile("posts do not say", re.IGNORECASE))


def test_an_injected_script_is_text(open_page: OpenPage) -> None:
    page = open_page("#search=window.hacked")
    expect(page.locator(".hits li").first).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None


def test_chinese_and_portuguese_questions(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    ask(page, "高铁10月10日免费吗？")
    expect(page.locator(".turn").last).to_contain_text("没有这回事")
    shoot(page, "chinese")
    ask(page, "A Lua vai ficar verde?")
    expect(page.locator(".turn").last).to_contain_text("Ninguém anunciou Lua verde")


def test_a_phone(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, reduced_motion="reduce")
    ask(page, "How many exoplanets have been confirmed?")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "phone")


def test_a_note_stands_with_a_rumour(open_page: OpenPage, notes: NoteStore) -> None:
    page = open_page("#search=internet switched off five days")
    post = page.locator(".hits > li").filter(has_text="posted 14 times").first
    found = page.evaluate(
        "async (q) => (await fetch(`/v1/search?q=${q}`)).json()", "internet+switched+off+five+days"
    )
    rumour = next(hit["id"] for hit in found["hits"] if hit["copies"] == 14)
    shelf = Shelf(notes)
    shelf.standing(
        rumour,
        "No operator and no authority has announced this. Nobody can switch the internet off: it is tens of thousands of "
        "networks. See https://www.icann.org/en/blogs for what is really maintained.",
    )
    page.reload()
    expect(post.get_by_role("note")).to_contain_text("No operator and no authority has announced this.")
    post.get_by_role("button", name="Rate this note").click()
    expect(page.get_by_role("figure", name="Who finds it helpful")).to_be_visible()
    post.get_by_role("note").hover()
    shoot(page, "notes")


def test_search_finds_and_counts_copies(open_page: OpenPage) -> None:
    page = open_page("#search=internet switched off five days")
    expect(page.locator(".hits li").first).to_be_visible()
    expect(page.locator(".hits")).to_contain_text("14")
    shoot(page, "search")
