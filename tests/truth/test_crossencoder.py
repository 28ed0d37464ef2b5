"""The cross-encoder's reading: what of a pair reaches the network, and that hostile texts neither hide nor hang it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.truth.crossencoder import model, text
from truthgpt.truth.crossencoder.text import CLAIM_TOKENS, TOKENS, readable, tokens, window


def test_a_short_evidence_is_read_whole() -> None:
    assert window("Anything", "One. Two. Three.") == "One. Two. Three."


def test_of_a_long_evidence_the_sentences_that_speak_of_the_claim_are_read_in_their_order() -> None:
    filler = " ".join(f"The weather of day {n} was neither warm nor cold at all." for n in range(60))
    evidence = f"{filler} The mayor was Ana Silva. She opened the new harbour bridge in May. {filler}"
    found = window("The harbour bridge was opened in May.", evidence)
    assert "She opened the new harbour bridge in May." in found
    assert "The mayor was Ana Silva. She opened" in found  # "she" needs the sentence before
    assert len(found) <= text.BUDGET


def test_a_long_chinese_evidence_is_cut_by_its_characters() -> None:
    evidence = "今天的天气不冷也不热。" * 80 + "市长五月开放了新大桥。" + "今天的天气不冷也不热。" * 80
    found = window("大桥五月开放", evidence)
    assert "市长五月开放了新大桥。" in found
    assert 3 * len(found) <= text.BUDGET


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ("#ProLife now", "Pro Life now"),
        ("#HillaryClinton2016", "Hillary Clinton 2016"),
        ("#saude", "saude"),
        ("Th\u200be pla\u00adne", "The plane"),
        ("the аmоunt", "the amount"),  # Cyrillic a and o
        ("see https://example.org/x?y=1 @someone", "see http @user"),
    ],
)
def test_what_hides_in_a_text_is_undone(given_: str, read: str) -> None:
    assert readable(given_) == read


def test_verdict_and_stance_are_told_apart_by_the_first_token_alone() -> None:
    verdict, stance = tokens([("a claim", "a text")])[0], tokens([("a claim", "a text")], "stance")[0]
    assert verdict.ids[0] != stance.ids[0]
    assert verdict.ids[1:] == stance.ids[1:]
    assert verdict.segments == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "hostile", ["", " ", "\x00\x01", "a" * 200_000, "a. " * 60_000, "[SEP] [CLS] [PAD]", "好" * 150_000]
)
def test_hostile_texts_are_bounded(hostile: str) -> None:
    for pair in ((hostile, "a text"), ("a claim", hostile)):
        made = tokens([pair])[0]
        assert len(made.ids) == len(made.segments) <= TOKENS
        assert made.segments.count(0) <= CLAIM_TOKENS + 2
        # A mark of the network in a text is text: only the places that we put them in hold marks.
        assert made.ids.count(text.SEPARATOR) == 2
        assert text.PADDING not in made.ids


@given(st.text(max_size=300), st.text(max_size=3_000))
def test_no_text_breaks_the_reading(claim: str, evidence: str) -> None:
    made = tokens([(claim, evidence)])[0]
    assert 3 <= len(made.ids) <= TOKENS
    assert all(sentence in evidence for sentence in [window(claim, evidence)] if len(evidence) < 100)


def copied(folder: Path) -> Path:
    for name in (model.WEIGHTS, model.CARD, text.VOCABULARY.name):
        shutil.copy(model.FOLDER / name, folder / name)
    return folder


@pytest.mark.parametrize("name", [model.WEIGHTS, text.VOCABULARY.name])
def test_damaged_weights_are_named(name: str, tmp_path: Path) -> None:
    path = copied(tmp_path) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=f"{name}: damaged"):
        model.load_weights(tmp_path)


def test_absent_weights_are_named(tmp_path: Path) -> None:
    (copied(tmp_path) / model.WEIGHTS).unlink()
    with pytest.raises(MissingError, match=model.WEIGHTS):
        model.load_weights(tmp_path)


def test_a_pair_reads_the_same_alone_and_in_company() -> None:
    pairs = [
        ("The bridge is closed.", "The bridge has been closed since May."),
        ("Cats bark.", "Dogs bark. " * 30),
    ]
    network = model.shipped()
    together = network.verdicts(pairs)
    for row, pair in zip(together, pairs, strict=True):
        assert network.verdicts([pair])[0] == pytest.approx(row, abs=1e-3)
