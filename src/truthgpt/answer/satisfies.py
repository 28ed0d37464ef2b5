"""Whether a sentence holds the kind of thing that a question asks for: an amount of money, a time, a person, a place."""

from __future__ import annotations

import regex

from truthgpt.answer import kinds
from truthgpt.answer.question import Question
from truthgpt.corpus.fold import plain

# A capitalised word that does not merely open a sentence, a handle, an acronym; in Han, which has no capitals, any run.
_NAME = regex.compile(
    r"(?<![.!?。！？:\n]\s)(?<!^)(?<![“\"'#@])\b\p{Lu}[\p{L}’'-]+|@\w+|\p{Han}{2,}|\b\p{Lu}{2,}\b"
)
_OPENING = regex.compile(
    r"^\W*(\p{Lu}[\p{L}’'-]+)\s+(?=\p{Lu})"
)  # "Galileo Galilei saw": a name opens the sentence
_WORD = regex.compile(r"[\p{L}\p{N}]+")


def satisfies(sentence: str, question: Question) -> bool:
    """Whether `sentence` holds something of the kind that `question` asks for, beyond what the question says itself."""
    if question.expects in ("statement", "opinion"):
        return True
    asked = plain(question.text)
    holds = kinds.HOLDS.get(question.expects)
    if holds is not None:
        found = (match.group() for match in holds.finditer(plain(sentence)))
        # A unit may stand in the question too ("how many hours"); a date or a number there is not the answer.
        return any(question.expects in _BY_UNIT or len(text) == 1 or text not in asked for text in found)
    known = set(_WORD.findall(asked))
    return any(set(_WORD.findall(plain(name))) - known for name in _names(sentence))


_BY_UNIT = kinds.QUANTITIES - {"count"}


def _names(sentence: str) -> list[str]:
    opening = _OPENING.match(sentence)
    return [str(match.group()) for match in _NAME.finditer(sentence)] + (
        [str(opening.group(1))] if opening else []
    )
