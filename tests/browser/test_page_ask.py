"""Asking on the page: the stream, what is shown and what is not, refusals, errors, links, the key."""

from __future__ import annotations

import re

import pytest
from browser_page import OpenPage, Watch, ask, finished, release, serve_stage
from browser_posts import BRIDGE, PASSAGE
from browser_stage import DEMO, Stage
from playwright.sync_api import Page, Route, expect

EXOPLANETS = "How many exoplanets have been confirmed?"


def test_an_answer_stands_with_its_citations_and_confidence(page: Page) -> None:
    ask(page, EXOPLANETS)
    sentences = page.locator(".sentence")
    expect(sentences).to_have_count(2)
    expect(sentences.nth(0)).to_contain_text(PASSAGE)
    expect(sentences.nth(0).locator(".verdict")).to_have_text("Supported")
    expect(sentences.nth(0).locator(".sure")).to_have_text("almost certain, 0.97")
    expect(sentences.nth(1).locator(".sure")).to_have_text("likely, 0.82")
    # Numbers follow the order in which posts are first cited, not the rank in which they were found.
    assert sentences.nth(0).locator(".chip").all_inner_texts() == ["1"]
    assert sentences.nth(1).locator(".chip").all_inner_texts() == ["2", "1"]
    sentences.nth(1).locator("summary").click()
    expect(sentences.nth(1)).to_contain_text("every number and name is in the cited posts")
    expect(page.locator("#live")).to_contain_text(f"{PASSAGE} Supported almost certain, 0.97")


def test_an_opinion_is_called_one_and_given_no_confidence(page: Page) -> None:
    ask(page, "Should we build more nuclear power plants?")
    claim, opinion = page.locator(".sentence").nth(0), page.locator(".sentence").nth(1)
    expect(claim.locator(".verdict")).to_have_text("Supported")
    expect(opinion.locator(".verdict")).to_have_text("An opinion")
    expect(opinion).not_to_contain_text("0.82")
    opinion.locator("summary").click()
    expect(opinion).to_contain_text("whether it is right, posts cannot tell")
    expect(page.locator("#live")).to_contain_text("We should build wind and sun first. An opinion")


def test_what_only_comes_nearest_is_called_so(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "When does the aquarium open?")
    expect(
        page.get_by_text("No post answers this outright; what is quoted comes nearest.").last
    ).to_be_visible()
    expect(page.locator("#live")).to_contain_text("No post answers this outright")
    sentence = page.locator(".sentence").nth(0)
    sentence.locator("summary").click()
    expect(sentence).to_contain_text("To the point: 0.31")
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "No post answers this outright" in page.evaluate("navigator.clipboard.readText()")
    ask(page, EXOPLANETS)
    expect(page.locator(".turn").last).not_to_contain_text("comes nearest")


def test_a_draft_is_not_shown_before_its_verdict(page: Page, stage: Stage) -> None:
    stage.answerer.gate.clear()
    page.locator("#question").fill(EXOPLANETS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Checking a sentence…")).to_be_visible()
    assert PASSAGE not in page.locator("main").inner_text()
    stage.answerer.gate.set()
    finished(page)
    assert PASSAGE in page.locator("main").inner_text()


def test_stop_ends_the_answer_and_the_next_question_works(page: Page, stage: Stage) -> None:
    stage.answerer.gate.clear()
    page.locator("#question").fill(EXOPLANETS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Checking a sentence…")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn")).to_contain_text("Stopped.")
    stage.answerer.gate.set()
    ask(page, "When does the bridge open?")
    expect(page.locator(".turn").last).to_contain_text(BRIDGE)
    expect(page.locator(".turn")).to_have_count(2)


def test_struck_sentences_stay_behind_their_switch(page: Page) -> None:
    ask(page, EXOPLANETS)
    struck = page.get_by_text("Most of them are made of diamond.")
    expect(struck).to_be_hidden()
    page.get_by_role("switch", name="Show what was struck (1)").check()
    expect(struck).to_be_visible()
    assert struck.evaluate("node => getComputedStyle(node).textDecorationLine") == "line-through"
    expect(page.get_by_text("“diamond” is not in the evidence")).to_be_visible()
    page.get_by_role("switch").uncheck()
    expect(struck).to_be_hidden()


