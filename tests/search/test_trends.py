"""Trends: counts are those of a plain scan, periods have no gaps, and what rises is told by authors, not by posts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from encoders import Blind, made
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.post import Post
from truthgpt.search import Filters, Searcher
from truthgpt.search.trends import INTERVALS, Interval

START = datetime(2023, 12, 28, 22, tzinfo=UTC)
FILLER = [
    "river",
    "bridge",
    "council",
    "market",
    "weather",
    "football",
    "kitchen",
    "garden",
    "music",
    "school",
    "winter",
    "train",
]


def posts() -> list[Post]:
    rng = random.Random(11)
    found = []
    for number in range(400):
        words = rng.choices(FILLER, k=8)
        late = number >= 320
        if late and rng.random() < 0.5:
            words.append("Earthquake")
        if late and rng.random() < 0.5:
            words.append("地震了")
        text = " ".join(words) + f" n{number}"
        author = rng.choice(["ana", "bob", "cy", "", *(f"u{n}" for n in range(60))])
        found.append(
            Post(
                f"p{number}",
                text,
                rng.choice(["news", "news", "Science", ""]),
                author,
                START + timedelta(hours=5 * number),
            )
        )
    # One author says one word in all late posts: that is no trend.
    for number in range(60):
        text = f"miracle {rng.choice(FILLER)} m{number}"
        found.append(Post(f"m{number}", text, "ads", "spam", START + timedelta(hours=1700 + number)))
    found += [Post(f"t{number}", f"garden without time t{number}", "news", "ana") for number in range(9)]
    return found


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, list[Post]]:
    return made(tmp_path_factory.mktemp("trends"), posts(), Blind()), posts()


@given(
    st.sampled_from(["", "garden", "garden -music", "in:news", "train OR school", "earthquake", "absent"]),
    st.sampled_from([None, *INTERVALS]),
    st.sampled_from([Filters(), Filters(community="news"), Filters(since=START + timedelta(days=40))]),
)
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_the_posts_that_are_found(
    stored: tuple[Searcher, list[Post]], query: str, interval: Interval | None, filters: Filters
) -> None:
    searcher, everything = stored
    trends = searcher.trends(query, filters, interval=interval)
    ids = {
        hit.post.id for hit in searcher.find(query or "-absent", 1000, filters, collapse=False, latest=True)
    }
    wanted = [post for post in everything if post.id in ids]
    assert trends.posts == len(wanted)
    assert trends.authors == len({post.author for post in wanted} - {""})
    timed = [post for post in wanted if post.created_at]
    assert trends.untimed == len(wanted) - len(timed)
    most = Counter(post.community for post in wanted if post.community)
    assert {found.community: found.posts for found in trends.communities} == dict(most)
    assert all(
        found.of == sum(post.community == found.community for post in everything)
        for found in trends.communities
    )
    assert [found.posts for found in trends.communities] == sorted(most.values(), reverse=True)
    if timed:
        assert trends.interval == (interval or trends.interval)
        starts = [period.start for period in trends.periods]
        for at, period in enumerate(trends.periods):
            end = starts[at + 1] if at + 1 < len(starts) else datetime.max.replace(tzinfo=UTC)
            inside = [post for post in timed if post.created_at and period.start <= post.created_at < end]
            assert period.posts == len(inside)
            assert period.authors == len({post.author for post in inside} - {""})
        assert trends.periods[-1].posts > 0
    else:
        assert trends.periods == []


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_period_begins_where_people_begin_it(
    stored: tuple[Searcher, list[Post]], interval: Interval
) -> None:
    starts = [period.start for period in stored[0].trends("", interval=interval).periods]
    assert all(start.minute == start.second == start.microsecond == 0 for start in starts)
    if interval != "hour":
        assert all(start.hour == 0 for start in starts)
    if interval == "week":
        assert all(start.weekday() == 0 for start in starts)
    if interval in ("month", "year"):
        assert all(start.day == 1 for start in starts)
    if interval == "year":
        assert [start.year for start in starts] == [2023, 2024]


def test_by_itself_a_period_is_the_shortest_of_which_there_are_few(
    stored: tuple[Searcher, list[Post]],
) -> None:
    searcher, _ = stored
    assert searcher.trends("").interval == "week"
    assert searcher.trends("", Filters(until=START + timedelta(hours=50))).interval == "hour"
    assert searcher.trends("absent").interval == "hour"


def test_what_many_say_lately_rises_and_what_one_repeats_does_not(
    stored: tuple[Searcher, list[Post]],
) -> None:
    trends = stored[0].trends("")
    words = {found.term: found for found in trends.rising}
    assert "Earthquake" in words
    assert "地震" in words
    assert "miracle" not in words
    assert not {word.lower() for word in words} & set(FILLER)
    assert words["Earthquake"].recent > words["Earthquake"].before
    assert trends.rising_since is not None
    assert trends.rising_since > START + timedelta(hours=5 * 300)


def test_of_few_posts_no_word_is_told_to_rise(tmp_path: Path) -> None:
    few = [Post(str(n), f"moon landing {n}", "c", f"u{n}", START + timedelta(days=n)) for n in range(12)]
    trends = made(tmp_path, few, Blind()).trends("moon")
    assert (trends.posts, trends.rising, trends.rising_since) == (12, [], None)


def test_a_post_of_another_age_does_not_make_a_period_of_every_year(tmp_path: Path) -> None:
    ages = [datetime(1, 1, 1, tzinfo=UTC), START, START + timedelta(days=1)]
    some = [Post(str(n), f"moon {n}", "c", "u", age) for n, age in enumerate(ages)]
    trends = made(tmp_path, some, Blind()).trends("")
    assert trends.interval == "year"
    assert len(trends.periods) == 1000
    assert (trends.periods[-1].start.year, trends.periods[-1].posts) == (2023, 2)
