"""Makes text from outside safe to stand inside a chat template: it can say anything, but it cannot end its turn."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARKER = r"<\|[^|<>\n]{1,64}\|>"
"""The form of nearly every chat model's turn markers: neutralised even where the vocabulary does not name them."""

_LOOKALIKE = {"<": "‹", "[": "⟦", "{": "❴"}
"""Visible stand-ins that no Unicode normalisation turns back (U+FF1C, the full-width `<`, would be)."""

_WORD_JOINER = "\u2060"


class Neutraliser:
    """Rewrites a model's control tokens in text from outside, so that they are read as text and never as control.

    `<|im_end|>` becomes `‹|im_end|>`: a reader still sees what was written, the tokenizer no longer sees one token.
    """

    def __init__(self, control_tokens: Iterable[str]) -> None:
        literal = sorted(
            (re.escape(token) for token in set(control_tokens) if len(token) > 1), key=len, reverse=True
        )
        self._pattern = re.compile("|".join([*literal, _MARKER]))

    def __call__(self, text: str) -> str:
        """`text` with no control token in it, and with no half of a surrogate pair, which no tokenizer takes."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        while True:
            text, found = self._pattern.subn(_defuse, text)
            if not found:
                return text


def _defuse(match: re.Match[str]) -> str:
    token = match.group()
    stand_in = _LOOKALIKE.get(token[0])
    return stand_in + token[1:] if stand_in else token[0] + _WORD_JOINER + token[1:]
