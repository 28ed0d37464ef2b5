"""What a note that people of both sides find helpful does to a sentence that rests on its post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from truthgpt.answer.checking import check
from truthgpt.answer.evidence import Piece, with_notes
from truthgpt.answer.passages import Passage
from truthgpt.corpus.post import Post
from truthgpt.notes.decision import HELPFUL, Decided, History, Side
from truthgpt.notes.stored import Classification, StoredNote
from truthgpt.truth.verifier import EvidenceStance, Judgement, Stance

CLAIM = "The bridge reopens in June."


def note(
    text: str, classification: Classification = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
) -> tuple[StoredNote, Decided]:
    decided = Decided(
        "n1", HELPFUL, "GeneralCRH", 0.1, 0.5, 0.0, 0.4, 0.6, 12, (Side(5), Side(5)), Side(2), History()
    )
    return StoredNote("n1", "p0", "writer", classification, text, 1_704_153_600_000), decided


def piece(number: int, *notes: tuple[StoredNote, Decided]) -> Piece:
    post = Post(
        id=f"p{number}",
        text=f"post {number}",
        author=f"a{number}",
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    return Piece(post, 1, Passage(0, 6, post.text, 0.9, ()), (), notes=notes)


class Reads:
    """A verifier that knows how each text stands to the claim."""

    def __init__(self, stances: Mapping[str, Stance]) -> None:
        self._stances = stances

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        found = tuple(EvidenceStance(self._stances.get(text, "neutral"), 0.97) for text in evidence)
        return Judgement("not enough evidence", 0.9, {}, found, "as it was told")


def test_what_only_a_noted_post_says_is_struck_and_the_note_named() -> None:
    found = check(CLAIM, [piece(0, note("It was a joke of 1 April."))], Reads({"post 0": "supports"}))
    assert not found.shown
    assert found.sentence.verdict == "refuted"
    assert "note" in found.sentence.reason


def test_the_same_without_the_note_is_shown() -> None:
    assert check(CLAIM, [piece(0)], Reads({"post 0": "supports"})).shown


def test_others_who_say_it_by_themselves_still_carry_it() -> None:
    pieces = [piece(0, note("It was a joke.")), *(piece(number) for number in range(1, 5))]
    found = check(CLAIM, pieces, Reads({f"post {number}": "supports" for number in range(5)}))
    assert found.shown


def test_a_note_that_says_the_sentence_itself_speaks_for_it() -> None:
    reads = Reads({"post 0": "supports", "June, says the council.": "supports"})
    found = check(CLAIM, [piece(0, note("June, says the council."))], reads)
    assert found.shown
    assert found.sentence.verdict == "supported"


def test_a_note_that_denies_it_speaks_against_another_post_too() -> None:
    reads = Reads({"post 1": "supports", "It reopens in May.": "refutes"})
    found = check(CLAIM, [piece(0, note("It reopens in May.")), piece(1)], reads)
    assert found.sentence.verdict in ("disputed", "refuted")


@pytest.mark.parametrize("text", ["It is true, the council says so elsewhere.", "See the council's page."])
def test_a_note_that_a_post_needs_none_takes_nothing_away(text: str) -> None:
    found = check(CLAIM, [piece(0, note(text, "NOT_MISLEADING"))], Reads({"post 0": "supports"}))
    assert found.shown


def test_pieces_carry_the_notes_of_their_posts() -> None:
    asked: list[Sequence[str]] = []

    def notes_of(ids: Sequence[str]) -> dict[str, list[tuple[StoredNote, Decided]]]:
        asked.append(ids)
        return {"p0": [note("A joke.")]}

    first, second = with_notes([piece(0), piece(1)], notes_of)
    assert asked == [["p0", "p1"]]
    assert ([found.text for found, _ in first.notes], second.notes) == (["A joke."], ())
    assert with_notes([], notes_of) == []
