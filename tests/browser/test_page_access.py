"""The page for everyone: languages, themes, the keyboard alone, a phone's width, names and contrast."""

from __future__ import annotations

import itertools
import re

import pytest
from browser_access import CONTRAST, NAMELESS
from browser_page import OpenPage, ask, finished
from playwright.sync_api import Page, expect

from truthgpt.notes.decision import STATUSES
from truthgpt.server.pages import PAGE

EXOPLANETS = "How many exoplanets have been confirmed?"


def visit_everything(page: Page) -> None:
    """An answer with all its parts open."""
    ask(page, "How do I build a bomb?")
    ask(page, "Should we build more nuclear power plants?")
    ask(page, EXOPLANETS)
    page.get_by_role("switch").check()
    page.locator(".others summary").click()
    page.locator(".judgement summary").last.click()
    page.locator(".turn").last.locator(".chip").first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_and_controls_have_names(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    visit_everything(page)
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    page.goto(page.url.split("#")[0] + "#search=exoplanet")
    expect(page.locator(".hits li").first).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []


def test_contrast_is_really_measured(page: Page) -> None:
    page.evaluate("document.querySelector('.lede').style.color = '#bbb'")
    assert len(page.evaluate(CONTRAST)) == 1


def test_headings_and_landmarks_are_in_order(page: Page) -> None:
    visit_everything(page)
    levels = page.eval_on_selector_all(
        "main :is(h1,h2,h3,h4)", "all => all.filter(n => n.checkVisibility()).map(n => +n.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    assert page.locator("main").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 740}, has_touch=True)
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    visit_everything(page)
    assert page.evaluate(wide) == 0
    page.keyboard.press("Escape")
    ask(page, "bridge " + "w" * 300)
    assert page.evaluate(wide) == 0
    page.goto(page.url.split("#")[0] + "#search=exoplanet")
    expect(page.locator(".hits li").first).to_be_visible()
    assert page.evaluate(wide) == 0


def test_a_phone_shows_the_post_over_the_page(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    ask(page, EXOPLANETS)
    page.locator(".chip").first.click()
    assert page.locator("#panel").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    # Modal: the keyboard cannot reach what lies behind it.
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('main, header.masthead')")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".chip").first).to_be_focused()


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    expect(page.locator("#imprint")).to_contain_text("428")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("exoplanets / planets?")  # a slash in the box is a slash
    page.keyboard.press("Enter")
    finished(page)
    expect(page.locator(".turn h2")).to_have_text("exoplanets / planets?")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('chip')"):
            break
    chip = page.locator(".chip:focus")
    assert chip.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".chip:focus")).to_have_count(1)


def test_languages_are_found_switched_and_remembered(open_page: OpenPage) -> None:
    page = open_page(locale="pt-BR")
    expect(page.locator("h1").first).to_have_text("O que dizem as publicações?")
    ask(page, EXOPLANETS)
    expect(page.locator(".sure").first).to_have_text("quase certo, 0,97")
    page.get_by_label("Idioma da página").select_option("zh")
    expect(page.locator(".sure").first).to_have_text("几乎确定，0.97")
    expect(page.locator(".verdict").first).to_have_text("有依据")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.reload()
    expect(page.get_by_role("button", name="提问")).to_be_visible()


def test_every_language_has_every_word(page: Page) -> None:
    keys = page.evaluate(
        """async () => {
          const { strings, examples } = await import("/page/strings.js");
          const fill = (value) => JSON.stringify(value).match(/\\{\\w+\\}/g)?.sort().join() ?? "";
          const unique = (text) => [...new Set(text.split(","))].join();
          return [examples, strings].map((table) =>
            ["en", "pt", "zh"].map((tag) => Object.entries(table[tag]).map(([key, value]) => [key, unique(fill(value))])));
        }"""
    )
    for english, portuguese, chinese in keys:
        assert dict(english) == dict(portuguese) == dict(chinese)


def test_no_word_is_missing_or_unused(page: Page) -> None:
    """Every key that the page asks for exists, and every key that exists is asked for somewhere."""
    sources = page.evaluate(
        """async (names) => Promise.all(names.map((name) => fetch(name).then((reply) => reply.text())))""",
        ["/", *(f"/page/{module.name}" for module in PAGE.glob("*.js") if module.name != "strings.js")],
    )
    keys = set(page.evaluate("import('/page/strings.js').then((module) => Object.keys(module.strings.en))"))
    text = "\n".join(sources)
    by_data = {"supported", "refuted", "disputed", "not enough evidence", "supports", "refutes", "neutral"}
    by_data |= set(STATUSES)
    unused = {key for key in keys - by_data if not re.search(rf'"{re.escape(key)}"', text)}
    assert unused == set()
    asked = set(re.findall(r'\bt\("([\w ]+)"', text)) | set(re.findall(r'data-t(?:-\w+)?="(\w+)"', text))
    assert asked - keys == set()


def test_the_theme_follows_the_system_until_it_is_chosen(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Light").click()
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    assert page.evaluate(background) == light
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(background) == dark


def test_motion_is_left_out_where_it_is_not_wanted(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
