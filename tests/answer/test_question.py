"""A question is read for the kind of thing it asks for, and a sentence for whether it holds that kind."""

from __future__ import annotations

import pytest

from truthgpt.answer.question import read
from truthgpt.answer.satisfies import satisfies


@pytest.mark.parametrize(
    ("text", "language", "expects"),
    [
        ("How many exoplanets are confirmed?", "en", "count"),
        ("How much did the repairs cost?", "en", "money"),
        ("How heavy is the mechanism?", "en", "mass"),
        ("How far away is the telescope?", "en", "length"),
        ("How long does a charge take?", "en", "duration"),
        ("What proportion has to be immune?", "en", "percentage"),
        ("Quanto a prefeitura gasta com as bicicletas?", "pt", "money"),
        ("票价是多少？", "zh", "money"),
        ("去世的时候多少岁？", "zh", "age"),
        ("When does the bridge reopen?", "en", "time"),
        ("In which year did the quake happen?", "en", "time"),
        ("Who paid for the repairs?", "en", "person"),
        ("Where was the mechanism found?", "en", "place"),
        ("Should cities ban cars?", "en", "opinion"),
        ("Why are the ferries late?", "en", "statement"),
        ("Can scientists tell when a quake will strike?", "en", "statement"),
        ("How do honeybees tell each other where flowers are?", "en", "statement"),
        ("Quantos planetas existem?", "pt", "count"),
        ("Quando reabre a ponte?", "pt", "time"),
        ("Quem pagou a obra?", "pt", "person"),
        ("Onde fica Itaipu?", "pt", "place"),
        ("A semana de quatro dias vale a pena?", "pt", "opinion"),
        ("大桥什么时候重新开放？", "zh", "time"),
        ("有多少颗系外行星？", "zh", "count"),
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
        ("How heavy is the mechanism?", "It was made around 205 BC.", False),
        ("How heavy is the mechanism?", "It weighs about 2 kg.", True),
        ("How much did the cooler cost?", "The cooler brings it below 7 kelvin.", False),
        ("How much did the cooler cost?", "It cost 2.4 million euros.", True),
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


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("Who paid for the repairs?", "paid"),
        ("What is the capital of Mongolia?", "capital"),
        ("How many people live in Millbrook?", "people"),
        ("Qual é a receita do bolo?", "receita"),
        ("Quem escreveu Dom Casmurro?", "escreveu"),
        ("Quem fez mais gols na história das Copas?", "gols"),
        ("Is the bridge open?", None),
        ("大桥什么时候开放？", None),
    ],
)
def test_the_word_that_a_question_turns_on(text: str, head: str | None) -> None:
    found = read(text, "pt" if "Qu" in text else "en").head
    assert (found and found[1]) == head
