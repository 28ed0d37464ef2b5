"""What the assistant says in its own words, in each of its languages."""

from __future__ import annotations

from typing import Final

_NOT_SAID: Final = {
    "en": "The posts do not say.",
    "pt": "As publicações não dizem.",
    "zh": "帖子没有说明。",
}

_SIDES: Final = {"en": ("For", "Against"), "pt": ("A favor", "Contra"), "zh": ("支持", "反对")}
_IN_COMMON: Final = {"en": "What both sides say", "pt": "O que os dois lados dizem", "zh": "双方都这样说"}


def not_said(language: str) -> str:
    """What is answered when no post answers the question; in English where `language` has no translation."""
    return _NOT_SAID.get(language, _NOT_SAID["en"])


def sides(language: str) -> tuple[str, str]:
    """The names of who is for and who is against what a question asks."""
    return _SIDES.get(language, _SIDES["en"])


def in_common(language: str) -> str:
    """The name of what the sides of a question have in common."""
    return _IN_COMMON.get(language, _IN_COMMON["en"])
