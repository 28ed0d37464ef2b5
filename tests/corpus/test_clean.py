"""Entities are decoded once and only whole; a label is one printable line."""

from __future__ import annotations

import pytest

from truthgpt.corpus.clean import label, unescape


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
