"""Phrases and names are found as people write them: accents, ligatures, emoji, wide letters, marks before names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from encoders import Bags, Blind, made

from truthgpt.corpus.post import Post
from truthgpt.search import Searcher

WRITTEN = {
    "heart": "I love ❤️ you",
    "sun": "only a ☀️ here",
    "stuck": "❤️matter sticks",
    "greek": "ἐν τῷ ὕδατι",
    "soren": "Søren ate smørrebrød",
    "lodz": "Łódź on the map",
    "strasse": "an der Straße",
    "ligature": "the oﬃce and the oﬁce",
    "wide": "ｄａｒｋ ｍａｔｔｅｒ",
    "apart": "a x\u0302y b",
    "han": "关于暗物质的讨论",
    "ming": "by somebody",
}


@pytest.fixture(scope="module")
def written_posts(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [
        Post(name, text, "#news" if name == "ming" else "news", "@Ming" if name == "ming" else "ana")
        for name, text in WRITTEN.items()
    ]
    return made(tmp_path_factory.mktemp("written"), posts, Blind())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"❤️"', {"heart", "stuck"}),
        ('"☀"', {"sun"}),
        ('-"❤️" from:ana in:news -in:"#x" "sun" OR "☀️"', {"sun"}),
        ('"love you"', {"heart"}),
        ('"matter"', {"stuck", "wide"}),
        ('"dark matter"', {"wide"}),
        ('"τω"', {"greek"}),
        ('"εν τω υδατι"', {"greek"}),
        ('"ΤΩΙ"', set()),
        ('"soren ate SMORREBROD"', {"soren"}),
        ('"smørrebrød"', {"soren"}),
        ('"lodz"', {"lodz"}),
        ('"strasse"', {"strasse"}),
        ('"straße"', {"strasse"}),
        ('"ofice"', {"ligature"}),
        ('"office"', {"ligature"}),
        ('"oﬃce"', {"ligature"}),
        ('"\ufe0f" -"\ufe0f"', set()),
        ("from:U/Ming OR from:/u/ming", {"ming"}),
        ('"xy"', {"apart"}),
        ('"x\u0302y"', {"apart"}),
        ('"暗物质"', {"han"}),
        ('"物 质"', {"han"}),
        ("from:ming", {"ming"}),
        ('from:"@MING" in:news', {"ming"}),
        ("in:#news -from:ana", {"ming"}),
    ],
)
def test_words_are_found_as_people_write_them(written_posts: Searcher, query: str, found: set[str]) -> None:
    assert {hit.post.id for hit in written_posts.find(query, 100, collapse=False)} == found


class Bilingual(Bags):
    english: Mapping[str, str] = {"lua": "moon", "cheia": "full"}


def test_a_query_in_another_language_finds_posts_by_its_english(tmp_path: Path) -> None:
    texts = ["the full moon rises", "uma lua cheia", "weather and music", "the garden in winter"]
    searcher = made(tmp_path, [Post(str(n), text, "c") for n, text in enumerate(texts)], Bilingual())
    page = searcher.page("lua cheia", 2)
    assert [hit.post.id for hit in page.hits] == ["1", "0"]
    assert page.words == "lua cheia moon full"
    assert page.hits[1].why(page.words)["words"] == ["moon", "full"]
    assert "1" not in [hit.post.id for hit in searcher.find("full moon", 1)]
    # What is asked as a question is looked for as it stands.
    assert "0" not in [hit.post.id for hit in searcher.search("lua cheia", 4) if hit.text_score > 0]