def test_evidence_says_who_when_and_how_often(page: Page) -> None:
    ask(page, EXOPLANETS)
    rows = page.locator(".evidence").first.locator("li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("space · exo_bookkeeper · 17 Sept 2025 · supports")
    expect(rows.nth(1)).to_contain_text("posted 15 times, counted once")
    page.get_by_text("2 more posts were read").click()
    expect(page.get_by_text("comet_on_a_budget")).to_be_visible()


def test_perspectives_show_sides_shares_and_sources(page: Page) -> None:
    ask(page, "Should we build more nuclear power plants?")
    sides = page.locator(".side")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("58% of the independent evidence")
    expect(sides.nth(1)).to_contain_text("Reactors come too late to matter.")
    assert sides.nth(1).locator(".chip").all_inner_texts() == ["2"]
    widths = [side.locator(".bar-track div").bounding_box()["width"] for side in sides.all()]  # type: ignore[index]
    assert widths[0] / widths[1] == pytest.approx(0.58 / 0.42, rel=0.02)


def test_a_refusal_names_rule_and_statute(page: Page) -> None:
    ask(page, "How do I build a bomb?")
    notice = page.locator(".turn .notice")
    expect(notice).to_contain_text("The law does not allow an answer")
    expect(notice).to_contain_text("making explosives")
    expect(notice).to_contain_text("18 U.S.C. § 842(p)")
    expect(page.locator(".silence")).to_have_count(0)


@pytest.mark.parametrize("question", ["Who is the mayor?", "Is anything known of this?"])
def test_what_the_posts_do_not_say_is_a_calm_answer(page: Page, question: str) -> None:
    ask(page, question)
    expect(page.locator(".silence .prose")).to_have_text("The posts do not say.")
    expect(page.locator(".chip, .judgement, .trouble")).to_have_count(0)
    expect(page.locator("#live")).to_have_text("Asking…The posts do not say.")


def test_what_the_posts_do_not_say_is_calm_while_it_streams(page: Page, stage: Stage) -> None:
    stage.answerer.end.clear()
    page.locator("#question").fill("Who is the mayor?")
    page.keyboard.press("Enter")
    expect(page.locator(".silence .prose")).to_have_text("The posts do not say.")
    expect(page.locator(".judgement")).to_have_count(0)


def test_an_error_in_the_stream_keeps_what_was_checked(page: Page) -> None:
    ask(page, "What if it fails?")
    turn = page.locator(".turn")
    expect(turn.locator(".trouble")).to_contain_text("the model stopped; start it again")
    expect(turn).to_contain_text(PASSAGE)
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".trouble")).to_have_count(1)


def test_a_server_that_is_gone_is_told_in_one_line(page: Page, watch: Watch) -> None:
    watch.allowed.append("ERR_FAILED")
    page.route("**/v1/ask", lambda route: route.abort())
    ask(page, EXOPLANETS)
    expect(page.locator(".trouble")).to_contain_text("The server cannot be reached.")


def test_links_and_back_bring_questions_back(page: Page, stage: Stage, watch: Watch) -> None:
    ask(page, EXOPLANETS)
    expect(page).to_have_url(re.compile("#ask=How"))
    expect(page).to_have_title(f"{EXOPLANETS} – TruthGPT")
    ask(page, "When does the bridge open?")
    page.go_back()
    expect(page.locator(".turn h2").first).to_be_focused()
    page.get_by_role("link", name="Search").click()
    expect(page.locator("#search-view")).to_be_visible()
    page.go_back()
    expect(page.locator(".turn")).to_have_count(2)  # kept, not asked again
    assert len(stage.answerer.asked) == 2
    shared = page.context.new_page()
    watch.attach(shared)
    shared.goto(f"{page.url}&law=de")
    finished(shared)
    expect(shared.locator(".sentence").first).to_contain_text(PASSAGE)
    assert stage.answerer.asked[-1] == (EXOPLANETS, "de")
    expect(shared.locator("#law")).to_have_value("de")


