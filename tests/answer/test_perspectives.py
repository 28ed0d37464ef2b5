"""Perspectives: who is for and who against stands with its share and its posts; what is not contested has no sides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import FEATURES, Passage
from truthgpt.answer.perspectives import by_stance
from truthgpt.answer.question import read
from truthgpt.corpus.post import Post
from truthgpt.truth.sides import Sides


def piece(number: int, text: str) -> Piece:
    post = Post(id=f"p{number}", text=text, community="city", author=f"a{number}")
    passage = Passage(0, len(text), text, 0.9, tuple(1.0 for _ in FEATURES))
    return Piece(post, 1, passage, ())


def told(target: str, texts: Sequence[str]) -> Sides:
    """Reads the sides from the texts' first letters."""
    return Sides(
        tuple(n for n, text in enumerate(texts) if text.startswith("+")),
        tuple(n for n, text in enumerate(texts) if text.startswith("-")),
    )


FOUND = [piece(n, text) for n, text in enumerate(["-a", "+b", "-c", "-d", "+e", "=f"])]


@pytest.mark.parametrize(
    ("question", "language", "labels"),
    [
        ("Should zoos be closed?", "en", ["Against", "For"]),
        ("Os zoológicos devem fechar?", "pt", ["Contra", "A favor"]),
        ("应该关闭动物园吗？", "zh", ["反对", "支持"]),
    ],
)
def test_the_larger_side_stands_first_with_its_share_and_its_posts(
    question: str, language: str, labels: list[str]
) -> None:
    sides = by_stance(read(question, language), FOUND, told)
    assert [side.label for side in sides] == labels
    assert [side.share for side in sides] == [0.6, 0.4]
    assert [side.citations for side in sides] == [["p0", "p2"], ["p1", "p4"]]
    assert [side.sentences for side in sides] == [["-a", "-c"], ["+b", "+e"]]


@pytest.mark.parametrize("question", ["Who closed the zoo?", "How many zoos are there?", ""])
def test_what_nobody_can_be_for_or_against_has_no_sides(question: str) -> None:
    assert by_stance(read(question, "en"), FOUND, told) == []


def test_one_post_against_is_no_contest() -> None:
    assert by_stance(read("Should zoos be closed?", "en"), [*FOUND[1:3], FOUND[4], FOUND[5]], told) == []
    assert by_stance(read("Should zoos be closed?", "en"), FOUND[:3], told) == []
