"""The few sentences that the assistant says in its own words, in each of its languages."""

from __future__ import annotations

from typing import Final

NOT_SAID: Final = {
    "en": "The posts do not say.",
    "pt": "As publicações não dizem.",
    "zh": "帖子没有说明。",
}
"""What is answered when no post answers the question."""

REFUSED: Final = {
    "en": "This cannot be answered: {title} ({statute}).",
    "pt": "Isto não pode ser respondido: {title} ({statute}).",
    "zh": "无法回答：{title}（{statute}）。",
}
"""What is answered when a statute forbids the answer; the fields are the rule's title and its statute."""


def in_language(phrases: dict[str, str], language: str) -> str:
    """The phrase in `language`, in English where there is none."""
    return phrases.get(language, phrases["en"])
