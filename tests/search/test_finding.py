"""Queries over stored posts: what is demanded holds for every post found, and every post that it holds for is found."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
import regex
from encoders import Blind, made
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.terms import terms
from truthgpt.errors import MissingError
from truthgpt.search import Searcher
from truthgpt.search.syntax import QuerySyntaxError, parse
from truthgpt.search.syntax.nodes import And, Field, Node, Not, Or, Phrase, Word, written

WORDS = [
    "moon",
    "Moons",
    "dark",
    "MATTER",
    "Não",
    "nao",
    "vacinação",
    "the",
    "covid-19",
    "暗物质",
    "物质",
    "暗",
    "a",
    "naïve",
]
GLUE = [" ", ", ", " – ", ": ", "\n\n", ". ", "-", "/", " "]
START = datetime(2023, 12, 30, tzinfo=UTC)


def posts() -> list[Post]:
    rng = random.Random(5)
    made = []
    for number in range(240):
        text = "".join(
            part for _ in range(rng.randint(1, 7)) for part in (rng.choice(WORDS), rng.choice(GLUE))
        )
        text += rng.choice(["", "", " https://example.org/x", " @ana", " #moon", " !!!"])
        made.append(
            Post(
                f"p{number}",
                text.strip() + f" n{number}",
                rng.choice(["science", "Science", "news", "机器学习"]),
                rng.choice(["bob", "Bob", "Alice B", "d'Arc", ""]),
                None if rng.random() < 0.1 else START + timedelta(hours=6 * number % 600),
                rng.choice(["en", "pt", "zh"]),
                score=rng.randint(-5, 20),
                reply_to=rng.choice(["", "", "p0"]),
                quotes=rng.choice(["", "", "p1"]),
                reposts=rng.choice(["", "", "p2"]),
            )
        )
    return made


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, list[Post]]:
    return made(tmp_path_factory.mktemp("finding"), posts(), Blind()), posts()


UNSPACED = regex.compile(r"[\p{Han}]")


def pieces(text: str) -> list[str]:
    """Words without case and accents; characters where no spaces are."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign)
    )
    found: list[str] = regex.findall(r"(?V1)\p{Han}|[[\p{L}\p{N}]--\p{Han}]+", plain)
    return found


def within(part: Sequence[str], whole: Sequence[str]) -> bool:
    return any(list(part) == list(whole[at : at + len(part)]) for at in range(len(whole) - len(part) + 1))


def has_phrase(text: str, phrase: str) -> bool:
    wanted = pieces(phrase)
    return within(wanted, pieces(text)) if wanted else phrase in text


def has_word(text: str, word: str) -> bool:
    stems = [] if UNSPACED.search(word) else terms(word).split()
    return within(stems, terms(text).split()) if stems else has_phrase(text, word)


def day(value: str) -> datetime:
    year, month, date = (*map(int, value.split("-")), 1, 1)[:3]
    return datetime(year, month, date, tzinfo=UTC)


def holds(node: Node, post: Post) -> bool:
    """What a plain reader of posts says."""
    match node:
        case Word(text):
            return has_word(post.text, text)
        case Phrase(text):
            return has_phrase(post.text, text)
        case Not(of):
            return not holds(of, post)
        case And(parts):
            return all(holds(part, post) for part in parts)
        case Or(parts):
            return any(holds(part, post) for part in parts)
        case Field(name, value):
            return {
                "from": lambda: post.author.lower() == value.lower(),
                "in": lambda: post.community.lower() == value.lower(),
                "lang": lambda: post.language == value,
                "since": lambda: post.created_at is not None and post.created_at >= day(value),
                "until": lambda: post.created_at is not None and post.created_at < day(value),
                "min_likes": lambda: post.score >= int(value),
                "has": lambda: {"link": "https:", "mention": "@", "hashtag": "#"}[value] in post.text,
                "filter": lambda: bool(
                    {"replies": post.reply_to, "quotes": post.quotes, "reposts": post.reposts}[value]
                ),
            }[name]()


