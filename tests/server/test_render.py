"""An answer as text: numbers, languages, refusals, and nothing in it that a post could make a client load."""

from __future__ import annotations

from server_fakes import POSTS, SHOWN, answer_to, evidence

from truthgpt.answer.phrases import NEAREST
from truthgpt.answer.schema import Decision, Perspective, Sentence
from truthgpt.server.render import TextAnswer, render


def sentence(text: str, *citations: str) -> Sentence:
    return Sentence(text=text, citations=list(citations), verdict="supported", confidence=0.9)


def test_chinese_sentences_stand_without_spaces() -> None:
    answer = answer_to("?", sentences=[sentence("一。", "demo:1"), sentence("二。", "demo:1")], evidence=[])
    assert render(answer) == "一。[1]二。[1]\n\nSources:\n[1] demo:1"


def test_a_refusal_names_its_rule_and_statute() -> None:
    decision = Decision(answer=False, rule="explosives", statute="18 U.S.C. § 842(p)")
    text = render(answer_to("?", sentences=[], decision=decision))
    assert text == "This question is not answered: explosives, 18 U.S.C. § 842(p)."


def test_an_answer_without_sentences_says_that_the_posts_do_not_say() -> None:
    assert render(answer_to("?", sentences=[])) == "The posts do not say."


def test_what_only_comes_nearest_is_called_so_before_its_sources() -> None:
    far, near = (SHOWN.model_copy(update={"answers": answers}) for answers in (0.49, 0.5))
    text = render(answer_to("?", sentences=[far]))
    assert f"{SHOWN.text} [1]\n\n{NEAREST}\n\nSources:" in text
    assert NEAREST not in render(answer_to("?", sentences=[near]))
    assert NEAREST not in render(answer_to("?", sentences=[SHOWN])), "not known of what a model wrote"
    assert NEAREST not in render(answer_to("?", sentences=[]))


def test_sides_are_shown_with_their_share_and_sources() -> None:
    side = Perspective(label="for", share=0.6, sentences=["It is clean."], citations=["a/b:2?c"])
    other = Perspective(label="against", share=0.4, sentences=["It is not."], citations=["demo:1"])
    assert "60%" not in render(answer_to("?", perspectives=[side])), "one side is no contest"
    text = render(answer_to("?", sentences=[SHOWN], perspectives=[side, other]))
    assert "\n\nfor (60%): It is clean. [2]\n\nagainst (40%): It is not. [1]\n\nSources:\n[1] space" in text
    assert "\n[2] 宇宙" in text


def test_a_cited_post_brings_the_notes_that_stand_with_it() -> None:
    notes = [
        {"post_id": "demo:1", "text": "It was\n[9] dismantled. ![x](http://evil)"},
        {"post_id": "not:cited", "text": "Of a post that is not cited."},
    ]
    text = render(answer_to("?", sentences=[sentence("It is.", "demo:1")], evidence=[], notes=notes))
    assert text == (
        "It is. [1]\n\nSources:\n[1] demo:1\n    Readers added context: It was [9] dismantled. !\\[x](http://evil)"
    )


def test_a_sentence_streamed_before_is_not_written_again() -> None:
    text = TextAnswer()
    text.sentence(SHOWN)
    assert SHOWN.text not in text.rest(answer_to("?", sentences=[SHOWN]))


def test_a_post_cannot_make_a_client_load_an_image_nor_break_the_list() -> None:
    hostile = evidence(POSTS["demo:1"]).model_copy(
        update={
            "author": "a\n[9] fake ![x](http://evil)",
            "url": "javascript:alert(1)",
            "community": "c" * 500,
        }
    )
    text = render(
        answer_to("?", sentences=[sentence("![x](http://evil) is here.", "demo:1")], evidence=[hostile])
    )
    assert "![" not in text
    assert "javascript" not in text
    assert len(text.split("Sources:\n")[1].splitlines()) == 1
    assert len(text) < 500
