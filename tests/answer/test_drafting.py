"""A draft is read sentence by sentence, however the model's text is cut, and the model is stopped in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.answer.drafting import MOST, draft, parse
from truthgpt.language.engine import Message, Sampling


class Scripted:
    """An engine that says `pieces`, and remembers whether it was stopped."""

    name = "scripted"
    context = 2048

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self.said = 0
        self.closed = False

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        try:
            for piece in self.pieces:
                self.said += 1
                yield piece
        finally:
            self.closed = True

    def count_tokens(self, text: str) -> int:
        return len(text) // 3 + 1


@pytest.mark.parametrize(
    ("sentence", "text", "cites"),
    [
        ("It costs 2 euros a ride [1] [", "It costs 2 euros a ride", (0,)),
        ("It costs 2 euros a ride in 2023 (post 1", "It costs 2 euros a ride in 2023", ()),
        ("The bridge reopens in June [1].", "The bridge reopens in June.", (0,)),
        ("It cost 2.4 million [1, 3].", "It cost 2.4 million.", (0, 2)),
        ("It cost 2.4 million. (post 2)", "It cost 2.4 million.", (1,)),
        ("- Ferries run late [2][2].", "Ferries run late.", (1,)),
        ("Answer: Yes, in June [9].", "Yes, in June.", ()),
        ("大桥六月重新开放【1】。", "大桥六月重新开放。", (0,)),
        ("In 2022 [it] rose.", "In 2022 [it] rose.", ()),
        ("The list [0] starts at one.", "The list starts at one.", ()),
    ],
)
def test_markers_become_citations_and_leave_the_text(
    sentence: str, text: str, cites: tuple[int, ...]
) -> None:
    drafted = parse(sentence, passages=3)
    assert (drafted.text, drafted.cites) == (text, cites)


TEXT = "The bridge reopens in June [1]. Repairs cost 2.4 million euros [2]. Ferries run late until then."
WHOLE = [
    ("The bridge reopens in June.", (0,)),
    ("Repairs cost 2.4 million euros.", (1,)),
    ("Ferries run late until then.", ()),
]


@given(st.lists(st.integers(1, len(TEXT) - 1), max_size=12))
def test_sentences_do_not_depend_on_how_the_stream_is_cut(cuts: list[int]) -> None:
    bounds = [0, *sorted(set(cuts)), len(TEXT)]
    pieces = [TEXT[a:b] for a, b in pairwise(bounds)]
    assert [(d.text, d.cites) for d in draft("?", ["a", "b"], Scripted(pieces))] == WHOLE


def test_a_repeating_model_is_stopped() -> None:
    engine = Scripted(["It is so. "] * 500)
    assert [d.text for d in draft("?", ["a"], engine)] == ["It is so."]
    assert engine.closed
    assert engine.said < 10


def test_a_rambling_model_is_stopped() -> None:
    engine = Scripted([f"Point number {n} stands. " for n in range(500)])
    assert len(list(draft("?", ["a"], engine))) == MOST
    assert engine.closed


def test_leaving_a_draft_stops_the_model() -> None:
    engine = Scripted(["One thing. ", "Another thing. ", "A third thing. "])
    sentences = draft("?", ["a"], engine)
    next(sentences)
    sentences.close()  # type: ignore[attr-defined]
    assert engine.closed


def test_a_question_that_fills_the_context_is_not_asked_of_the_model() -> None:
    engine = Scripted(["It is so. "])
    assert list(draft("1," * 4_999, ["a"], engine)) == []
    assert engine.said == 0
