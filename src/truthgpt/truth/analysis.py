"""What a sentence says, as far as closed classes of words tell: content tokens and how each of them stands.

A `Token` is a word, number, date part or Han character that carries content. The words around it that have no
content of their own leave their mark on it: which preposition governs it, whether it is negated, how much of it is
meant, in which clause it stands. A clause in the passive voice is put into the order of the active one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import regex

from truthgpt.corpus.fold import fold
from truthgpt.truth import chinese, latin, lexicon
from truthgpt.truth.lexing import Language, plain_form
from truthgpt.truth.sentences import split
from truthgpt.truth.tokens import Reading, Token

MAX_EVIDENCE = 8_000
"""Characters of one piece of evidence that are read; what lies beyond supports nothing and refutes nothing."""
MAX_TOKENS = 160
"""Content tokens of one sentence that are compared."""

_DENIED_BEFORE = regex.compile("|".join(lexicon.DENIED_BEFORE))
_DENIED_AFTER = regex.compile("|".join(lexicon.DENIED_AFTER))
_LIST_MARK = regex.compile(r"^\s*(?:[-*•·>]\s+|\d{1,2}[.)]\s+)+")
_BREAK = regex.compile(r"[;,.]? ?\b(?:but|however|mas|porem|because|since)\b|;|但")
_DENIES_PREVIOUS = regex.compile(
    r"^\W*(?:but |mas |no[,.] )?(?:(?:this|that|it|which)(?: \w+){0,2}|isso|isto|这|此|该)(?: |'|$|是|纯|不)"
)


@dataclass(slots=True)
class Sentence:
    """One sentence as compared: `tokens` in canonical order, and what holds for the whole of it."""

    text: str
    folded: str
    language: Language
    reading: Reading
    question: bool
    denies_previous: bool
    first: int = 0
    """The position of its first token among those of the whole text."""
    keys: frozenset[str] = field(default_factory=frozenset)

    @property
    def tokens(self) -> list[Token]:
        return self.reading.tokens


@lru_cache(maxsize=1_024)
def analyse(text: str, language: Language) -> tuple[Sentence, ...]:
    """The sentences of `text` (its first `MAX_EVIDENCE` characters) read as `language`; cached by the text.

    Tokens are numbered through the text by `pos`, clauses by `chunk`.
    """
    sentences = [_sentence(span.text, language) for span in split(text[:MAX_EVIDENCE])]
    for before, after in pairwise(sentences):
        if after.denies_previous:
            for token in before.tokens:
                token.denied = True
    first = chunks = 0
    for index, sentence in enumerate(sentences):
        sentence.first = first
        for offset, token in enumerate(sentence.tokens):
            token.pos, token.sentence = first + offset, index
        first += len(sentence.tokens)
        chunks += sentence.reading.shift_chunks(chunks)
    return tuple(sentences)


def _sentence(text: str, language: Language) -> Sentence:
    folded = _LIST_MARK.sub("", fold(text))
    plain = plain_form(folded)
    reading = chinese.read(folded) if language == "zh" else latin.read(folded, language)
    del reading.tokens[MAX_TOKENS:]
    question = folded.rstrip("\"')]*_ ").endswith("?") or (language == "zh" and chinese.asks(folded))
    denies_previous = _mark_denied(reading, plain)
    return Sentence(
        text,
        folded,
        language,
        reading,
        question,
        denies_previous,
        keys=frozenset(token.key for token in reading.tokens),
    )


def _mark_denied(reading: Reading, plain: str) -> bool:
    """Mark the tokens that the sentence itself calls false; True where it denies the sentence before it instead."""
    before, after = _DENIED_BEFORE.search(plain), _DENIED_AFTER.search(plain)
    for token in reading.tokens:
        token.denied = bool(before and token.start >= before.end())
    if after:
        begin = max((match.end() for match in _BREAK.finditer(plain, 0, after.start())), default=0)
        inside = [token for token in reading.tokens if begin <= token.start < after.start()]
        if len(inside) <= 1 and begin == 0 and _DENIES_PREVIOUS.match(plain):
            return True
        for token in inside:
            token.denied = True
    return False
