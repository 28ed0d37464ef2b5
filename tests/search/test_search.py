"""Search: filters are exact, copies count once, every language finds its own, no query breaks it."""

from __future__ import annotations

import random
import string
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from encoders import Bags, Blind, made
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.nearest import folder
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.search import Filters, Hit, Searcher, copies
from truthgpt.search.query import MAX_TERMS, analyse

START = datetime(2020, 1, 1, tzinfo=UTC)


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.post.id for hit in hits]


def day(number: int) -> datetime:
    return START + timedelta(days=number)


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [
        Post("en", "The mayor said that running shoes were banned in the old library", language="en"),
        Post("pt", "A inflação do café subiu e a prefeitura não explicou a situação", language="pt"),
        Post("zh", "市政府宣布地铁票价从三元涨到四元", language="zh"),
        Post("zh2", "昨天我家的猫不见了", language="zh"),
        Post("ja", "東京の地下鉄は来年から値上げします", language="ja"),
        Post("ko", "서울 지하철 요금이 내년부터 오른다", language="ko"),
        Post("mixed", "OpenWeather 模型今天发布", language="zh"),
        Post("quote", 'It\'s "quoted" (twice): a AND b OR c -- NOT d* ~e ^f', language="en"),
    ]
    return made(tmp_path_factory.mktemp("languages"), posts, Blind())


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Did they ban a running shoe?", "en"),
        ("RUNS shoes", "en"),
        ("por que a inflacao do cafe subiu?", "pt"),
        ("INFLAÇÃO", "pt"),
        ("地铁票价涨了吗？", "zh"),
        ("地铁为什么涨价", "zh"),
        ("猫", "zh2"),
        ("地下鉄の値上げ", "ja"),
        ("지하철 요금", "ko"),
        ("openweather", "mixed"),
        ("ＯｐｅｎＷｅａｔｈｅｒ模型", "mixed"),
        ("模型", "mixed"),
    ],
)
def test_a_question_finds_the_post_of_its_language(languages: Searcher, query: str, first: str) -> None:
    assert ids(languages.search(query))[:1] == [first]


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        "quoted\"'",
        "(quoted",
        "a AND (b",
        "text:quoted^2~1 +b -c",
        "*",
        "\\",
        "quoted\0 twice",
        "🙂",
        "/*--",
        "\ud800",
    ],
)
def test_signs_in_a_query_are_never_operators(languages: Searcher, query: str) -> None:
    assert set(ids(languages.search(query))) <= {"quote"}


def test_a_query_without_words_or_known_words_finds_nothing(languages: Searcher) -> None:
    assert languages.search("") == []
    assert languages.search("  \n") == []
    assert languages.search("xyzzy plugh qwertz") == []
    assert languages.search("shoes", limit=0) == []


def test_a_query_of_a_megabyte_is_read_in_part(languages: Searcher) -> None:
    assert ids(languages.search("shoes " + "x" * (1 << 20))) == ["en"]
    assert ids(languages.search("地铁" * (1 << 19)))[0] == "zh"


def test_stop_words_are_dropped_unless_nothing_remains() -> None:
    assert analyse("Why do people say that the earth is flat?").words == "people say earth flat"
    assert analyse("Por que não há água?").words == "água"
    assert analyse("to be or not to be").words == "to be or not"
    asked, said = analyse("政府为什么涨价吗"), analyse("政府 涨价")
    assert (asked.words, asked.grams, asked.closer) == (said.words, said.grams, said.closer)
    assert analyse("为什么").grams != ""


def test_no_more_than_64_terms_are_looked_for() -> None:
    many = " ".join("".join(random.Random(i).choices(string.ascii_lowercase, k=9)) for i in range(500))
    assert len(analyse(many).words.split()) == MAX_TERMS
    assert len(analyse("".join(chr(0x4E00 + 7 * i) for i in range(900))).grams.split()) == MAX_TERMS


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_analysed(text: str) -> None:
    query = analyse(text)
    assert "\n" not in query.words + query.grams


NAMES = ("a", "b", "o'neil", 'x" OR 1=1', "Ünï", "日本", "")
filtered: st.SearchStrategy[dict[str, object]] = st.builds(
    dict,
    community=st.none() | st.sampled_from(NAMES) | st.lists(st.sampled_from(NAMES), max_size=3),
    author=st.none() | st.sampled_from(NAMES),
    language=st.none() | st.sampled_from(("en", "pt", ["en", "zh"])),
    since=st.none() | st.integers(-1, 40).map(day),
    until=st.none() | st.integers(-1, 40).map(day),
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, list[Post]]:
    chance = random.Random(3)
    posts = [
        Post(
            f"id'{number}",
            f"flat earth claim number {number}",
            community=chance.choice(NAMES),
            author=chance.choice(NAMES),
            created_at=None if number % 11 == 0 else day(chance.randrange(40)),
            language=chance.choice(("en", "pt", "zh")),
        )
        for number in range(90)
    ]
    return made(tmp_path_factory.mktemp("mixed"), posts), posts


