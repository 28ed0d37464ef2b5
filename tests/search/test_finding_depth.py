"""What meets a demand is found, however deep it ranks and however many copies stand before it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from encoders import Blind, Letters, made

from truthgpt.corpus.post import Post

START = datetime(2023, 12, 30, tzinfo=UTC)
WORDS = ["moon", "dust", "rock", "crater", "tide", "orbit", "probe"]


def test_copies_are_one_hit_where_nothing_ranks(tmp_path: Path) -> None:
    text = "The bridge over the river will close for fourteen months from today on, says the city council"
    same = [Post(f"c{n}", text, "news", "bot", START + timedelta(days=n)) for n in range(50)]
    other = Post("other", "Nothing of that kind at all", "news", "bot", START)
    hits = made(tmp_path, [*same, other], Blind()).find("from:bot", 10)
    assert [(hit.post.id, hit.copies) for hit in hits] == [("c0", 50), ("other", 1)]


def test_rare_demands_are_met_by_posts_that_rank_deep(tmp_path: Path) -> None:
    """Where the best posts and the latest ones do not meet them, all posts are looked through, and each is found."""
    rng = random.Random(3)
    rare = set(range(0, 3000, 500))
    posts = []
    for number in range(3000):
        # Those that are wanted are long and old: they rank last.
        text = (
            "moon base " + " ".join(rng.choice(["dust", "rock", "crater"]) for _ in range(3)) + f" n{number}"
        )
        text += " rather long words " * 20 + "green cheese" if number in rare else " cheese and green"
        posts.append(
            Post(
                f"p{number}",
                text,
                created_at=START + timedelta(hours=number % 500 if number in rare else number + 500),
            )
        )
    searcher = made(tmp_path, posts, Letters())
    wanted = {f"p{number}" for number in rare}
    for query in (
        'moon "green cheese"',
        '"green cheese"',
        'moon -"cheese and green"',
        '-"cheese and green"',
        '"green cheese" OR "no such thing"',
    ):
        for collapse in (True, False):
            assert {hit.post.id for hit in searcher.find(query, 8, collapse=collapse)} == wanted, query
    assert {hit.post.id for hit in searcher.find("green cheese moon -and", 8, latest=True)} == wanted


def test_copies_do_not_hide_what_else_meets_a_demand(tmp_path: Path) -> None:
    """Four posts rank, and of the rest fifteen of one text are the latest: the others are found all the same."""
    text = "The bridge over the river will close for fourteen months from today on, says the city council"
    ranked = [Post(f"r{n}", f"comet number {n} {WORDS[n]}", "news", "ana", START) for n in range(4)]
    same = [Post(f"c{n}", text, "news", "bot", START + timedelta(days=9, hours=n)) for n in range(15)]
    other = [
        Post(f"o{n}", f"something else {n} {WORDS[n + 4]} indeed", "news", "bot", START) for n in range(3)
    ]
    hits = made(tmp_path, [*ranked, *same, *other], Blind()).find("comet OR from:bot", 10)
    assert {hit.post.id for hit in hits} == {"r0", "r1", "r2", "r3", "c0", "o0", "o1", "o2"}


def test_ranks_go_on_where_copies_are_left_out(tmp_path: Path) -> None:
    same = [Post(f"c{n}", "comet comet comet", "news", "bot", START) for n in range(90)]
    other = Post("other", "a comet and much else beside it")
    first, second = made(tmp_path, [*same, other], Blind()).find("comet", 10)
    assert (first.text_rank, first.copies) == (1, 90)
    assert second.text_rank is not None
    assert second.text_rank > 1
