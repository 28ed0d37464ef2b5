"""A word finds the other forms of it, in the language of post and query."""

from __future__ import annotations

import pytest
from encoders import Blind, made

from truthgpt.corpus.post import Post
from truthgpt.search import Searcher

POSTS = {
    "en": "They were vaccinating children in the old school",
    "pt": "As crianças receberam as vacinas obrigatórias na escola antiga",
    "es": "Las decisiones de los ayuntamientos costaron muchísimo dinero",
    "de": "Die Wohnungen in unserer Straße sind wieder teurer geworden",
    "ru": "Депутаты приняли новые законы о дорогах и мостах",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return made(tmp_path_factory.mktemp("forms"), [Post(code, text) for code, text in POSTS.items()], Blind())


@pytest.mark.parametrize(
    ("query", "found", "words"),
    [
        ("vaccinated", "en", ["vaccinated"]),
        ("vacinação em escolas antigas", "pt", ["vacinação", "escolas", "antigas"]),
        ("la decisión del ayuntamiento", "es", ["decisión", "ayuntamiento"]),
        ("eine teure Wohnung", "de", ["wohnung"]),
        ("новый закон", "ru", ["новый", "закон"]),
    ],
)
def test_another_form_of_a_word_finds_a_post_and_is_said_to_have(
    searcher: Searcher, query: str, found: str, words: list[str]
) -> None:
    hits = searcher.search(query)
    assert hits[0].post.id == found
    assert set(words) <= set(hits[0].why(query)["words"])


def test_a_demanded_word_is_told_of_all_posts_alike(searcher: Searcher) -> None:
    assert {hit.post.id for hit in searcher.find("-vacinas -законы")} == {"en", "es", "de"}
