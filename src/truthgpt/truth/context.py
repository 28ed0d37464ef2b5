"""A claim beside the evidence: what is matched, what is not, and what that makes of the claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from truthgpt.truth.alignment import Alignment
from truthgpt.truth.analysis import Sentence
from truthgpt.truth.lexicon import words
from truthgpt.truth.tokens import Token

NUMERIC = frozenset({"number", "ordinal", "unit", "date", "time"})
_TIME_RELATIONS = words("since until before after desde ate antes depois apos")


class Fault(NamedTuple):
    """Why a claim does not follow: `kind` for the program, `text` for a person."""

    kind: str
    text: str


@dataclass(slots=True)
class Context:
    """A claim, the window of evidence, and how they align."""

    claim: Sentence
    window: Sequence[Sentence]
    alignment: Alignment
    tokens: Sequence[Token]
    pairs: list[tuple[Token, Token]] = field(init=False)
    matched: set[int] = field(init=False)
    unmatched: list[Token] = field(init=False)
    first: int = field(init=False)

    def __post_init__(self) -> None:
        both = list(zip(self.claim.tokens, self.alignment.match, strict=True))
        self.pairs = [(mine, theirs) for mine, theirs in both if theirs is not None]
        self.unmatched = [mine for mine, theirs in both if theirs is None]
        self.matched = {theirs.pos for _, theirs in self.pairs}
        self.first = self.tokens[0].pos if self.tokens else 0

    def at(self, pos: int) -> Token | None:
        """The evidence's token at `pos`, None outside the window."""
        index = pos - self.first
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def at_sentence(self, token: Token) -> int:
        """The position of the first token of the sentence of the evidence in which `token` stands."""
        return next(other.pos for other in self.tokens if other.sentence == token.sentence)

    @property
    def chinese(self) -> bool:
        return any(token.kind == "han" for token in self.claim.tokens)


def is_dropped(context: Context, token: Token) -> bool:
    """Whether the claim leaves out `token`, other than a time or the word that leads to one ("since Monday")."""
    if token.pos in context.matched or token.kind in ("date", "time"):
        return False
    following = context.at(token.pos + 1)
    return not (
        token.text in _TIME_RELATIONS and following is not None and following.kind in ("date", "time")
    )


def clause(context: Context, token: Token) -> Iterator[Token]:
    """The tokens of the clause of the evidence in which `token` stands."""
    return (other for other in context.tokens if other.chunk == token.chunk)


def rest_of_clause(context: Context, begin: int) -> Iterator[Token]:
    """The tokens of the clause at position `begin`, from there on."""
    start = context.at(begin)
    for token in context.tokens:
        if start and token.pos >= begin and token.chunk == start.chunk:
            yield token
