"""Notes on the page: where they stand, what is said of them, and how a person writes, rates, changes and deletes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser_access import CONTRAST, NAMELESS
from browser_notes import Shelf, helpful, not_helpful, now, undecided
from browser_page import OpenPage, Watch, ask, release, serve_stage
from browser_stage import Stage
from playwright.sync_api import Locator, Page, Route, expect

from truthgpt.notes.rules import RULES
from truthgpt.notes.store import NoteStore
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS

EXOPLANETS = "How many exoplanets have been confirmed?"
ARCHIVE = "https://exoplanetarchive.ipac.caltech.edu/docs/exonews_archive.html"
NOTE = f"The archive passed 6,000 on 17 September 2025. Candidates are not in that number.\nSee {ARCHIVE}."
HOSTILE = (
    '<script>window.hacked=8</script><img src=x onerror="window.hacked=9"> \u202egnihtemos\u202c '
    + "w" * 300
    + " https://bank.example@evil.example/ javascript:alert(1) https://example.org/"
    + "a" * 300
)
WIDER = """() => [document.documentElement, ...document.querySelectorAll("#panel .panel-body, .note, .context, .hits li")]
  .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.className || node.tagName)"""


@pytest.fixture
def shelf(stage: Stage, notes: NoteStore) -> Iterator[Shelf]:
    return Shelf(notes)


def open_post(page: Page, words: str = "exoplanet") -> Locator:
    """Opens the first post that a search finds; gives the part of the panel with its notes."""
    page.goto(f"{page.url.split('#')[0]}#search={words}")
    page.locator(".hits > li > button").first.click()
    section = page.locator("#panel .notes")
    expect(section.locator(".who-writes")).not_to_be_empty()
    return section


def identity(page: Page) -> dict[str, Any]:
    return json.loads(page.evaluate("localStorage.getItem('truthgpt.identity')"))


def write(section: Locator, text: str) -> None:
    section.get_by_role("button", name="Write a note").click()
    section.get_by_label("Your note").fill(text)
    section.get_by_role("button", name="Publish").click()


def test_a_helpful_note_stands_with_its_post(page: Page, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    shelf.write("demo:1", "Nobody has rated this one.")
    ask(page, EXOPLANETS)
    row = page.locator(".evidence li").filter(has_text="reached 6,000")
    context = row.get_by_role("note", name="Readers added context")
    expect(context).to_contain_text("The archive passed 6,000 on 17 September 2025.")
    expect(context).to_contain_text("Helpful to 83% of the raters on one side and 63% on the other.")
    page.goto(f"{page.url.split('#')[0]}#search=exoplanet")
    first = page.locator(".hits > li").first
    expect(first.get_by_role("note")).to_have_count(1)
    link = first.get_by_role("link")
    expect(link).to_have_attribute("href", ARCHIVE)
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    expect(page.locator(".hits > li").nth(1).get_by_role("note")).to_have_count(0)
    first.get_by_role("button", name="Rate this note").click()
    expect(page.locator("#panel").get_by_role("heading", name="Shown: raters on both sides")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first.get_by_role("button", name="Rate this note")).to_be_focused()


def test_copied_answers_carry_the_notes_of_their_sources(open_page: OpenPage, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, EXOPLANETS)
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"    Readers added context: {' '.join(NOTE.split())}" in copied


def test_all_notes_of_a_post_are_told_with_status_reason_and_sides(page: Page, shelf: Shelf) -> None:
    first, second, third = (shelf.write("demo:1", text) for text in ("It is out of date.", NOTE, "Wrong!"))
    shelf.decide(undecided(first), helpful(second), not_helpful(third))
    section = open_post(page)
    shown, waiting, refused = section.get_by_role("article").all()
    expect(shown.get_by_role("heading")).to_have_text("Shown: raters on both sides find it helpful")
    expect(shown).to_contain_text("With its raters' leanings taken away it scores 0.47; 0.40 is needed.")
    figure = shown.get_by_role("figure", name="Who finds it helpful")
    assert figure.inner_text().split() == [
        *[
            "Who",
            "finds",
            "it",
            "helpful",
            "One",
            "side",
            "12",
            "ratings",
            "Helpful",
            "10",
            "(83%)",
            "Somewhat",
            "1",
            "(8%)",
            "Not",
            "helpful",
            "1",
            "(8%)",
        ],
        *[
            "The",
            "other",
            "side",
            "8",
            "ratings",
            "Helpful",
            "5",
            "(63%)",
            "Somewhat",
            "2",
            "(25%)",
            "Not",
            "helpful",
            "1",
            "(13%)",
        ],
        *["3", "more", "ratings", "are", "by", "people", "whose", "side", "is", "not", "known", "yet."],
    ]
    expect(waiting.get_by_role("heading")).to_have_text("Needs more ratings")
    expect(waiting).to_contain_text("It has 3 ratings; a note gets a status from 5 on.")
    expect(waiting).to_contain_text("Sides are shown from 5 ratings on.")
    expect(waiting.get_by_role("figure")).to_have_count(0)
    expect(refused.get_by_role("heading")).to_have_text("Not helpful")
    expect(refused).to_contain_text("its score of −0.30 is below −0.09.")


def test_the_bars_tell_by_length_and_pattern(page: Page, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    parts = open_post(page).locator(".stack").nth(1).locator("span")
    widths = parts.evaluate_all("all => all.map((part) => part.getBoundingClientRect().width)")
    assert widths[0] / widths[1] == pytest.approx(5 / 2, rel=0.05)
    looks = parts.evaluate_all("all => all.map((part) => getComputedStyle(part).background)")
    assert len(set(looks)) == 3
    assert "gradient" in looks[1]


def test_a_person_s_first_note(page: Page, shelf: Shelf) -> None:
    section = open_post(page)
    expect(section).to_contain_text("No note yet.")
    expect(section).to_contain_text("Its secret stays in this browser.")
    assert page.evaluate("localStorage.getItem('truthgpt.identity')") is None
    section.get_by_role("button", name="Write a note").click()
    expect(section.get_by_label("Your note")).to_be_focused()
    section.get_by_role("button", name="Publish").click()
    expect(section).to_contain_text("The note has no text yet.")
    section.get_by_label("Your note").fill(f"  {NOTE}  ")
    expect(section.locator(".counter")).to_have_text(f"{len(NOTE)} of 2,000")
    section.get_by_role("button", name="Publish").click()
    card = section.get_by_role("article")
    expect(card.get_by_role("heading")).to_be_focused()
    expect(card).to_contain_text("Your note")
    expect(card).to_contain_text("Nobody has rated it yet.")
    expect(card.get_by_role("radio")).to_have_count(0)  # nobody rates a note of their own
    expect(section.get_by_role("button", name="Write a note")).to_have_count(0)  # one a post
    expect(page.locator("#live")).to_contain_text("Your note is published.")
    [(note, _)] = shelf.store.of_posts(["demo:1"])["demo:1"]
    me = identity(page)
    assert (note.text, note.author) == (NOTE, me["id"])
    assert shelf.store.person(me["secret"])
    expect(section).to_contain_text(f"Here you are {me['id']}.")
    page.reload()
    page.locator(".hits > li > button").first.click()
    expect(section.get_by_role("button", name="Delete")).to_be_visible()


def test_one_s_note_is_deleted_after_a_second_thought(page: Page, shelf: Shelf) -> None:
    section = open_post(page)
    write(section, NOTE)
    section.get_by_role("button", name="Delete").click()
    sure = section.get_by_role("group", name="Delete this note?")
    expect(sure.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(section.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    sure.get_by_role("button", name="Delete").click()
    expect(section).to_contain_text("No note yet.")
    expect(section.get_by_role("heading", name="Notes")).to_be_focused()
    assert shelf.store.of_posts(["demo:1"]) == {}


def test_a_note_that_leaves_or_comes_does_so_everywhere(page: Page, shelf: Shelf) -> None:
    section = open_post(page)
    write(section, NOTE)
    expect(section.get_by_role("article")).to_have_count(1)
    [(note, _)] = shelf.store.of_posts(["demo:1"])["demo:1"]
    shelf.decide(helpful(note))
    page.keyboard.press("Escape")
    page.locator(".hits > li > button").first.click()
    context = page.locator(".hits > li").first.get_by_role("note")
    expect(context).to_contain_text("The archive passed")
    section.get_by_role("button", name="Delete").click()
    section.get_by_role("group", name="Delete").get_by_role("button", name="Delete").click()
    expect(context).to_have_count(0)


def test_a_rating_is_given_changed_and_taken_back(page: Page, shelf: Shelf) -> None:
    note = shelf.standing("demo:1", NOTE)
    section = open_post(page)
    group = section.get_by_role("radiogroup", name="Is this note helpful?")
    expect(section.get_by_role("checkbox")).to_have_count(0)  # reasons follow from the level
    group.get_by_role("radio", name="Helpful", exact=True).check()
    expect(section.get_by_role("checkbox")).to_have_count(len(HELPFUL_TAGS))
    section.get_by_role("checkbox", name="Good sources").check()
    section.get_by_role("checkbox", name="Clear").check()
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("You rated it: Helpful (Clear, Good sources)")
    expect(section.get_by_role("button", name="Change")).to_be_focused()
    me = identity(page)["id"]
    rating = shelf.store.rating(note.id, me)
    assert rating
    assert (rating.level, rating.tags) == ("HELPFUL", ("helpfulClear", "helpfulGoodSources"))

    section.get_by_role("button", name="Change").click()
    expect(group.get_by_role("radio", name="Helpful", exact=True)).to_be_checked()
    expect(group.get_by_role("radio", name="Helpful", exact=True)).to_be_focused()
    group.get_by_role("radio", name="Not helpful").check()
    expect(section.get_by_role("checkbox", name="Good sources")).to_have_count(0)
    section.get_by_role("checkbox", name="Incorrect").check()
    section.get_by_role("button", name="Cancel").click()
    expect(section).to_contain_text("You rated it: Helpful")
    section.get_by_role("button", name="Change").click()
    group.get_by_role("radio", name="Not helpful").check()
    section.get_by_role("checkbox", name="Incorrect").check()
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("You rated it: Not helpful (Incorrect)")
    rating = shelf.store.rating(note.id, me)
    assert rating
    assert (rating.level, rating.tags) == ("NOT_HELPFUL", ("notHelpfulIncorrect",))

    section.get_by_role("button", name="Take back").click()
    expect(group).to_be_visible()
    expect(section.get_by_role("article").get_by_role("heading")).to_be_focused()
    expect(section.get_by_role("radio", checked=True)).to_have_count(0)
    assert shelf.store.rating(note.id, me) is None


def test_somewhat_helpful_has_reasons_on_both_sides(page: Page, shelf: Shelf) -> None:
    note = shelf.standing("demo:1", NOTE)
    section = open_post(page)
    section.get_by_role("radio", name="Somewhat").check()
    good = section.get_by_role("group", name="What is good about it?")
    good.get_by_role("checkbox", name="Clear").check()
    section.get_by_role("group", name="What is wrong").get_by_role("checkbox", name="Out of date").check()
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("You rated it: Somewhat (Clear, Out of date)")
    rating = shelf.store.rating(note.id, identity(page)["id"])
    assert rating
    assert rating.tags == ("helpfulClear", "notHelpfulOutdated")


def test_the_keyboard_alone_rates(page: Page, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    section = open_post(page)
    page.locator("#panel-title").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type === 'radio'"):
            break
    radio = section.get_by_role("radio", name="Helpful", exact=True)
    expect(radio).to_be_focused()
    ring = "input => getComputedStyle(input.nextElementSibling).outlineStyle"
    assert radio.evaluate(ring) == "solid"
    page.keyboard.press("ArrowRight")
    expect(section.get_by_role("radio", name="Somewhat")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(section.get_by_role("checkbox", name="Clear")).to_be_checked()
    section.get_by_role("button", name="Send rating").focus()
    page.keyboard.press("Enter")
    expect(section).to_contain_text("You rated it: Somewhat (Clear)")
    expect(section.get_by_role("button", name="Change")).to_be_focused()


def test_what_is_typed_outlives_errors_the_panel_and_the_language(
    page: Page, shelf: Shelf, watch: Watch
) -> None:
    watch.allowed += ["status of 429", "ERR_FAILED"]
    section = open_post(page)
    troubles = iter((429, None))

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        status = next(troubles)
        return route.abort() if status is None else route.fulfill(status=status, json={"error": {}})

    page.route("**/v1/notes", fail)
    write(section, NOTE)
    expect(section.locator(".trouble")).to_have_text("Too much at once: wait a little and try again.")
    expect(section.get_by_label("Your note")).to_have_value(NOTE)
    section.get_by_role("button", name="Publish").click()
    expect(section.locator(".trouble")).to_contain_text("The server cannot be reached.")
    expect(section.get_by_role("button", name="Publish")).to_be_focused()
    section.get_by_label("The post is not misleading").check()
    page.keyboard.press("Escape")
    page.locator(".hits > li > button").nth(1).click()
    section.get_by_role("button", name="Write a note").click()
    expect(section.get_by_label("Your note")).to_have_value("")  # of another post
    page.locator(".hits > li > button").first.click()
    expect(section.get_by_label("Your note")).to_have_value(NOTE)
    page.locator("#language").select_option("pt")
    expect(section.get_by_label("Sua nota")).to_have_value(NOTE)
    expect(section.get_by_label("A publicação não engana")).to_be_checked()
    page.unroute("**/v1/notes")
    section.get_by_role("button", name="Publicar").click()
    expect(section.get_by_role("article")).to_contain_text("A publicação não engana e dispensa nota")
    [(note, _)] = shelf.store.of_posts(["demo:1"])["demo:1"]
    assert note.classification == "NOT_MISLEADING"


def test_a_rating_that_fails_keeps_its_reasons(page: Page, shelf: Shelf, watch: Watch) -> None:
    watch.allowed.append("ERR_FAILED")
    shelf.standing("demo:1", NOTE)
    section = open_post(page)
    page.route("**/rating", lambda route: route.abort())
    section.get_by_role("radio", name="Not helpful").check()
    section.get_by_role("checkbox", name="Hard to understand").check()
    section.get_by_role("button", name="Send rating").click()
    expect(section.locator(".trouble")).to_contain_text("The server cannot be reached.")
    expect(section.get_by_role("button", name="Send rating")).to_be_focused()
    expect(section.get_by_role("checkbox", name="Hard to understand")).to_be_checked()
    page.unroute("**/rating")
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("You rated it: Not helpful (Hard to understand)")
    expect(section.locator(".trouble")).to_have_count(0)


def test_who_went_on_is_not_called_back(page: Page, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    section = open_post(page)
    held: list[Route] = []
    page.route("**/rating", lambda route: held.append(route))
    section.get_by_role("radio", name="Helpful", exact=True).check()
    section.get_by_role("button", name="Send rating").click()
    section.get_by_role("button", name="Write a note").click()
    section.get_by_label("Your note").press_sequentially("Half a th")
    release(page, held)
    expect(section).to_contain_text("You rated it: Helpful")
    expect(section.get_by_label("Your note")).to_be_focused()
    page.keyboard.type("ought")
    expect(section.get_by_label("Your note")).to_have_value("Half a thought")


def test_a_note_that_is_too_long_is_not_cut(page: Page, shelf: Shelf) -> None:
    section = open_post(page)
    write(section, "🔭" * 2001)
    expect(section.locator(".counter")).to_have_text("2,001 of 2,000")
    expect(section.locator(".trouble")).to_have_text("The note is 1 character too long.")
    expect(section.get_by_label("Your note")).to_have_value("🔭" * 2001)
    section.get_by_label("Your note").fill("🔭" * 2000)
    section.get_by_role("button", name="Publish").click()
    expect(section.get_by_role("article")).to_have_count(1)


def test_notes_that_cannot_be_read_are_asked_for_again(page: Page, shelf: Shelf, watch: Watch) -> None:
    watch.allowed.append("ERR_FAILED")
    shelf.standing("demo:1", NOTE)
    page.route("**/v1/notes?*", lambda route: route.abort())
    page.goto(f"{page.url}#search=exoplanet")
    page.locator(".hits > li > button").first.click()
    section = page.locator("#panel .notes")
    expect(section.locator(".trouble")).to_contain_text("The server cannot be reached.")
    page.unroute("**/v1/notes?*")
    section.get_by_role("button", name="Try again").click()
    expect(section.get_by_role("article")).to_have_count(1)


def test_an_identity_that_is_not_known_is_made_anew_once(page: Page, shelf: Shelf, watch: Watch) -> None:
    watch.allowed.append("status of 401")
    note = shelf.standing("demo:1", NOTE)
    page.evaluate(
        "localStorage.setItem('truthgpt.identity', JSON.stringify({ id: 'nobody', secret: 'lost' }))"
    )
    section = open_post(page)
    section.get_by_role("radio", name="Helpful", exact=True).check()
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("You rated it: Helpful")
    assert shelf.store.rating(note.id, identity(page)["id"])
    expect(page.locator("#key-dialog")).to_be_hidden()  # it is not the key that is asked for


def test_an_identity_can_be_forgotten(page: Page, shelf: Shelf) -> None:
    section = open_post(page)
    write(section, NOTE)
    expect(section.get_by_role("button", name="Delete")).to_be_visible()
    section.get_by_role("button", name="Forget it").click()
    group = section.get_by_role("group", name="Forget this name?")
    expect(group.get_by_role("button", name="Keep it")).to_be_focused()
    group.get_by_role("button", name="Forget it").click()
    expect(section.get_by_role("radiogroup")).to_be_visible()  # now it is somebody's note
    expect(section).to_contain_text("Its secret stays in this browser.")
    assert page.evaluate("localStorage.getItem('truthgpt.identity')") == ""
    expect(section.get_by_role("heading", name="Notes")).to_be_focused()


def test_people_whom_a_proxy_signs_in_need_no_identity(
    open_page: OpenPage, shelf: Shelf, stage: Stage, watch: Watch
) -> None:
    watch.allowed.append("status of 403")
    with serve_stage(stage, user_header="X-Forwarded-User") as watch.origin:
        page = open_page(extra_http_headers={"X-Forwarded-User": "ann@example.org"})
        section = open_post(page)
        write(section, NOTE)
        expect(section.get_by_role("button", name="Delete")).to_be_visible()
        expect(section.locator(".who-writes")).to_be_empty()
        assert page.evaluate("localStorage.getItem('truthgpt.identity')") is None
        [(note, _)] = shelf.store.of_posts(["demo:1"])["demo:1"]
        assert note.author == shelf.store.signed_in("ann@example.org").id


def test_a_server_with_a_key_and_an_identity_takes_both(
    open_page: OpenPage, shelf: Shelf, stage: Stage, watch: Watch
) -> None:
    with serve_stage(stage, api_key="right") as watch.origin:
        watch.allowed.append("status of 401")
        page = open_page()
        page.get_by_label("API key").fill("right")
        page.get_by_role("button", name="Use this key").click()
        section = open_post(page)
        write(section, NOTE)
        expect(section.get_by_role("button", name="Delete")).to_be_visible()


def test_a_server_that_keeps_no_notes_shows_none(open_page: OpenPage, watch: Watch) -> None:
    watch.allowed.append("status of 404")
    with serve_stage(Stage()) as watch.origin:
        page = open_page("#search=exoplanet")
        page.locator(".hits > li > button").first.click()
        expect(page.locator("#panel .notes")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "pt", "zh"])
def test_hostile_notes_are_inert_and_fit_a_phone(open_page: OpenPage, shelf: Shelf, language: str) -> None:
    for text in (HOSTILE, "w" * 2000):
        shelf.standing("demo:1", text)
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, locale=language)
    page.goto(f"{page.url}#search=exoplanet")
    context = page.locator(".hits > li").first.locator(".context")
    expect(context).to_have_count(2)
    assert page.evaluate(WIDER) == []
    context.first.locator(".link").click()
    section = page.locator("#panel .notes")
    expect(section.locator(".note-text").first).to_contain_text("<script>window.hacked=8</script>")
    section.locator(".levels input").nth(1).check()  # the level with most reasons
    section.locator(".writing > button").click()
    section.locator("textarea").fill(HOSTILE)
    assert page.evaluate(WIDER) == []
    hrefs = section.locator(".note a").evaluate_all("all => all.map((link) => link.href)")
    assert hrefs == ["https://example.org/" + "a" * 300]
    assert "\u202e" not in section.locator(".note-text").first.text_content()  # type: ignore[operator]
    assert page.evaluate("window.hacked") is None
    assert page.locator("#panel img, #panel script, main script").count() == 0


def test_a_phone_keeps_the_focus_through_it_all(open_page: OpenPage, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    page = open_page(viewport={"width": 360, "height": 740})
    section = open_post(page)
    section.get_by_role("radio", name="Helpful", exact=True).check()
    section.get_by_role("button", name="Send rating").click()
    expect(section.get_by_role("button", name="Change")).to_be_focused()
    section.get_by_role("button", name="Take back").click()
    expect(section.get_by_role("article").get_by_role("heading")).to_be_focused()
    write(section, "It is not the whole tally.")
    expect(section.get_by_role("article").last.get_by_role("heading")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_notes_have_contrast_names_and_order(open_page: OpenPage, shelf: Shelf, scheme: str) -> None:
    first, second, third = (shelf.write("demo:1", text) for text in ("It is out of date.", NOTE, "Wrong!"))
    shelf.decide(undecided(first), helpful(second), not_helpful(third))
    page = open_page(color_scheme=scheme)
    section = open_post(page)
    section.locator(".levels input").nth(1).check()
    section.locator(".reasons input").first.check()
    section.get_by_role("button", name="Write a note").click()
    section.get_by_role("button", name="Publish").click()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    section.get_by_label("Your note").fill(NOTE)
    section.get_by_role("button", name="Publish").click()
    section.get_by_role("button", name="Delete").click()
    assert page.evaluate(CONTRAST) == []
    levels = page.eval_on_selector_all("#panel :is(h2,h3,h4)", "all => all.map((node) => +node.tagName[1])")
    assert levels == [2, 3, 4, 4, 4, 4]
    ids = page.eval_on_selector_all("[id]", "all => all.map((node) => node.id)")
    assert len(ids) == len(set(ids))


def test_the_page_speaks_of_notes_in_its_three_languages(page: Page, shelf: Shelf) -> None:
    shelf.standing("demo:1", NOTE)
    section = open_post(page)
    shown = {}
    for language in ("en", "pt", "zh"):
        page.locator("#language").select_option(language)
        expect(section).to_have_attribute("lang", {"en": "en", "pt": "pt-BR", "zh": "zh-Hans"}[language])
        shown[language] = section.inner_text()
    assert "Exibida: avaliadores dos dois lados a consideram útil" in shown["pt"]
    assert "tem 0,47 pontos; são precisos 0,40" in shown["pt"]
    assert "已显示：双方的评价者都认为有帮助" in shown["zh"]
    assert not re.search("rating|helpful", shown["pt"] + shown["zh"].replace(NOTE, ""))


def test_every_rule_and_every_tag_has_words(page: Page) -> None:
    names = [rule.name for rule in RULES] + ["MetaInitialNMR", "ScoringDriftGuard", "InsufficientExplanation"]
    side = {"helpful": 3, "somewhat_helpful": 1, "not_helpful": 1}
    note = {
        "classification": "MISINFORMED_OR_POTENTIALLY_MISLEADING",
        "margin": 0.1,
        "intercept": 0.3,
        "factor": -0.6,
        "ratings": 10,
        "sides": [side, side],
    }
    for language in ("en", "pt", "zh"):
        page.locator("#language").select_option(language)
        reasons = page.evaluate(
            "async (notes) => { const { reason } = await import('/page/note.js'); return notes.map(reason); }",
            [{**note, "rule": rule} for name in names for rule in (name, f"Core/{name}")],
        )
        assert not [text for text in reasons if "{" in text or "NaN" in text]
        assert len(set(reasons)) == len(names) - 1  # the two that say that ratings are missing
        words = page.evaluate(
            """async ([tags, language]) => {
              const { strings } = await import("/page/strings.js");
              return tags.map((tag) => strings[language][tag]);
            }""",
            [[*HELPFUL_TAGS, *NOT_HELPFUL_TAGS], language],
        )
        assert all(words)


def test_scores_that_came_meanwhile_are_shown_without_asking(page: Page, shelf: Shelf) -> None:
    note = shelf.write("demo:1", NOTE)
    page.clock.install()
    section = open_post(page)
    section.get_by_role("radio", name="Helpful", exact=True).check()
    section.get_by_role("button", name="Send rating").click()
    expect(section).to_contain_text("It has 1 rating; a note gets a status from 5 on.")
    shelf.decide(helpful(note))
    page.clock.run_for(10_000)
    expect(section.get_by_role("heading", name="Shown: raters on both sides")).to_be_visible()
    expect(section.get_by_role("button", name="Change")).to_be_focused()
    assert shelf.store.ratings_of(identity(page)["id"], [note.id])
    assert now() > note.created_at
