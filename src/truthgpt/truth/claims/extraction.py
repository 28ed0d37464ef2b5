"""Sentences in, atomic claims that stand alone out."""

from __future__ import annotations

from truthgpt.truth.claims.chinese import chinese
from truthgpt.truth.claims.claim import Claim
from truthgpt.truth.claims.latin import latin
from truthgpt.truth.lexing import language_of
from truthgpt.truth.sentences import split


def extract(text: str, context: str = "") -> list[Claim]:
    """The claims of `text`, in its order; `context` (a question, a title) comes before it and gives antecedents only.

    Questions, commands, opinions and talk are among them, told apart by `kind`. Offsets are into `text`, do not
    overlap and ascend. Linear in the length of `text`; never raises on a string.
    """
    language = language_of(text, context)
    spans = split(text)
    if language == "zh":
        return chinese(text, spans, context)
    return latin(text, spans, context, language)
