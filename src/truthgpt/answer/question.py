"""What a question asks for: its content words, the kind of answer that would satisfy it, and whether it is about now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import regex

from truthgpt.answer.words import content_terms
from truthgpt.corpus.fold import plain

Expects = Literal["person", "time", "number", "place", "opinion", "statement"]

# Matched on plain text: lower case, no accents. The first kind whose pattern is found is the kind of the question.
_KINDS: tuple[tuple[Expects, regex.Pattern[str]], ...] = tuple(
    (kind, regex.compile("|".join(patterns)))
    for kind, patterns in {
        "number": (
            r"\bhow (?:many|much|long|far|tall|high|deep|old|fast|big|large|heavy|often|hot|cold|wide|close|strong)\b",
            r"\bwhat (?:percentage|percent|share|number|proportion|fraction)\b",
            r"\bwhat (?:is|was) the (?:speed|number|height|length|cost|price|population|age|distance|depth|size|record)\b",
            r"\bquant[oa]s?\b",
            r"\bque (?:percentagem|porcentagem|percentual|numero|altura|distancia|idade)\b",
            r"\bqual (?:e |era |foi )?(?:a |o )?(?:percentagem|porcentagem|percentual|numero|altura|distancia|idade)\b",
            r"\bqual (?:e |era |foi )?(?:a |o )?(?:populacao|magnitude|tamanho|profundidade|preco|custo)\b",
            r"多少|几(?!乎)|多[高长大深远重快久宽]",
        ),
        "time": (
            r"\bwhen\b|\bhow long ago\b",
            r"\b(?:what|which) (?:year|date|day|month|time|century|decade)\b",
            r"\bquando\b|\b(?:que|qual) (?:o )?(?:ano|dia|data|mes|seculo|hora|decada)\b",
            r"什么时候|何时|几时|什么时间|哪一?(?:年|天|月|日)",
        ),
        "person": (r"\bwho(?:se|m)?\b|\bquem\b|谁|哪位|什么人",),
        "place": (
            r"\bwhere\b|\b(?:what|which) (?:country|city|town|place|region|continent|island|river|state)\b",
            r"\ba?onde\b|\b(?:que|qual) (?:pais|cidade|lugar|regiao|ilha|continente|rio|estado)\b",
            r"哪里|哪儿|在哪|何处|什么地方|哪个(?:国家|城市|地方|省)",
        ),
        "opinion": (
            r"^(?:\W*(?:so|and|but|ok),?\s*)?(?:should|shall|ought)\b|\b(?:better|worse) than\b|\bworth it\b",
            r"\bshould (?:we|they|i|the|a|an|our|cities|countries|governments?|people|companies|schools)\b",
            r"\bgood idea\b|\bpros and cons\b|\b(?:arguments?|case) (?:for|against)\b|\bwhat do people think\b",
            r"\b(?:is|are) .{0,60}\b(?:good|bad|right|wrong|fair|worth|justified)\b",
            r"\bdeve(?:m|ria|riam|mos|riamos)?\b|\bvale a pena\b|\bboa ideia\b|\bmelhor (?:do )?que\b",
            r"\bargumentos (?:a favor|contra)\b|\bo que (?:as pessoas|voces|se) (?:acham|pensam|acha|pensa)\b",
            r"应该|应不应该|该不该|值得|好不好|是好是坏|好主意|怎么看|利弊|支持还是反对",
        ),
    }.items()
)
_NOW = regex.compile(
    r"\b(?:now|today|currently|current|latest|newest|so far|at present|these days|at the moment|most recent)\b"
    r"|\b(?:is there|are there|do we know|have been|agora|hoje|atual|atualmente|ultimo|ultima|mais recente)\b"
    r"|\b(?:neste momento|ate agora|existem|ha)\b|现在|目前|当前|最新|如今|至今|迄今|今天"
)
_DATED = regex.compile(r"\b(?:1[5-9]\d\d|20\d\d)\b")


@dataclass(frozen=True, slots=True)
class Question:
    """A question read once for all that follow. `terms` are its content words as (stem, word), without repeats."""

    text: str
    language: str
    terms: tuple[tuple[str, str], ...]
    expects: Expects
    about_now: bool


def read(text: str, language: str) -> Question:
    """The question in `text`, whose language (ISO 639-1) is known."""
    folded = plain(text)
    expects: Expects = next((kind for kind, pattern in _KINDS if pattern.search(folded)), "statement")
    return Question(
        text=text,
        language=language,
        terms=tuple(content_terms(text, language)),
        expects=expects,
        about_now=_DATED.search(folded) is None and _NOW.search(folded) is not None,
    )