WORD = st.sampled_from(
    ["moon", "dark", "nao", "vacinacao", "covid-19", "暗物质", "the", "absent", "naive"]
).map(Word)
PHRASE = st.sampled_from(
    [
        "dark matter",
        "MOON",
        "não",
        "暗 物质",
        "物质",
        "the moon",
        "covid 19",
        "moon 暗",
        "!!!",
        "dark the",
        "moons a",
    ]
).map(Phrase)
FIELD = st.sampled_from(
    [
        Field(name, value)
        for name, values in {
            "from": ["bob", "alice b", "d'arc"],
            "in": ["SCIENCE", "机器学习"],
            "lang": ["pt"],
            "since": ["2024", "2024-01-05"],
            "until": ["2024-01", "2024-01-09"],
            "min_likes": ["0", "10", "-3"],
            "has": ["link", "mention", "hashtag"],
            "filter": ["replies", "quotes", "reposts"],
        }.items()
        for value in values
    ]
)
DEMANDS: st.SearchStrategy[Node] = st.recursive(
    PHRASE | FIELD | WORD.map(Not) | st.tuples(WORD, PHRASE).map(Or),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(tuple).map(And)
        | st.lists(inner | WORD, min_size=2, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=6,
)


@given(DEMANDS, st.sampled_from([1, 8]))
@settings(max_examples=150, deadline=None)
def test_demands_find_what_a_plain_scan_finds(
    stored: tuple[Searcher, list[Post]], node: Node, dearer: int
) -> None:
    """Whether all texts are read or those alone that have the terms."""
    searcher, every = stored
    with patch("truthgpt.corpus.view._DEARER", dearer):
        hits = searcher.find(written(node), 1000, collapse=False)
    assert sorted(hit.post.id for hit in hits) == sorted(post.id for post in every if holds(node, post))


@given(DEMANDS, st.sampled_from(["moon", "暗物质", "vacinação moon"]))
@settings(max_examples=50, deadline=None)
def test_words_rank_and_demands_hold(stored: tuple[Searcher, list[Post]], node: Node, words: str) -> None:
    """Beside words, posts that have some of them are found, and of these all that meet the demands."""
    searcher, every = stored
    found = {hit.post.id for hit in searcher.find(f"{words} ({written(node)})", 1000, collapse=False)}
    assert all(holds(node, post) for post in every if post.id in found)
    one = words.split()
    wanted = {
        post.id for post in every if holds(node, post) and any(has_word(post.text, word) for word in one)
    }
    assert wanted <= found


def test_posts_without_the_words_come_last_and_latest_first(stored: tuple[Searcher, list[Post]]) -> None:
    searcher, _ = stored
    hits = searcher.find('from:bob OR "dark matter"', 1000, collapse=False)
    having = [has_word(hit.post.text, "dark") or has_word(hit.post.text, "matter") for hit in hits]
    assert having == sorted(having, reverse=True)
    rest = [hit.post.created_at for hit, has in zip(hits, having, strict=True) if not has]
    dated = [time for time in rest if time is not None]
    assert len(dated) > 10
    assert all(one >= other for one, other in pairwise(dated))
    assert all(time is None for time in rest[len(dated) :])


def test_a_hit_says_why_it_was_found(stored: tuple[Searcher, list[Post]]) -> None:
    searcher, _ = stored
    hit = searcher.find("vacinacao 暗物质 -covid", 1)[0]
    why = hit.why("vacinacao 暗物质")
    assert why["words"] == ["vacinacao", "暗物", "物质"]
    assert (why["text_rank"], why["vector_rank"], why["vector_score"]) == (1, None, 0)
    assert searcher.find("from:bob", 1)[0].why("") == {
        "words": [],
        "text_score": 0,
        "text_rank": None,
        "vector_score": 0,
        "vector_rank": None,
    }


def test_the_latest_have_all_words_and_stand_by_time(stored: tuple[Searcher, list[Post]]) -> None:
    searcher, every = stored
    hits = searcher.find("moon dark -in:news", 1000, collapse=False, latest=True)
    wanted = [
        post
        for post in every
        if has_word(post.text, "moon") and has_word(post.text, "dark") and post.community != "news"
    ]
    assert {hit.post.id for hit in hits} == {post.id for post in wanted}
    times = [hit.post.created_at for hit in hits if hit.post.created_at is not None]
    assert times == sorted(times, reverse=True)
    with pytest.raises(QuerySyntaxError):
        searcher.find("moon " * 40, 10, latest=True)


def test_nothing_asked_finds_nothing(stored: tuple[Searcher, list[Post]]) -> None:
    searcher, _ = stored
    assert searcher.find("  ") == []
    assert searcher.find("-moon", 0) == []


@pytest.mark.parametrize(
    "query",
    [
        'from:"x\' OR 1=1 --"',
        '"\'); DROP TABLE posts; --"',
        '"moon" -".*"',
        '"(?i)moon|"',
        '"[a-z]+ \\"',
        "-a'b OR '",
        '"\x00\x07"',
        "in:%",
        '"!!!" OR "$^<>~&#"',
    ],
)
def test_what_looks_like_sql_or_a_pattern_is_data(stored: tuple[Searcher, list[Post]], query: str) -> None:
    searcher, every = stored
    found = searcher.find(query, 1000, collapse=False)
    assert sorted(hit.post.id for hit in found) == sorted(
        post.id for post in every if holds(parse(query), post)
    )


@pytest.mark.parametrize(
    "query", ["moon dark", "-vacinacao", 'matter "dark"', '-"dark matter"', "物质 lang:zh"]
)
@pytest.mark.parametrize("collapse", [True, False])
def test_pages_of_any_size_are_one_list(
    stored: tuple[Searcher, list[Post]], query: str, collapse: bool
) -> None:
    searcher, _ = stored
    whole = [hit.post.id for hit in searcher.find(query, 1000, collapse=collapse)]
    for size in (7, 50):
        pages: list[list[str]] = []
        more = True
        while more:
            page = searcher.page(query, size, offset=size * len(pages), collapse=collapse)
            pages.append([hit.post.id for hit in page.hits])
            more = page.more
        assert [found for page in pages for found in page] == whole
        assert all(len(page) == size for page in pages[:-1])


def test_a_page_of_a_version_shows_nothing_of_what_came_in_after(tmp_path: Path) -> None:
    searcher = made(tmp_path, [Post(str(n), f"moon {n}", "c") for n in range(30)], Blind())
    first = searcher.page("moon", 10)
    store = Store.open(tmp_path / "corpus", Blind.dimensions, create=False)
    import_posts(store, [Post(f"new{n}", f"moon moon {n} new", "c") for n in range(30)], embed=Blind().encode)
    second = searcher.page("moon", 10, offset=10, version=first.version)
    third = searcher.page("moon", 10, offset=20, version=first.version)
    seen = [hit.post.id for page in (first, second, third) for hit in page.hits]
    assert sorted(seen, key=int) == [str(n) for n in range(30)]
    assert (first.more, second.more, third.more) == (True, True, False)
    assert any(hit.post.id.startswith("new") for hit in searcher.page("moon", 10).hits)
    with pytest.raises(MissingError):
        searcher.page("moon", 10, offset=10, version=first.version + 10_000)
