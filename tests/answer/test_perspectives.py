"""The sides of a contested question: each with its share and points, what both say first, and no side favoured by the wording."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from truthgpt.answer import perspectives as perspectives_
from truthgpt.answer import question
from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import Passage
from truthgpt.answer.perspectives import Contest, contest, perspectives
from truthgpt.corpus.post import Post
from truthgpt.truth.sides import take_sides
from truthgpt.truth.stance import Stance
from truthgpt.truth.verifier import EvidenceStance, Judgement


def piece(number: int, text: str, *, author: str = "", community: str = "talk") -> Piece:
    post = Post(id=f"p{number}", text=text, author=author or f"a{number}", community=community)
    return Piece(post, 1, Passage(0, len(text), text, 0.9, ()), ())


def told(pairs: Sequence[tuple[str, str]]) -> list[Stance]:
    """A reader who knows that a text which begins with "cats" is for what a target names first, and other such rules."""
    found = []
    for goal, text in pairs:
        first, liked = goal.split()[0], text.split()[0]
        side = 0.05 if liked not in ("cats", "dogs") else 0.9 if liked == first else 0.02
        other = 0.9 if liked in ("cats", "dogs") and liked != first else 0.02
        found.append(Stance("none", {"favor": side, "against": other, "none": 1 - side - other}))
    return found


class SaysTheSame:
    """A verifier for which a text supports a claim where it holds its last word."""

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        last = claim.split()[-1]
        stances = [
            EvidenceStance("supports" if last in text.split() else "neutral", 0.97) for text in evidence
        ]
        return Judgement("supported", 0.97, {}, tuple(stances), "")


@pytest.fixture(autouse=True)
def read_stances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perspectives_, "take_sides", lambda goal, texts: take_sides(goal, texts, told))


HEARD = [
    piece(0, "cats are clean animals"),
    piece(1, "cats are quiet"),
    piece(2, "dogs are loyal"),
    piece(3, "cats sleep a lot"),
    piece(4, "dogs guard the house and are animals"),
    piece(5, "nothing to say"),
]


def asked(text: str, heard: Sequence[Piece] = HEARD) -> Contest:
    return contest(question.read(text, "en"), heard)


def test_who_is_for_and_who_against() -> None:
    found = asked("Are cats better than dogs?")
    assert found.by_stance
    assert found.shares == {"For": 0.6, "Against": 0.4}
    assert found.side_of == {"p0": "For", "p1": "For", "p3": "For", "p2": "Against", "p4": "Against"}
    assert found.share_of("p5") is None


def test_asking_the_other_way_round_swaps_the_sides_and_changes_nothing_else() -> None:
    one, other = asked("Are cats better than dogs?"), asked("Are dogs better than cats?")
    swapped = {"For": "Against", "Against": "For"}
    assert {swapped[name]: share for name, share in one.shares.items()} == dict(other.shares)
    assert {post: swapped[side] for post, side in one.side_of.items()} == dict(other.side_of)


def test_an_author_is_one_voice() -> None:
    loud = [piece(n, "cats are clean", author="loud") for n in range(10, 30)]
    found = asked("Are cats better than dogs?", [*HEARD, *loud])
    assert found.shares == {"For": 4 / 6, "Against": 2 / 6}


def test_one_voice_is_no_side() -> None:
    assert asked("Are cats better than dogs?", HEARD[:3]).shares == {}


def test_a_question_that_asks_no_stance_has_no_sides() -> None:
    assert asked("When was the dog born?").shares == {}


def test_where_nobody_is_for_or_against_communities_are_the_sides() -> None:
    heard = [piece(n, "nothing", community="ab"[n % 2]) for n in range(4)]
    found = asked("What do people think about cats?", heard)
    assert not found.by_stance
    assert found.shares == {"a": 0.5, "b": 0.5}


def test_what_both_sides_say_stands_first() -> None:
    found = asked("Are cats better than dogs?")
    shown = perspectives(found, HEARD, SaysTheSame(), "en")
    assert [one.label for one in shown] == ["What both sides say", "For", "Against"]
    assert shown[0].sentences[0] in (HEARD[0].post.text, HEARD[4].post.text)
    assert set(shown[0].citations) == {"p0", "p4"}
    assert [one.share for one in shown] == [0.4, 0.6, 0.4]
    assert all(one.sentences and len(one.sentences) == len(one.citations) for one in shown[1:])


def test_names_of_the_sides_are_in_the_question_s_language() -> None:
    for language, labels in (("pt", {"A favor", "Contra"}), ("zh", {"支持", "反对"})):
        found = contest(question.read("Are cats better than dogs?", language), HEARD)
        assert set(found.shares) == labels