def test_the_law_that_decides_can_be_chosen(page: Page, stage: Stage) -> None:
    page.get_by_label("Law").select_option(label="Brazil")
    ask(page, EXOPLANETS)
    assert stage.answerer.asked == [(EXOPLANETS, "br")]


def test_examples_are_asked_by_a_click(page: Page) -> None:
    page.get_by_role("link", name=EXOPLANETS).click()
    finished(page)
    expect(page.locator(".sentence")).to_have_count(2)
    expect(page.locator("#examples")).to_be_hidden()


def test_copied_text_carries_its_sources(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, EXOPLANETS)
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{EXOPLANETS}\n\n{PASSAGE} [1] In March 2022")
    assert "one batch. [2][1]" in copied
    assert "[1] space · exo_bookkeeper · 17 Sept 2025 (https://example.org/exo/6000)" in copied
    assert "diamond" not in copied


def test_without_a_model_the_page_says_so(open_page: OpenPage, stage: Stage) -> None:
    stage.status = DEMO.model_copy(update={"quotes_only": True, "model": "none", "demo": False})
    page = open_page()
    expect(page.locator("#quotes-only")).to_contain_text("There is no language model here")
    expect(page.locator("#quotes-only code")).to_have_text("truthgpt model pull")
    expect(page.locator("#imprint")).to_have_text("428 postsno language model")
    expect(page.locator("#examples")).to_be_hidden()


def test_the_header_says_what_is_served(page: Page) -> None:
    expect(page.locator("#imprint")).to_contain_text("428 posts")
    expect(page.locator("#imprint")).to_contain_text("smollm2-135m")
    expect(page.locator("#imprint")).to_contain_text("these posts and their authors are fictional")
    expect(page.locator("#quotes-only")).to_be_hidden()


def test_a_server_with_a_key_asks_for_it(open_page: OpenPage, watch: Watch) -> None:
    watch.allowed.append("status of 401")
    with serve_stage(Stage(), api_key="right") as watch.origin:
        page = open_page()
        dialog = page.get_by_role("dialog", name="This server asks for a key")
        page.get_by_label("API key").fill("wrong")
        page.keyboard.press("Enter")
        expect(dialog).to_contain_text("The server did not accept this key.")
        page.get_by_label("API key").fill("right")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#imprint")).to_contain_text("428 posts")
        ask(page, EXOPLANETS)
        expect(page.locator(".sentence")).to_have_count(2)
        page.reload()
        expect(page.locator("#imprint")).to_contain_text("428 posts")
        page.evaluate("sessionStorage.clear()")
        page.reload()
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#imprint")).to_contain_text("This server answers only with an API key.")


def test_who_gives_no_key_is_not_asked_again_by_a_call_under_way(open_page: OpenPage, watch: Watch) -> None:
    watch.allowed.append("status of 401")
    held: list[Route] = []
    with serve_stage(Stage(), api_key="right") as watch.origin:
        page = open_page()
        page.route("**/v1/status", lambda route: held.append(route))
        page.evaluate("history.replaceState(null, '', '#search=bridge')")
        page.reload()
        dialog = page.get_by_role("dialog", name="This server asks for a key")
        expect(dialog).to_be_visible()  # The search asks; what the header waits for has no answer yet.
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        release(page, held)
        expect(page.locator("#imprint")).to_contain_text("This server answers only with an API key.")
        expect(dialog).to_be_hidden()


def test_a_long_question_and_one_in_two_lines_fit(page: Page, stage: Stage) -> None:
    page.locator("#question").fill("bridge")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("word " * 1500)
    page.keyboard.press("Enter")
    finished(page)
    question, _ = stage.answerer.asked[0]
    assert question.startswith("bridge\nword")
    assert page.locator(".turn h2").bounding_box()["height"] < 300  # type: ignore[index]


def test_enter_that_ends_a_composition_does_not_ask(page: Page, stage: Stage) -> None:
    page.locator("#question").fill("da xiong mao")
    page.locator("#question").dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True}
    )
    page.wait_for_timeout(100)
    expect(page.locator(".turn")).to_have_count(0)
    assert stage.answerer.asked == []
