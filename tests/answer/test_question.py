"""A question is read for the kind of thing it asks for, and a sentence for whether it holds that kind."""

from __future__ import annotations

import pytest

from truthgpt.answer.question import read
from truthgpt.answer.satisfies import satisfies


@pytest.mark.parametrize(
    ("text", "language", "expects"),
    [
        ("How many exoplanets are confirmed?", "en", "number"),
        ("How much did the repairs cost?", "en", "number"),
        ("When does the bridge reopen?", "en", "time"),
        ("In which year did the quake happen?", "en", "time"),
        ("Who paid for the repairs?", "en", "person"),
        ("Where was the mechanism found?", "en", "place"),
        ("Should cities ban cars?", "en", "opinion"),
        ("Why are the ferries late?", "en", "statement"),
        ("Quantos planetas existem?", "pt", "number"),
        ("Quando reabre a ponte?", "pt", "time"),
        ("Quem pagou a obra?", "pt", "person"),
        ("Onde fica Itaipu?", "pt", "place"),
        ("A semana de quatro dias vale a pena?", "pt", "opinion"),
        ("大桥什么时候重新开放？", "zh", "time"),
        ("有多少颗系外行星？", "zh", "number"),
        ("谁发明了造纸术？", "zh", "person"),
        ("三峡大坝在哪里？", "zh", "place"),
        ("应该禁止汽车进城吗？", "zh", "opinion"),
    ],
)
def test_the_kind_of_thing_asked_for(text: str, language: str, expects: str) -> None:
    assert read(text, language).expects == expects


@pytest.mark.parametrize(
    ("question", "sentence", "holds"),
    [
        ("How many exoplanets are confirmed?", "More than 5,000 exoplanets are confirmed.", True),
        ("How many exoplanets are confirmed?", "Exoplanets are confirmed by other telescopes.", False),
        ("How many people died in the 1755 earthquake?", "The 1755 earthquake was terrible.", False),
        ("When does the bridge reopen?", "It reopens in June.", True),
        ("When does the bridge reopen?", "The bridge will reopen, the council says.", False),
        ("Who paid for the repairs?", "The repairs were paid for by Maria Sousa.", True),
        ("Who paid for the repairs?", "The repairs were expensive.", False),
        ("Quando reabre a ponte?", "A ponte reabre em março.", True),
        ("Quantas pessoas vieram?", "Vieram trezentas pessoas, 300 ao todo.", True),
        ("大桥什么时候开放？", "大桥6月1日开放。", True),
        ("有多少颗卫星？", "卫星很美。", False),
        ("Why are the ferries late?", "They are short of crew.", True),
    ],
)
def test_a_sentence_holds_what_is_asked_for(question: str, sentence: str, holds: bool) -> None:
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in question) else "en"
    assert satisfies(sentence, read(question, language)) is holds


def test_a_question_about_now_is_told_from_one_about_a_year() -> None:
    assert read("How many exoplanets are confirmed now?", "en").about_now
    assert not read("How many exoplanets were confirmed in 2019?", "en").about_now
