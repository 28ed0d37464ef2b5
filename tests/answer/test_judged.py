"""What was shown on the written questions was read, sentence by sentence: the post that it cites says it."""

from __future__ import annotations

import json
from pathlib import Path

from truthgpt.corpus import demo

JUDGED = [
    json.loads(line)
    for line in (Path(__file__).parent / "judged.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_enough_was_read() -> None:
    assert len(JUDGED) >= 150
    assert len({row["question"] for row in JUDGED}) >= 60


def test_the_cited_post_says_what_was_shown() -> None:
    wrong = [row["question"] for row in JUDGED if not row["entailed"]]
    assert len(wrong) <= 0.02 * len(JUDGED), wrong


REDDIT = [
    json.loads(line)
    for line in (Path(__file__).parent / "judged_reddit.jsonl").read_text(encoding="utf-8").splitlines()
]
"""What was shown on questions to Reddit's posts; a sentence by its SHA-256, since posts are not kept here."""


def test_the_cited_post_of_reddit_says_what_was_shown() -> None:
    assert len(REDDIT) >= 200
    wrong = [row["question"] for row in REDDIT if not row["entailed"]]
    assert len(wrong) <= 0.02 * len(REDDIT), wrong


FRESH = [
    json.loads(line)
    for line in (Path(__file__).parent / "judged_reddit_fresh.jsonl").read_text(encoding="utf-8").splitlines()
]
"""The same on questions that were asked once, when nothing had been mended by them; what was read in them was mended after that."""


def test_where_nothing_was_mended_the_cited_post_says_it_less_often() -> None:
    assert len(FRESH) >= 200
    assert not {row["question"] for row in FRESH} & {row["question"] for row in REDDIT}
    wrong = [row["question"] for row in FRESH if not row["entailed"]]
    assert len(wrong) <= 0.06 * len(FRESH), wrong


def test_what_was_read_is_what_the_posts_hold() -> None:
    texts = {post.id: post.text for post in demo.load()}
    assert all(row["sentence"] in texts[row["citation"]] for row in JUDGED if row["quoted"])
