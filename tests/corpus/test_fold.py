"""Folding undoes what hides or imitates letters and leaves everything else as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.fold import fold, nfc, plain, unaccent


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("f\u200bre\u00ade", "free"),
        ("Oаkton", "Oakton"),
        ("москва", "москва"),
        ("αβγ", "αβγ"),
        ("ＡＢ１２", "AB12"),
        ("“don’t”", '"don\'t"'),
        ("a \u00a0\t b\nc", "a b\nc"),
        ("São João", "São João"),
        ("三百万", "三百万"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_accents_go_only_where_they_are_asked_to() -> None:
    assert unaccent("inflação") == "inflacao"
    assert plain("É FALSO") == "e falso"


@pytest.mark.parametrize(
    "text",
    ["аa" * 50_000, "а" * 100_000, "a\u0301" * 50_000, "\u200b" * 100_000, "a" + "\u0300\u0316" * 200_000],
)
def test_hostile_text_takes_time_in_proportion(text: str) -> None:
    """Time that grew with the square would outlast the limit on a test."""
    fold(text * 10)


def test_marks_heaped_on_one_letter_are_thirty_at_most() -> None:
    heaped = "e" + "\u0301\u0323" * 500
    assert len(nfc(heaped)) <= 31
    assert nfc("e\u0301") == "é"
    assert nfc(nfc(heaped)) == nfc(heaped)
