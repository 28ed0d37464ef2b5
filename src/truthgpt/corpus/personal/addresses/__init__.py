"""Postal addresses down to the house, in three languages: a folded text in, its spans out, as well as forms can tell."""

from __future__ import annotations

from collections.abc import Iterator

from truthgpt.corpus.personal.addresses.chinese import chinese
from truthgpt.corpus.personal.addresses.english import english
from truthgpt.corpus.personal.addresses.portuguese import portuguese
from truthgpt.corpus.personal.spans import Span


def addresses(text: str) -> Iterator[Span]:
    """The postal addresses of a folded text. Each names a street with its house, or an estate with building and flat; a
    street alone, a numbered underground line and the houses of films are none."""
    yield from english(text)
    yield from portuguese(text)
    if not text.isascii():
        yield from chinese(text)
