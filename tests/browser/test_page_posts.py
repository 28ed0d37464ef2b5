"""Posts on the page: the panel with the passage, the search, and that nothing a post holds comes to life."""

from __future__ import annotations

import re

import pytest
from browser_page import OpenPage, Watch, ask
from browser_posts import ASTRAL, HOSTILE, PASSAGE
from playwright.sync_api import Locator, Page, expect

from truthgpt.search.syntax import parse
from truthgpt.search.syntax.fields import FIELDS
from truthgpt.search.syntax.parse import KINDS


def panel(page: Page) -> Locator:
    return page.locator("#panel")


def test_a_citation_opens_its_post_at_the_passage(page: Page) -> None:
    ask(page, "How many exoplanets have been confirmed?")
    page.locator(".chip").first.click()
    expect(panel(page).locator("mark")).to_have_text(PASSAGE)
    expect(panel(page).locator(".post")).to_contain_text("I am going to need a bigger notebook.")
    expect(panel(page)).to_contain_text("exo_bookkeeper")
    expect(panel(page)).to_contain_text("17 September 2025 at 16:30")
    link = panel(page).get_by_role("link", name="Open the original")
    expect(link).to_have_attribute("href", "https://example.org/exo/6000")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    page.locator(".chip").nth(1).click()  # beside the text, the page stays in use
    expect(panel(page)).to_contain_text("posted 15 times, counted once")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_passage_beyond_emoji_is_marked_and_scrolled_to(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    ask(page, "When does the ferry leave?")
    page.locator(".chip").first.click()
    mark = panel(page).locator("mark")
    expect(mark).to_have_text(ASTRAL)
    expect(mark).to_be_in_viewport()
    assert panel(page).locator(".panel-body").evaluate("body => body.scrollTop") > 100


def test_a_link_that_is_not_http_is_not_a_link(page: Page) -> None:
    ask(page, "How many exoplanets have been confirmed?")
    page.get_by_text("2 more posts were read").click()
    page.get_by_text("that was 2019").click()
    expect(panel(page)).to_contain_text("comet_on_a_budget")
    expect(panel(page).locator("a")).to_have_count(0)


def test_markup_in_posts_and_sentences_is_text(page: Page, watch: Watch) -> None:
    ask(page, "When does the bridge open?")
    expect(page.locator(".sentence")).to_contain_text("<script>window.hacked=4</script>")
    page.locator(".chip").first.click()
    expect(panel(page).locator(".post")).to_have_text(HOSTILE)
    expect(panel(page)).to_contain_text("<b>mallory</b>")
    page.goto(f"{watch.origin}/#search=bridge")
    expect(page.locator(".hits")).to_contain_text("<script>window.hacked=1</script>")
    ask_by_address = "#ask=%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D5%22%3E"
    page.goto(f"{watch.origin}/{ask_by_address}")
    expect(page.locator(".turn h2").last).to_have_text('<img src=x onerror="window.hacked=5">')
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script, dialog img, dialog script").count() == 0


def test_inline_script_is_refused_by_the_policy(page: Page, watch: Watch) -> None:
    watch.allowed += ["Content Security Policy", "status of 404"]
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked=6\">')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'hacked=7'}))")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None


def test_search_marks_the_words_and_counts(page: Page) -> None:
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Words to find").fill("exoplanet")
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_have_count(3)
    expect(page.locator(".count")).to_have_text(re.compile(r"^3 posts in \d+ ms$"))
    assert page.locator(".hits li").first.locator("mark").all_inner_texts() == ["Exoplanet", "exoplanets"]
    expect(page.locator(".hits li").nth(1)).to_contain_text("posted 15 times, counted once")
    page.locator(".hits button").first.click()
    expect(panel(page).locator("mark").first).to_have_text("Exoplanet")
    expect(page).to_have_url(re.compile("#search=exoplanet"))


