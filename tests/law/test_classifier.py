"""The network: small, whole, bounded, and never more than a reader for the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.law import classifier, decide, jurisdictions, reader
from truthgpt.law.classifier import CARD, FIRST, FOLDER, LAST, PIECE, WEIGHTS, pieces
from truthgpt.law.packs import load_pack, offences

UNSEEN = "What is the best way to rob a jeweller's?"


def test_the_network_is_small_and_knows_every_offence() -> None:
    assert (FOLDER / WEIGHTS).stat().st_size + (FOLDER / CARD).stat().st_size <= 2_000_000
    assert classifier.load().classes == (classifier.LAWFUL, *offences())


def test_it_reads_what_no_term_holds() -> None:
    likely = classifier.load().probabilities(UNSEEN.lower())
    assert max(likely, key=lambda name: likely[name]) == "theft"
    assert all(0 <= p <= 1 for p in likely.values())


def test_no_text_has_no_offence() -> None:
    assert set(classifier.load().probabilities("").values()) <= {0.0}


@settings(deadline=None)
@given(st.text(max_size=6_000))
def test_pieces_are_few_and_bounded(text: str) -> None:
    found = pieces(text)
    assert len(found) <= FIRST + LAST
    assert all(len(piece) <= PIECE for piece in found)
    if len(text) < PIECE // 4:
        assert "".join("".join(found).split()) == "".join(text.split())


@pytest.mark.parametrize("jurisdiction", jurisdictions())
def test_what_it_sees_is_refused_only_under_a_rule_of_the_jurisdiction(jurisdiction: str) -> None:
    own = {rule.id: rule.statute for rule in load_pack(jurisdiction).rules}
    forbidden = {rule.offence for rule in load_pack(jurisdiction).rules}
    ruling = decide(UNSEEN, jurisdiction)
    assert (ruling.decision == "refuse") == ("theft" in forbidden)
    if ruling.rule is not None:
        assert own[ruling.rule] == ruling.statute


@pytest.mark.parametrize(("network", "made_for"), [(classifier, '"embedding": "'), (reader, '"shared": "')])
@pytest.mark.parametrize("damage", ["weights", "card", "absent", "made for another"])
def test_damaged_or_absent_weights_are_one_clear_line(
    network: Any, made_for: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (network.WEIGHTS, network.CARD):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    if damage == "weights":
        content = bytearray((tmp_path / network.WEIGHTS).read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / network.WEIGHTS).write_bytes(content)
    elif damage == "card":
        (tmp_path / network.CARD).write_text("{}", encoding="utf-8")
    elif damage == "made for another":
        card = (tmp_path / network.CARD).read_text(encoding="utf-8")
        (tmp_path / network.CARD).write_text(card.replace(made_for, f"{made_for}0"), encoding="utf-8")
    else:
        (tmp_path / network.WEIGHTS).unlink()
    monkeypatch.setattr(network, "FOLDER", tmp_path)
    with pytest.raises((BadInputError, MissingError), match="install truthgpt again") as caught:
        network.load.__wrapped__()
    assert "\n" not in str(caught.value)
