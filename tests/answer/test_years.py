"""A post is no evidence for a year that it does not tell of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from truthgpt.answer.years import asked, may_tell_of
from truthgpt.corpus.post import Post


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("Who won the 2031 world cup?", {2031}),
        ("Quem ganhou a copa de 2011?", {2011}),
        ("2023年坐高铁不要钱吗？", {2023}),
        ("Was it 1998 or 1999?", {1998, 1999}),
        ("Has it been outlawed since 2020?", set()),
        ("O que mudou desde o ano de 2020?", set()),
        ("2020年以来有什么变化？", set()),
        ("What happened between 1990 and 1995?", set()),
        ("How tall is the tower?", set()),
        ("Who called 20201234?", set()),
    ],
)
def test_the_years_that_a_question_is_about(question: str, years: set[int]) -> None:
    assert asked(question) == years


@pytest.mark.parametrize(
    ("text", "written", "tells"),
    [
        ("Spain won the 2011 final", 2011, False),
        ("Spain won the 2031 final", 2040, True),
        ("The 2031 final will be in Lima", 2025, True),
        ("Spain won the final", 2018, False),  # before it
        ("Spain won the final", 2031, True),
        ("Spain won the final", 2035, True),
        ("Spain won, as in 2027", 2031, True),
        ("Spain won the 2027 final", 2035, False),
        ("Spain won the final", None, True),
    ],
)
def test_what_tells_of_2031(text: str, written: int | None, tells: bool) -> None:
    moment = None if written is None else datetime(written, 6, 1, tzinfo=UTC)
    assert may_tell_of(frozenset({2031}), Post("p", text, created_at=moment)) is tells