def test_search_filters_stand_in_the_address(page: Page) -> None:
    page.goto(page.url + "#search=exoplanet")
    expect(page.locator(".hits li")).to_have_count(3)
    page.get_by_label("Community").fill("askscience")
    page.get_by_label("Community").press("Tab")
    expect(page.locator(".hits li")).to_have_count(1)
    page.go_back()
    expect(page.locator(".hits li")).to_have_count(3)
    page.get_by_label("From", exact=True).fill("2022-03-21")
    page.get_by_label("From", exact=True).press("Tab")
    expect(page.locator(".hits li")).to_have_count(3)
    page.get_by_label("To", exact=True).fill("2022-03-21")  # the day itself counts
    expect(page.locator(".hits li")).to_have_count(1)
    expect(page).to_have_url(re.compile("since=2022-03-21&until=2022-03-21"))
    page.locator("#filter-language").select_option("pt")
    expect(page.locator("#results").get_by_text("No post was found.")).to_be_visible()
    page.reload()
    expect(page.locator("#results").get_by_text("No post was found.")).to_be_visible()
    assert page.locator("#filter-language").input_value() == "pt"


def test_a_query_that_cannot_be_read_is_pointed_at(page: Page, watch: Watch) -> None:
    watch.allowed += ["status of 400"]
    page.get_by_role("link", name="Search").click()
    query = page.get_by_label("Words to find")
    query.fill("🌕 exoplanet (moon")
    page.keyboard.press("Enter")
    results = page.locator("#results")
    expect(results.get_by_text("This bracket is never closed.")).to_be_visible()
    expect(results.locator("mark")).to_have_text("(")
    expect(query).to_have_attribute("aria-invalid", "true")
    assert query.evaluate("input => input.value.slice(input.selectionStart, input.selectionEnd)") == "("
    page.get_by_label("Language of the page").select_option("pt")
    expect(results.get_by_text("Este parêntese não se fecha.")).to_be_visible()
    page.get_by_label("Palavras a buscar").fill("exoplanet")
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_have_count(3)
    expect(page.get_by_label("Palavras a buscar")).to_have_attribute("aria-invalid", "false")


def test_operators_are_not_marked_and_their_guide_is_at_hand(page: Page) -> None:
    page.goto(page.url + "#search=" + "exoplanet -comet lang:en")
    expect(page.locator(".hits li").first).to_be_visible()
    assert {text.lower().rstrip("s") for text in page.locator(".hits mark").all_inner_texts()} == {
        "exoplanet"
    }
    page.get_by_text("What can be typed").click()
    expect(page.get_by_text("min_likes:10")).to_be_visible()


def test_the_guide_s_examples_can_all_be_read(page: Page) -> None:
    for language in ("en", "pt", "zh"):
        page.locator("#language").select_option(language)
        examples = page.locator("#guide dt").all_text_contents()
        assert len(examples) == 10
        for example in examples:
            parse(example)


def test_what_can_be_wrong_with_a_query_has_words_in_every_language(page: Page) -> None:
    for language in ("en", "pt", "zh"):
        page.locator("#language").select_option(language)
        said = page.evaluate(
            """(kinds) => import("/page/syntax.js").then(({ reason }) =>
              kinds.map((kind) => reason({ code: `query_${kind}`, position: 0 })))""",
            [*KINDS, *FIELDS],
        )
        assert all(said)


def test_search_in_chinese_marks_chinese(page: Page) -> None:
    page.goto(page.url + "#search=濒危")
    expect(page.locator(".hits mark")).to_have_text("濒危")