@given(filtered)
@settings(max_examples=60, deadline=None)
def test_filters_are_those_of_a_plain_scan(
    mixed: tuple[Searcher, list[Post]], wanted: dict[str, object]
) -> None:
    searcher, posts = mixed

    def passes(post: Post) -> bool:
        for name in ("community", "author", "language"):
            value = wanted[name]
            if value is not None and getattr(post, name) not in (
                value if isinstance(value, list) else [value]
            ):
                return False
        since, until = wanted["since"], wanted["until"]
        assert since is None or isinstance(since, datetime)
        assert until is None or isinstance(until, datetime)
        if post.created_at is None:
            return since is None and until is None
        return (since is None or post.created_at >= since) and (until is None or post.created_at < until)

    hits = searcher.search("flat earth claim", 100, Filters(**wanted), collapse=False)  # type: ignore[arg-type]
    assert sorted(ids(hits)) == sorted(post.id for post in posts if passes(post))


RUMOUR = "Breaking: the bridge over the river will close for 14 months, says the city council today"


@pytest.fixture(scope="module")
def rumour(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    posts = [Post("first", RUMOUR, "one", "ana", day(1), "en")]
    posts += [Post(f"copy{n}", RUMOUR.upper(), "two", f"bot{n}", day(2 + n % 20), "en") for n in range(400)]
    posts += [
        Post("retweet", f"RT @ana: {RUMOUR} https://example.org/x", "two", "bo", day(30), "en"),
        Post("near", RUMOUR + ", wow really", "two", "cy", day(31), "en"),
        Post("number", RUMOUR.replace("14", "15"), "two", "di", day(32), "en"),
        Post("denial", RUMOUR.replace("will close", "will not close"), "two", "ed", day(33), "en"),
        Post("other", "The council denies that the bridge over the river closes", "one", "fi", day(34), "en"),
        Post("undated", RUMOUR + "!!!", "one", "gus", None, "en"),
    ]
    return made(tmp_path_factory.mktemp("rumour"), posts)


@pytest.mark.parametrize("stood", [-1.0, 1e9])
def test_copies_are_one_hit_shown_by_the_earliest(
    rumour: Searcher, stood: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a version that has stood for a while, whose repeated texts are remembered, and of one that came just now."""
    monkeypatch.setattr(copies, "_STOOD", stood)
    hits = {hit.post.id: hit for hit in rumour.search("bridge over the river close months", 10)}
    assert set(hits) == {"first", "number", "denial", "other"}
    # The first, 400 copies, the retweet, the one without a time, and the near copy.
    assert hits["first"].copies == 404
    assert hits["number"].copies == hits["denial"].copies == hits["other"].copies == 1


def test_the_earliest_copy_is_one_that_passes_the_filters_and_copies_are_those_of_the_corpus(
    rumour: Searcher,
) -> None:
    hits = rumour.search("bridge over the river close months", 10, Filters(community="two", since=day(20)))
    best = next(hit for hit in hits if hit.copies > 1)
    assert best.post.created_at == day(20)
    assert best.copies == 404


def test_without_collapse_each_post_is_a_hit(rumour: Searcher) -> None:
    hits = rumour.search("bridge over the river close months", 50, collapse=False)
    assert len(set(ids(hits))) == 50


def test_scores_fall_and_say_how_words_and_vectors_agree(rumour: Searcher) -> None:
    hits = rumour.search("council denies bridge closes", 4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert ids(hits)[0] == "other"
    assert hits[0].text_score > 0
    assert 0.5 < hits[0].vector_score <= 1.0


def test_posts_outside_the_indexes_are_found_like_those_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "FROM", 500)
    chance = random.Random(5)
    vocabulary = ["".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(600)]
    posts = [Post(str(n), " ".join(chance.choices(vocabulary, k=12)), language="en") for n in range(1500)]
    searcher = made(tmp_path, posts)
    assert ids(searcher.search(posts[7].text, 1)) == ["7"]
    late = [Post("late", "zebra giraffe okapi " + vocabulary[0]), Post("han", "长颈鹿在动物园里")]
    import_posts(searcher._store, late, embed=Bags().encode)
    assert ids(searcher.search("zebra okapi", 1)) == ["late"]
    assert ids(searcher.search("长颈鹿", 1)) == ["han"]
    assert ids(searcher.search(posts[1499].text, 1)) == ["1499"]


def test_searching_while_posts_come_in_never_fails(tmp_path: Path) -> None:
    searcher = made(tmp_path, [Post("fixed", "zebra giraffe okapi", language="en")])
    store = Store.open(tmp_path / "corpus", Bags.dimensions)
    ended = threading.Event()

    def write() -> None:
        for part in range(7):
            posts = [Post(f"{part}-{n}", f"zebra number {part} {n}", language="en") for n in range(150)]
            import_posts(
                store,
                [*posts, Post("fixed", f"zebra giraffe okapi {part}", language="en")],
                embed=Bags().encode,
            )
        ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    searches = 0
    while not ended.is_set() or not searches:
        assert "fixed" in ids(searcher.search("giraffe okapi", 3))
        searches += 1
    thread.join()
    assert ids(searcher.search("okapi 6", 1)) == ["fixed"]


def test_threads_may_share_a_searcher(rumour: Searcher) -> None:
    expected = ids(rumour.search("council bridge", 5))
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(ids(rumour.search("council bridge", 5))))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 16


def test_a_hit_as_a_dictionary_is_what_the_command_line_prints(rumour: Searcher) -> None:
    printed = rumour.search("council denies", 1)[0].as_dict()
    assert {"id", "text", "community", "author", "created_at", "score", "copies"} <= set(printed)
    assert printed["created_at"] == "2020-02-04T00:00:00+00:00"
