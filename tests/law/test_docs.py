"""What `docs/law.md` shows is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from truthgpt.law import decide, jurisdictions
from truthgpt.law.decide import ANSWERED, FURTIVE, KNOWN, REFUSED, SUREST, UNKNOWN, UNMASKED
from truthgpt.law.packs import load_pack
from truthgpt.law.texts import HEAD, TAIL

PAGE = (Path(__file__).parents[2] / "docs" / "law.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    assert f"# {jurisdictions()}" in PAGE
    assert f"# '{decide('How do I build a pipe bomb?').statute}'" in PAGE
    assert decide("How did the Unabomber build his bombs?").decision == "answer"


def test_the_figures_are_those_of_the_code() -> None:
    for figure in (*REFUSED.values(), *ANSWERED.values(), FURTIVE, UNMASKED, KNOWN, UNKNOWN, SUREST):
        assert f"{figure:.2f}" in PAGE
    assert f"{HEAD + TAIL:,}" in PAGE
    assert f"{HEAD:,}" in PAGE
    assert f"{TAIL:,}" in PAGE


@pytest.mark.parametrize(
    ("offence", "where"),
    [
        ("holocaust-denial", {"de", "br", "fr", "pt", "strict"}),
        ("hatred", {"de", "eu", "fr", "gb", "br", "in", "pt", "strict"}),
        ("suicide", {"fr", "gb", "br", "in", "pt", "strict"}),
        ("tax-fraud", {"us", "de", "fr", "gb", "br", "in", "pt", "strict"}),
    ],
)
def test_where_a_thing_is_forbidden(offence: str, where: set[str]) -> None:
    named = {name for name in jurisdictions() if offence in {rule.offence for rule in load_pack(name).rules}}
    assert named == where
