"""The cross-encoder's reading: what of a pair reaches the network, and that hostile texts neither hide nor hang it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.truth.crossencoder import model, pieces, text
from truthgpt.truth.crossencoder.pieces import CLAIM_TOKENS, TOKENS, tokens
from truthgpt.truth.crossencoder.text import readable, window
from truthgpt.truth.crossencoder.words import VOCABULARY


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
    "hostile", ["", " ", "\x00\x01", "a" * 200_000, "a. " * 60_000, "<s> </s> <mask> <pad>", "好" * 150_000]
)
def test_hostile_texts_are_bounded(hostile: str) -> None:
    for pair in ((hostile, "a text"), ("a claim", hostile)):
        made = tokens([pair])[0]
        assert len(made.ids) == len(made.segments) <= TOKENS
        assert made.segments.count(0) <= CLAIM_TOKENS + 2
        # A mark of the network in a text is text: only the places that we put them in hold marks.
        assert made.ids.count(pieces.SEPARATOR) == 2
        assert made.ids.count(pieces.FIRST) == 1
        assert pieces.FIRST_OF_STANCE not in made.ids


@pytest.mark.parametrize(
    "written",
    [
        "The Eiffel Tower was built in 1889; vaccines don't cause autism, epidemiologists say.",
        "A ponte foi fechada por causa das cheias; não há previsão de reabertura.",
        "李明昨天去北京参加了会议，他很高兴。",
    ],
)
def test_three_languages_are_read_whole(written: str) -> None:
    """No part of a plain sentence is unknown, and words are not spelled out letter by letter."""
    ids = tokens([(written, written)])[0].ids
    assert pieces.UNKNOWN not in ids
    assert len(ids) < 0.8 * 2 * len(written)


@given(st.text(max_size=300), st.text(max_size=3_000))
def test_no_text_breaks_the_reading(claim: str, evidence: str) -> None:
    made = tokens([(claim, evidence)])[0]
    assert 3 <= len(made.ids) <= TOKENS
    assert all(sentence in evidence for sentence in [window(claim, evidence)] if len(evidence) < 100)


VERIFIER = (model.WEIGHTS, model.CARD, pieces.PIECES.name)
BELOW = (model.SHARED, model.SHARED_CARD, VOCABULARY.name)
OPENED = [(model.load_weights, VERIFIER), (model.load_shared, BELOW)]


def copied(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        shutil.copy(model.FOLDER / name, folder / name)
    return folder


@pytest.mark.parametrize(("load", "names"), OPENED)
@pytest.mark.parametrize("which", [0, 2])
def test_damaged_weights_are_named(
    load: Callable[[Path], object], names: tuple[str, ...], which: int, tmp_path: Path
) -> None:
    path = copied(tmp_path, names) / names[which]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=f"{names[which]}: damaged"):
        load(tmp_path)


@pytest.mark.parametrize(("load", "names"), OPENED)
def test_absent_weights_are_named(
    load: Callable[[Path], object], names: tuple[str, ...], tmp_path: Path
) -> None:
    (copied(tmp_path, names) / names[0]).unlink()
    with pytest.raises(MissingError, match=names[0]):
        load(tmp_path)


@pytest.mark.parametrize("card", ["[]", "{", '{"format": 1}'])
def test_a_card_that_is_none_is_named(card: str, tmp_path: Path) -> None:
    (copied(tmp_path, VERIFIER) / model.CARD).write_text(card)
    with pytest.raises(BadInputError, match=model.CARD):
        model.load_weights(tmp_path)


def test_the_verifier_keeps_its_size() -> None:
    """What ships of it is at most 30 MB."""
    assert sum((model.FOLDER / name).stat().st_size for name in VERIFIER) <= 30_000_000


def test_a_pair_reads_the_same_alone_and_in_company() -> None:
    pairs = [
        ("The bridge is closed.", "The bridge has been closed since May."),
        ("Cats bark.", "Dogs bark. " * 30),
    ]
    network = model.shipped()
    together = network.verdicts(pairs)
    for row, pair in zip(together, pairs, strict=True):
        assert network.verdicts([pair])[0] == pytest.approx(row, abs=1e-4)
