"""Hacker News items, from its API and from BigQuery's table: what is a post, what is gone, what answers what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, read

STORY = {
    "by": "kiln_keeper",
    "descendants": 2,
    "id": 9000001,
    "kids": [9000002, 9000003],
    "score": 111,
    "time": 1175714200,
    "title": "Show HN: A <canvas> for glaze recipes",
    "type": "story",
    "url": "https://glaze.example/canvas",
}
COMMENT = {
    "by": "wood_ash",
    "id": 9000002,
    "parent": 9000001,
    "text": "Works in Safari.<p>&gt; recipes<p>I&#x27;d add <i>cone 10</i>.",
    "time": 1314211127,
    "type": "comment",
}
ASK = {**STORY, "id": 9000010, "title": "Ask HN: Which kiln?", "text": "Electric &amp; small."}
NULLS = dict.fromkeys(("url", "dead", "deleted", "parent", "text", "ranking", "descendants"))
BIGQUERY = {
    **NULLS,
    "title": "Celadon & iron",
    "by": "tenmoku",
    "score": "7",
    "time": "1500000000",
    "timestamp": "2017-07-14 02:40:00 UTC",
    "type": "story",
    "id": "14760000",
}


def rows(folder: Path, *items: Any, form: str = "jsonl") -> list[Any]:
    path = folder / f"items.{form}"
    path.write_text(
        json.dumps(items) if form == "json" else "".join(json.dumps(item) + "\n" for item in items)
    )
    return list(read(path))


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_a_story_and_its_comment(tmp_path: Path, form: str) -> None:
    story, comment = rows(tmp_path, STORY, COMMENT, form=form)
    assert story == Post(
        id="hackernews:9000001",
        text="Show HN: A &lt;canvas&gt; for glaze recipes",
        community="hackernews",
        author="kiln_keeper",
        created_at=datetime(2007, 4, 4, 19, 16, 40, tzinfo=UTC),
        url="https://news.ycombinator.com/item?id=9000001",
        score=111,
        source="items",
        markup="html",
    )
    assert (comment.id, comment.reply_to) == ("hackernews:9000002", "hackernews:9000001")
    assert (comment.text, comment.markup) == (COMMENT["text"], "html")


def test_title_and_text_are_paragraphs(tmp_path: Path) -> None:
    (ask,) = rows(tmp_path, ASK)
    assert ask.text == "<p>Ask HN: Which kiln?</p><p>Electric &amp; small."


def test_a_row_of_bigquery(tmp_path: Path) -> None:
    (post,) = rows(tmp_path, BIGQUERY)
    assert (post.id, post.author, post.score) == ("hackernews:14760000", "tenmoku", 7)
    assert post.created_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert (post.text, post.reply_to) == ("Celadon & iron", "")


def test_a_poll_and_its_choice(tmp_path: Path) -> None:
    poll = {**ASK, "id": 9000020, "type": "poll", "parts": [9000021]}
    choice = {
        "by": "slip",
        "id": 9000021,
        "poll": 9000020,
        "score": 3,
        "text": "Gas",
        "time": 1,
        "type": "pollopt",
    }
    first, second = rows(tmp_path, poll, choice)
    assert (first.id, second.reply_to) == ("hackernews:9000020", "hackernews:9000020")


def test_deleted_items_are_deletions_and_dead_ones_are_rejected(tmp_path: Path) -> None:
    deleted = {"deleted": True, "id": 9000003, "parent": 9000001, "time": 1314211200, "type": "comment"}
    dead = {**COMMENT, "id": 9000004, "dead": True}
    written_out = [{**BIGQUERY, "deleted": "true"}, {**BIGQUERY, "id": "14760001", "dead": "true"}]
    first, second, third, fourth = rows(tmp_path, deleted, dead, *written_out)
    assert first == Deleted("hackernews:9000003", "items")
    assert third == Deleted("hackernews:14760000", "items")
    for row in (second, fourth):
        assert isinstance(row, Rejected)
        assert row.reason == "dead: flagged by readers or killed by a moderator"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (None, "JSON that is not an object"),
        ({**COMMENT, "text": ""}, "empty text"),
        ({**COMMENT, "text": ["a"]}, "empty text"),
        ({**COMMENT, "id": "x/../1"}, "no id"),
        ({**COMMENT, "id": 1.5}, "no id"),
        ({**COMMENT, "time": "dawn"}, "unreadable date 'dawn'"),
    ],
)
def test_what_is_no_post_says_why(tmp_path: Path, item: object, reason: str) -> None:
    good, bad = rows(tmp_path, STORY, item)
    assert isinstance(good, Post)
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (2, reason)


def test_another_community_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(json.dumps(STORY))
    (post,) = read(path, community="news")
    assert isinstance(post, Post)
    assert post.community == "news"