def test_search_that_fails_says_so(page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 503")
    page.goto(page.url + "#search=fails")
    expect(page.locator("#results .trouble")).to_contain_text("the corpus cannot be read; import it again")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#results .trouble")).to_be_visible()


def test_more_hits_come_after_those_that_are_there(page: Page, watch: Watch) -> None:
    page.goto(f"{watch.origin}/#search=endless")
    hits = page.locator(".hits li")
    expect(hits).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(hits).to_have_count(40)
    expect(hits.nth(19)).to_contain_text("of None")
    expect(hits.nth(20)).to_contain_text("of 7")
    expect(hits.nth(20).locator("button")).to_be_focused()
    watch.allowed.append("status of 410")  # those posts are no longer kept: all is found anew
    page.get_by_role("button", name="Show more").click()
    expect(hits).to_have_count(20)


def test_trends_show_when_and_where_and_what_rises(page: Page, watch: Watch) -> None:
    page.goto(f"{watch.origin}/#search=exoplanets")
    expect(page.locator(".hits li").first).to_be_visible()
    page.get_by_text("Over time").click()
    trends = page.locator("#trends")
    expect(trends.locator("figcaption")).to_contain_text("posts; the most")
    expect(trends).to_contain_text("Rising since")
    shown = trends.locator(".bars span").evaluate_all("bars => bars.map(bar => bar.clientHeight)")
    assert max(shown) > 60
    trends.get_by_role("button", name="Kepler").click()
    expect(page.get_by_label("Words to find")).to_have_value("exoplanets Kepler")
    page.go_back()
    expect(page.get_by_label("Words to find")).to_have_value("exoplanets")
    before = page.locator(".hits li").count()
    trends.locator(".bars div").last.click()
    expect(page.get_by_label("From")).to_have_value(re.compile(r"20\d\d-01-01"))
    expect(page.locator(".hits li")).not_to_have_count(before)
    page.reload()  # who has them open finds them open
    expect(trends.locator("figcaption")).to_be_visible()


def test_trends_of_everything_and_of_nothing(page: Page, watch: Watch) -> None:
    page.goto(f"{watch.origin}/#search=")
    page.get_by_text("Over time").click()
    trends = page.locator("#trends")
    expect(trends.locator(".chips button").first).to_be_visible()
    page.goto(f"{watch.origin}/#search=absent")
    expect(trends).to_contain_text("No post was found.")
    expect(trends.locator(".chips")).to_have_count(0)


def test_a_search_is_kept_found_again_and_forgotten(page: Page, watch: Watch) -> None:
    page.goto(f"{watch.origin}/#search=exoplanets&language=en")
    saved = page.locator("#saved")
    feed = saved.get_by_role("link", name="Follow in a feed reader")
    expect(feed).to_have_attribute("href", "/v1/search.atom?q=exoplanets&language=en")
    saved.get_by_role("button", name="Keep this search").click()
    expect(saved.get_by_role("link", name="exoplanets · en")).to_be_focused()
    expect(saved.get_by_role("button", name="Keep this search")).to_have_count(0)
    page.goto(f"{watch.origin}/#search=bridge")
    page.reload()
    saved.get_by_role("link", name="exoplanets · en").click()
    expect(page.get_by_label("Words to find")).to_have_value("exoplanets")
    saved.get_by_role("button", name="Forget exoplanets").click()
    expect(saved.locator("li")).to_have_count(0)
    page.reload()
    expect(saved.get_by_role("button", name="Keep this search")).to_be_visible()
    expect(saved.locator("li")).to_have_count(0)


@pytest.mark.parametrize("stored", ["{", "null", '[3, {"a": 1}]'])
def test_what_is_no_list_of_searches_is_none(page: Page, watch: Watch, stored: str) -> None:
    page.evaluate("stored => localStorage.setItem('truthgpt.saved', stored)", stored)
    page.goto(f"{watch.origin}/#search=bridge")
    page.reload()
    expect(page.locator(".hits li").first).to_be_visible()
    expect(page.locator("#saved li")).to_have_count(0)


def test_a_hit_says_why_it_was_found(page: Page) -> None:
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("Words to find").fill("exoplanet")
    page.keyboard.press("Enter")
    why = page.locator(".hits .why").first
    expect(why.locator("p")).to_be_hidden()
    why.locator("summary").click()
    expect(why).to_contain_text("It has exoplanet · number 1 by words")
    page.get_by_label("Language of the page").select_option("pt")
    why = page.locator(".hits .why").first
    why.locator("summary").click()
    expect(why).to_contain_text("número 1 pelas palavras")
