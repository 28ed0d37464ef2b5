"""A sentence against posts that agree and disagree: who outweighs whom, and what is then shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from truthgpt.answer.checking import Checked, check
from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import Passage
from truthgpt.corpus.post import Post
from truthgpt.truth.verifier import EvidenceStance, Judgement, Stance

CLAIM = "The bridge reopens in June."


def piece(number: int, author: str = "", **changes: Any) -> Piece:
    post = Post(
        id=f"p{number}",
        text=f"text {number}",
        author=author or f"a{number}",
        created_at=datetime(2024, 1, 1 + number, tzinfo=UTC),
    )
    return Piece(post, 1, Passage(0, 6, f"text {number}", 0.9, ()), (), **changes)


class Says:
    """A verifier that finds the given stances, as sure of each."""

    def __init__(self, *stances: Stance, sure: float = 0.97) -> None:
        self._stances, self._sure = stances, sure

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        found = tuple(EvidenceStance(stance, self._sure) for stance in self._stances)
        return Judgement("not enough evidence", 0.9, {}, found, "as it was told")


def checked(*stances: Stance, pieces: Sequence[Piece] = (), **changes: Any) -> Checked:
    return check(CLAIM, pieces or [piece(n) for n in range(len(stances))], Says(*stances), **changes)


def test_a_post_that_says_it_is_cited() -> None:
    found = checked("neutral", "supports")
    assert found.shown
    assert (found.sentence.verdict, found.sentence.citations) == ("supported", ["p1"])


def test_one_stranger_s_word_is_likely_and_several_make_it_surer() -> None:
    alone, two, four = (checked(*["supports"] * n).sentence.confidence for n in (1, 2, 4))
    assert 0.7 < alone < 0.8
    assert alone < two < four
    assert four > 0.95


def test_what_nobody_says_is_not_shown() -> None:
    found = checked("neutral", "neutral", cites=["p0"])
    assert not found.shown
    assert (found.sentence.verdict, found.sentence.citations) == ("not enough evidence", ["p0"])


def test_what_one_post_says_and_another_denies_is_disputed() -> None:
    found = checked("supports", "refutes")
    assert found.shown
    assert found.sentence.verdict == "disputed"
    assert found.sentence.confidence == pytest.approx(0.97 / 2, abs=0.01)
    assert found.sentence.reason == "independent authors for it: 1, against it: 1"


def test_one_voice_among_many_that_deny_it_is_no_dispute() -> None:
    found = checked("supports", *["refutes"] * 5)
    assert not found.shown
    assert found.sentence.verdict == "refuted"


def test_an_author_who_says_it_five_times_is_one_voice() -> None:
    loud = [piece(n, "loud") for n in range(5)]
    found = checked(*["refutes"] * 5, "supports", pieces=[*loud, piece(5)])
    assert found.sentence.verdict == "disputed"


def test_later_corrections_outweigh_what_they_correct() -> None:
    corrected = [piece(0, corrected=2), piece(1, correcting=True), piece(2, correcting=True)]
    for stances in (("supports", "refutes", "refutes"), ("supports", "neutral", "neutral")):
        found = checked(*stances, pieces=corrected)
        assert not found.shown
        assert found.sentence.verdict == "refuted"


def test_what_one_author_corrects_is_in_dispute() -> None:
    pieces = [piece(0, corrected=1), piece(1, correcting=True)]
    assert checked("supports", "refutes", pieces=pieces).sentence.verdict == "disputed"
    assert checked("supports", "neutral", pieces=pieces).sentence.verdict == "disputed"


def test_a_correction_that_is_older_than_the_post_takes_nothing_back() -> None:
    pieces = [piece(9, corrected=1), piece(1, correcting=True)]
    assert checked("supports", "neutral", pieces=pieces).sentence.verdict == "disputed"


def test_who_corrects_something_else_of_the_post_and_says_this_too_is_for_it() -> None:
    pieces = [piece(0, corrected=2), piece(1, correcting=True), piece(2, correcting=True)]
    found = checked("supports", "supports", "supports", pieces=pieces)
    assert found.sentence.verdict == "supported"


def test_two_halves_are_not_enough() -> None:
    found = check(CLAIM, [piece(0), piece(1)], Says("supports", "refutes", sure=0.6))
    assert found.sentence.verdict == "not enough evidence"
    assert not found.shown


def test_a_quotation_of_another_post_is_not_shown() -> None:
    found = checked("neutral", "supports", cites=["p0"], quoted=True)
    assert not found.shown


def test_nothing_depends_on_the_order_of_the_posts() -> None:
    pieces = [piece(0), piece(1, "b"), piece(2, "b"), piece(3, correcting=True)]
    stances: list[Stance] = ["supports", "supports", "refutes", "refutes"]
    there, back = checked(*stances, pieces=pieces), checked(*reversed(stances), pieces=pieces[::-1])
    assert there.sentence.verdict == back.sentence.verdict
    assert there.sentence.confidence == back.sentence.confidence


@pytest.mark.parametrize(
    ("text", "opinion"),
    [
        ("Bisexuals are sluts.", True),
        ("The people who run this are all complete idiots.", True),
        ("Os vizinhos são todos uns idiotas.", True),
        ("他们都是一群白痴。", True),
        ("The trash is collected on Mondays.", False),
        ("Idiots was the name of the play.", False),
        ("The bridge reopens in June.", False),
        ("I think the bridge is ugly.", True),
        ("Employers should try a four-day week.", True),
        ("Acho que a ponte é feia.", True),
        ("我觉得这座桥很丑。", True),
        ("The council said that the bridge should go.", False),
        ("The Great Wall cannot be seen from the Moon.", False),
        ("What language should I focus on to teach me best practices", False),
        ("The former head of the agency thinks that it is a waste of time.", False),
        ('The party: "We believe in a one-state solution."', False),
        ("I would love some advice on my knees.", False),
        ("About 95 percent must be immune. It is that high because the virus spreads so easily.", False),
        ("Adulto precisa de pelo menos sete horas de sono por noite.", False),
    ],
)
def test_a_sentence_says_whether_it_is_what_its_author_thinks(text: str, opinion: bool) -> None:
    assert check(text, [piece(0)], Says("supports")).sentence.opinion is opinion
