"""Cleaning keeps what an author wrote and takes away what hides or reorders it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.clean import clean, label, unescape


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("as it was: <b>&amp;</b>\n\ttab", "as it was: <b>&amp;</b>\n\ttab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("  around \n", "around"),
        ("bell\x07 null\x00 escape\x1b[31m", "bell null escape[31m"),
        ("Cafe\u0301\x07", "Caf\u00e9"),
        ("photo\u202egnp.exe\u202c \u2066x\u2069", "photognp.exe x"),
        (
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("\x00\x01", ""),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.text(st.characters()))
def test_clean_text_stays_clean_normal_and_encodable(raw: str) -> None:
    text = clean(raw)
    text.encode()
    assert clean(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a &amp; b &lt;i&gt; &quot;c&quot; &#39;d&#x27; e&nbsp;f", "a & b <i> \"c\" 'd' e\u00a0f"),
        ("&amp;lt;", "&lt;"),
        ("http://x/?a=1&copy=2&lt=3", "http://x/?a=1&copy=2&lt=3"),
        ("nothing", "nothing"),
    ],
)
def test_entities_are_decoded_once_and_only_whole(raw: str, expected: str) -> None:
    assert unescape(raw) == expected


def test_a_label_is_one_printable_line() -> None:
    assert label(" a\nb\u202e\u200bc ", 10) == "abc"
    assert label("e\u0301", 10) == "\u00e9"
    assert label("x" * 20, 5) == "xxxxx"
