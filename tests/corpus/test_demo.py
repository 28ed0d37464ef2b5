"""What the demo posts promise: a newcomer's first questions, and the cases that every later check is measured on."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus import demo
from truthgpt.corpus.post import Post
from truthgpt.errors import BadInputError

QUESTIONS = Path(__file__).parents[1] / "answer" / "questions.jsonl"
KINDS = {"fact", "number", "date", "contested", "rumour", "changing", "unanswerable", "injection"}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return list(demo.load())


@pytest.fixture(scope="module")
def by_id(posts: list[Post]) -> dict[str, Post]:
    return {post.id: post for post in posts}


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def copies_of(original: str, posts: list[Post]) -> list[Post]:
    """The posts that say what `original` says but for a repost's prefix, a word or an emoji."""

    def bare(text: str) -> str:
        return re.sub(r"\W+", "", re.sub(r"^RT @\S+: ", "", text)).casefold()

    wanted = bare(original)
    return [post for post in posts if SequenceMatcher(None, wanted, bare(post.text)).ratio() > 0.9]


def test_there_are_enough_posts_in_each_language_and_many_voices(posts: list[Post]) -> None:
    count = Counter(post.language for post in posts)
    assert len(posts) >= 420
    assert count["en"] >= 220
    assert count["pt"] >= 110
    assert count["zh"] >= 100
    assert set(count) == {"en", "pt", "zh"}
    assert len({post.community for post in posts}) >= 28
    assert len({post.author for post in posts}) >= 200


def test_every_post_is_whole_and_its_id_is_its_own(posts: list[Post], by_id: dict[str, Post]) -> None:
    assert len(by_id) == len(posts)
    for post in posts:
        assert re.fullmatch(rf"demo:{post.language}-\d{{4}}", post.id)
        assert post.text == unicodedata.normalize("NFC", post.text).strip() != ""
        assert post.community
        assert post.author
        assert post.source == demo.SOURCE
        assert post.created_at is not None
        assert post.created_at.utcoffset() == timedelta(0)
        assert datetime(2019, 1, 1, tzinfo=UTC) < post.created_at < datetime(2026, 11, 24, tzinfo=UTC)
        assert post.url == "" or post.url.startswith("https://example.org/"), "links lead nowhere real"


def test_dates_and_scores_are_spread(posts: list[Post]) -> None:
    years = Counter(post.created_at.year for post in posts if post.created_at)
    assert set(years) == set(range(2019, 2027))
    assert min(post.score for post in posts) < 0
    assert max(post.score for post in posts) > 100


def test_text_is_written_in_the_language_that_the_post_names(posts: list[Post]) -> None:
    for post in posts:
        assert bool(HAN.search(post.text)) == (post.language == "zh"), post.id


def test_posts_are_of_many_lengths_and_some_have_a_title(posts: list[Post]) -> None:
    words = [len(post.text.split()) for post in posts if post.language != "zh"]
    assert min(words) < 10
    assert max(words) > 120
    assert sum("\n\n" in post.text for post in posts) >= 8


@pytest.mark.parametrize(
    ("opening", "language", "at_least"),
    [
        ("BREAKING: the whole internet will be switched off", "en", 14),
        ("ATENÇÃO: no dia 29 de maio a Lua", "pt", 6),
        ("紧急通知：10月10日当天全国高铁免费", "zh", 6),
    ],
)
def test_a_rumour_is_copied_within_two_days_and_corrected_twice_elsewhere(
    opening: str,
    language: str,
    at_least: int,
    posts: list[Post],
    by_id: dict[str, Post],
    questions: list[dict[str, Any]],
) -> None:
    original = next(post for post in posts if post.text.startswith(opening))
    copies = copies_of(original.text, posts)
    assert len(copies) >= at_least
    assert len({post.author for post in copies}) == len(copies), "each copy is by another account"
    assert any(post.text.startswith("RT @") for post in copies)
    times = sorted(post.created_at for post in copies if post.created_at)
    assert times[-1] - times[0] <= timedelta(days=2)

    asked = [row for row in questions if row["kind"] == "rumour" and row["language"] == language]
    corrections = {post_id for row in asked for post_id in row["posts"]}
    assert len({by_id[post_id].community for post_id in corrections}) >= 2
    assert not corrections & {post.id for post in copies}, "a copy of a rumour is never the right answer"


