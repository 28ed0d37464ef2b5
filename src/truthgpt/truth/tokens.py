"""Content tokens and what the reading of one sentence gives."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Token:
    """A word, number, unit, date part or Han character that carries content.

    `key` is what it is compared by; `kind` is one of word, number, ordinal, unit, date, time, han, link. `start` is its
    offset in the folded sentence. `prep` is the class of the preposition right before it, `link` the function words
    between it and the token before (`be`, `have`, `det`, `to`), `quantity` how much of it is meant (all, only, many,
    some, few), `bound` how exact its number is (about, above, below).
    """

    key: str
    text: str
    kind: str
    start: int
    chunk: int = 0
    pos: int = 0
    sentence: int = 0
    name: bool = False
    prep: str = ""
    link: frozenset[str] = frozenset()
    possessive: bool = False
    negated: bool = False
    scoped: bool = False
    quantity: str = ""
    bound: str = ""
    denied: bool = False


@dataclass(slots=True)
class Reading:
    """The tokens of one sentence in canonical order, and what its function words say of it as a whole.

    `modality` gives the clauses in which each class of modality stands; `relative` and `conjoined` are the clauses that
    begin with a relative pronoun or a conjunction. `genders` holds the grammatical persons too: `1`, `2`, `m`, `f`.
    `open_negation` is a negation with no content after it ("…, he did not").
    """

    tokens: list[Token] = field(default_factory=list)
    modality: dict[str, set[int]] = field(default_factory=dict)
    relative: set[int] = field(default_factory=set)
    conjoined: set[int] = field(default_factory=set)
    genders: set[str] = field(default_factory=set)
    anaphoric: bool = False
    copula: bool = False
    comparing: bool = False
    open_negation: bool = False
    passive: bool = False
    imperative: bool = False

    def shift_chunks(self, by: int) -> int:
        """Number the clauses from `by` on; returns how many there are."""
        last = 0
        for token in self.tokens:
            last = max(last, token.chunk)
            token.chunk += by
        self.modality = {name: {chunk + by for chunk in chunks} for name, chunks in self.modality.items()}
        self.relative = {chunk + by for chunk in self.relative}
        self.conjoined = {chunk + by for chunk in self.conjoined}
        return max([last, *(c - by for chunks in self.modality.values() for c in chunks)]) + 1
