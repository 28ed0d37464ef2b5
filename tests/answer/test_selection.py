"""The network that reads questions and sentences: small, whole, bounded, and it tells an answer from what only shares its words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from truthgpt.answer import selection
from truthgpt.answer.selection import CARD, FOLDER, WEIGHTS
from truthgpt.errors import BadInputError, MissingError


def test_it_is_small_beside_the_encoder_it_shares() -> None:
    assert (FOLDER / WEIGHTS).stat().st_size + (FOLDER / CARD).stat().st_size <= 11_000_000


@pytest.mark.parametrize(
    ("question", "answer", "beside"),
    [
        (
            "Why does my bread not rise?",
            "Bread does not rise when the yeast is dead or the kitchen is cold.",
            "The sun does rise late, so I bought my bread at nine.",
        ),
        (
            "How do I get rid of moths in the flour?",
            "Throw out the infested flour and wipe the shelves with vinegar; the moths do not come back.",
            "I met the man who collects moths at the flour mill on Sunday.",
        ),
        (
            "Is it safe to swim in the canal?",
            "Do not swim there after rain, sewage runs straight into the canal.",
            "They keep the safe of the old bank in a museum by the canal.",
        ),
        (
            "Quanto custa o passe mensal do metro?",
            "O passe mensal do metro custa 40 euros.",
            "O mensal da escola custa a ler e o metro passa ao lado.",
        ),
        ("图书馆周日几点关门？", "图书馆周日下午五点关门。", "周日我家的门坏了，几点也修不好。"),
    ],
)
def test_an_answer_stands_before_what_shares_its_words(question: str, answer: str, beside: str) -> None:
    near = selection.shipped().nearness(question, [beside, answer])
    assert near[1] > near[0]


def test_the_same_sentence_answers_one_question_and_not_another() -> None:
    sentence = "Throw it all out, wipe the shelves with vinegar and keep the new bag in a jar."
    network = selection.shipped()
    asked = network.nearness("How do I get rid of moths in the flour?", [sentence])
    other = network.nearness("Who was the mayor before Ferreira?", [sentence])
    assert asked[0] > other[0]


def test_sentences_are_read_each_by_itself() -> None:
    network, question = selection.shipped(), "When does the pool open?"
    sentences = ["It opens at seven.", "", "I left my towel there. " * 400, "七点开门", "\u202e\x00"]
    together = network.nearness(question, sentences)
    alone = np.array([network.nearness(question, [sentence])[0] for sentence in sentences])
    assert np.allclose(together, alone, atol=1e-3)
    assert network.nearness(question, []).shape == (0,)


@pytest.mark.parametrize("damage", ["weights", "card", "absent", "made for another"])
def test_damaged_or_absent_weights_are_one_clear_line(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, card = bytearray((FOLDER / WEIGHTS).read_bytes()), (FOLDER / CARD).read_text(encoding="utf-8")
    if damage == "weights":
        content[len(content) // 2] ^= 1
    elif damage == "card":
        card = "{}"
    elif damage == "made for another":
        card = card.replace('"shared": "', '"shared": "0')
    if damage != "absent":
        (tmp_path / WEIGHTS).write_bytes(content)
    (tmp_path / CARD).write_text(card, encoding="utf-8")
    monkeypatch.setattr(selection, "FOLDER", tmp_path)
    with pytest.raises((BadInputError, MissingError), match="install truthgpt again") as caught:
        selection.shipped.__wrapped__()
    assert "\n" not in str(caught.value)
