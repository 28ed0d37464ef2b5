"""What a question asks for: its content words, the kind of answer that would satisfy it, and which word it turns on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from truthgpt.answer.kinds import ASKS, Kind
from truthgpt.answer.wants import Want, wanted
from truthgpt.answer.words import content_terms
from truthgpt.corpus.fold import plain

# The word after these is what the question is about: "who PAID", "how many PEOPLE", "what is the CAPITAL of".
_WH = regex.compile(
    r"\b(?:who(?:se|m)?|what|which|how (?:many|much)|quem|qua(?:l|is)|que|quant[oa]s?)\b"
    r"(?: (?:is|was|are|were|has|have|did|does|do|e|era|foi|sao|the|a|an|o|os|as)\b)*"
)

_ASKING = frozenset(
    regex.findall(
        r"\w+",
        "people think thinks say says thought best good bad better way ways thing things like make makes get gets getting use many"
        " much kind sort all should mean means happen happened happens happening want need really actually truly true still ever one"
        " possible difference work works help helps cause causes caused go going take using against"
        " pessoas acham pensam acha melhor boa bom maneira forma posso coisa coisas",
    )
)
"""Words that ask rather than say what is asked about, and verbs too light to be missed."""
_LIGHT = frozenset(
    [
        "fazer",
        "faz",
        "fez",
        "fazem",
        "fizeram",
        "feito",
        "tem",
        "teve",
        "tiveram",
        "houve",
        "deu",
        "deram",
        "fica",
        "ficou",
        "ficaram",
    ]
)
"""Verbs of Portuguese on which no question turns: of "quem fez mais gols" that is the goals."""
_TURNS_ON_A_WORD: tuple[Kind, ...] = ("count", "person", "statement")
_NAME = regex.compile(r"(?<!^\W*)(?<![.?!]\s)\b\p{Lu}[\p{L}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question read once for all that follow.

    `terms` are its content words as (stem, word), without repeats. `head` is the one that says what is asked about the
    rest, where the order of words tells it and the kind does not. `names` are the stems of words with a capital inside
    the question: whom or what it is about. `matters` are the words of `terms` that an answer must speak to: all but those that
    only ask ("what do people think", "the best way"). `wants` is the form that an answer has.
    """

    text: str
    language: str
    terms: tuple[tuple[str, str], ...]
    expects: Kind
    head: tuple[str, str] | None
    names: frozenset[str]
    matters: tuple[str, ...]
    wants: Want


def read(text: str, language: str) -> Question:
    """The question in `text`, whose language (ISO 639-1) is known."""
    asked = plain(text)
    found = [(match.start(), kind) for kind, pattern in ASKS if (match := pattern.search(asked))]
    terms = tuple(content_terms(text, language))
    heavy = tuple(term for term in terms if language != "pt" or term[1] not in _LIGHT)
    expects: Kind = min(found, key=lambda pair: pair[0])[1] if found else "statement"
    return Question(
        text=text,
        language=language,
        terms=terms,
        expects=expects,
        head=_head(asked, heavy) if expects in _TURNS_ON_A_WORD else None,
        matters=tuple(word for _, word in heavy if word not in _ASKING) or tuple(word for _, word in terms),
        wants=wanted(text),
        names=frozenset(
            stem for match in _NAME.finditer(text) for stem, _ in content_terms(match.group(), language)
        ),
    )


def _head(asked: str, terms: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    match = _WH.search(asked)
    if match is None:
        return None
    after = asked[match.end() :]
    places = [
        (place.start(), term)
        for term in terms
        if (place := regex.search(rf"\b{regex.escape(term[1])}\b", after))
    ]
    return min(places)[1] if places else None