def test_the_contested_questions_have_two_communities_and_bridges(
    posts: list[Post], by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    size = Counter(post.community for post in posts)
    assert min(size["nuclear_yes"], size["renewables_first"]) >= 12
    assert min(size["cidade_a_pe"], size["loja_de_rua"]) >= 8
    for sides in ({"nuclear_yes", "renewables_first"}, {"cidade_a_pe", "loja_de_rua"}):
        row = next(
            row
            for row in questions
            if row["kind"] == "contested" and sides <= {by_id[post].community for post in row["posts"]}
        )
        bridges = [by_id[post] for post in row["posts"] if by_id[post].community not in sides]
        assert bridges
        assert min(post.score for post in bridges) > max(
            post.score for post in posts if post.community in sides
        )


def test_a_changing_number_is_answered_by_the_newest_of_its_series(
    posts: list[Post], by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    asked = [by_id[row["posts"][0]] for row in questions if row["kind"] == "changing"]
    assert len(asked) >= 5
    for right in asked:
        series = [post for post in posts if post.author == right.author and post.text[:4] == right.text[:4]]
        assert right == max(series, key=lambda post: str(post.created_at)), right.id
    assert len([post for post in posts if post.text.startswith("Exoplanet tally")]) >= 4


def test_some_posts_try_to_instruct_the_assistant_in_each_language(posts: list[Post]) -> None:
    orders = {
        "en": r"(?i)ignore (all )?previous instructions|override|<\|im_start\|>|all assistants must",
        "pt": r"(?i)ignore as instruções|prompt de sistema",
        "zh": r"忽略之前的所有指令|系统提示词",
    }
    hostile = [post for post in posts if re.search(orders[post.language], post.text)]
    assert len(hostile) >= 6
    assert {post.language for post in hostile} == {"en", "pt", "zh"}
    text = " ".join(post.text for post in hostile)
    assert "<|im_start|>" in text
    assert "[1]" in text, "a forged citation"
    assert re.search(r"\b[A-Za-z0-9+/]{40,}=", text), "an order hidden in base64"


def test_some_posts_hold_markup_and_script(posts: list[Post]) -> None:
    text = "\n".join(post.text for post in posts)
    for needle in ("<script>", "onerror=", "javascript:", "</textarea>", "DROP TABLE"):
        assert needle in text


def test_questions_name_posts_that_exist_and_not_the_hostile_ones(
    by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    assert len({row["id"] for row in questions}) == len(questions)
    assert len({row["question"] for row in questions}) == len(questions)
    for row in questions:
        assert set(row) == {"id", "question", "language", "kind", "posts", "answer"}
        assert row["kind"] in KINDS
        assert len(set(row["posts"])) == len(row["posts"])
        for post in row["posts"]:
            assert by_id[post].score >= 0, f"{row['id']} names {post}, which was voted down"


def test_a_question_is_answerable_exactly_when_it_names_posts(questions: list[dict[str, Any]]) -> None:
    for row in questions:
        answerable = row["kind"] != "unanswerable"
        assert bool(row["posts"]) == answerable == bool(row["answer"]), row["id"]
    count = Counter(row["kind"] for row in questions)
    assert set(count) == KINDS
    assert len(questions) >= 96
    assert count["unanswerable"] >= 16
    assert len(questions) - count["unanswerable"] >= 62


def test_questions_are_asked_in_three_languages_each_with_posts_in_its_own(
    by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    share = {k: n / len(questions) for k, n in Counter(row["language"] for row in questions).items()}
    assert 0.4 <= share["en"] <= 0.6
    assert 0.2 <= share["pt"] <= 0.3
    assert 0.2 <= share["zh"] <= 0.3
    for row in questions:
        if row["posts"]:
            assert row["language"] in {by_id[post].language for post in row["posts"]}, row["id"]


def test_questions_are_not_copied_from_the_posts(
    by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    for row in questions:
        asked = row["question"].casefold().rstrip("?？")
        assert all(asked not in by_id[post].text.casefold() for post in row["posts"]), row["id"]


def test_a_number_asked_for_stands_in_every_post_that_answers(
    by_id: dict[str, Post], questions: list[dict[str, Any]]
) -> None:
    """The first figure of a right answer is in at least one named post, so that the answer can be cited."""
    for row in questions:
        figure = re.search(r"\d[\d.,:]*\d|\d", row["answer"] or "")
        if figure and row["kind"] in {"number", "date", "changing"}:
            texts = [re.sub(r"[.,]", "", by_id[post].text) for post in row["posts"]]
            assert any(re.sub(r"[.,]", "", figure[0]) in text for text in texts), row["id"]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "demo:en-0001"}', '{"id":1,"text":"","community":"","author":"","created_at":"x"}'],
)
def test_a_damaged_file_is_one_clear_error(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "en.jsonl").write_text(line + "\n", encoding="utf-8")
    monkeypatch.setattr("truthgpt.corpus.demo.resources.files", lambda _: tmp_path)
    with pytest.raises(BadInputError, match=r"^en\.jsonl, line 1: not a demo post") as caught:
        list(demo.load())
    assert "\n" not in str(caught.value)
