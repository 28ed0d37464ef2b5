"""The language of short posts: what the rules add to the model, and what has no language at all."""

from __future__ import annotations

import csv
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truthgpt.corpus.languages import detect

SHORT = {
    "en": (
        "good morning all",
        "is it true?",
        "thanks for everything",
        "lol what",
        "this is fine",
        "who won?",
    ),
    "pt": (
        "bom dia pessoal",
        "tudo bem com você",
        "o governo mente de novo",
        "obrigado por tudo",
        "amanhã chove em Lisboa",
        "isto é uma vergonha",
        "quando chega o comboio",
        "para que serve",
        "kkkkkkkkkkkkkkkkkkkk esse menino é perfeito",
    ),
    "es": (
        "qué tal estás hoy",
        "no me lo puedo creer",
        "¿alguien sabe algo?",
        "buenos días amigos",
        "los precios suben cada año",
        "la vacuna es segura",
        "mi perro está enfermo",
    ),
    "gl": ("unha casa moi bonita", "isto é unha vergoña", "a xente está moi enfadada"),
    "fr": ("bonjour à tous", "je ne sais pas", "merci pour tout"),
    "de": ("guten Morgen zusammen", "ich weiß es nicht", "die Regierung lügt wieder"),
    "it": ("buongiorno a tutti", "il governo mente ancora", "domani piove a Roma"),
    "zh": ("天气很好", "今天股市大跌", "5G 会致癌吗", "為什麼", "这家の店很好吃啊真的"),
    "ja": ("今日はいい天気", "東京へ行きたい"),
    "ko": ("오늘 날씨 좋다",),
    "ru": ("сегодня хорошая погода",),
}


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, some in SHORT.items() for text in some]
)
def test_short_texts(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "12345", "!!!", "😀😀😀😀", "@someone", "https://example.org/a/long/path", "中国"]
)
def test_what_has_no_language(text: str) -> None:
    assert detect(text) == ""


def test_names_and_addresses_do_not_decide() -> None:
    assert detect("@GarciaLopez @elMundo https://elpais.example/una-noticia is this true or not") == "en"


@example("abc \ud800 def")
@given(st.text(st.characters()))
def test_any_text_gets_a_code_or_none(text: str) -> None:
    code = detect(text)
    assert code == "" or (len(code) == 2 and code.isascii() and code.islower())


def test_many_are_each_and_threads_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    texts = [text for some in SHORT.values() for text in some] * 5
    expected = [detect(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detect, texts)) == expected


def test_portuguese_and_english_posts_of_the_data_sets(datasets: Path) -> None:
    with (datasets / "told_br" / "ToLD-BR.csv").open(encoding="utf-8", newline="") as file:
        portuguese = [row["text"] for row, _ in zip(csv.DictReader(file), range(1500), strict=False)]
    tweets = datasets / "tweeteval" / "sentiment" / "test_text.txt"
    english = tweets.read_text(encoding="utf-8").splitlines()[:1500]
    assert [detect(text) for text in portuguese].count("pt") / len(portuguese) >= 0.90
    assert [detect(text) for text in english].count("en") / len(english) >= 0.97
