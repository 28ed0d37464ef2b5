"""What the assistant says in its own words, in each of its languages."""

from __future__ import annotations

from typing import Final

_NOT_SAID: Final = {
    "en": "The posts do not say.",
    "pt": "As publicações não dizem.",
    "zh": "帖子没有说明。",
}

NEAREST: Final = "No post answers this outright; what is quoted comes nearest."
"""What is said beside an answer that is not `outright`. Only of what is quoted for questions in English is that known (`passages`)."""


def not_said(language: str) -> str:
    """What is answered when no post answers the question; in English where `language` has no translation."""
    return _NOT_SAID.get(language, _NOT_SAID["en"])
