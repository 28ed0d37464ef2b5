"""The parts of a query, and a query written out so that it reads back as the same parts.

query   = either { ["AND"] either }             every part
either  = single { ("OR" | "|") single }        any part; binds closer than standing side by side, as with Google
single  = ("-" | "NOT ") single | "(" query ")" | '"' text '"' | field ":" value | word
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

QUOTES = '"“”„«»「」'
"""Each of them begins or ends a phrase: keyboards put one for another."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word. At the top of a query it ranks posts; within `Or` and `Not` it is a demand, met by any form of the word."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand in a post as they stand here, next to each other; case, accents of Latin, Greek and Cyrillic, and signs
    between the words do not count."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A demand on what is known of a post: one of `fields.FIELDS` and a value that it takes."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    of: Node


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node: TypeAlias = Word | Phrase | Field | Not | And | Or


def written(node: Node) -> str:
    """`node` as a query, of which `parse` makes `node` again."""
    if isinstance(node, And):
        return " ".join(map(_single, node.parts))
    if isinstance(node, Or):
        return " OR ".join(map(_single, node.parts))
    return _single(node)


def _single(node: Node) -> str:
    if isinstance(node, Word):
        return node.text
    if isinstance(node, Phrase):
        return f'"{node.text}"'
    if isinstance(node, Field):
        plain = not any(letter.isspace() or letter in QUOTES or letter in "()" for letter in node.value)
        return f"{node.name}:{node.value}" if plain else f'{node.name}:"{node.value}"'
    if isinstance(node, Not):
        of = _single(node.of)
        # More than one minus sign is a dash.
        return f"-({of})" if of.startswith("-") else f"-{of}"
    return f"({written(node)})"
