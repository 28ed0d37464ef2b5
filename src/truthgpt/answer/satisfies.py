"""Whether a sentence holds the kind of thing that a question asks for: a number, a time, a person, a place."""

from __future__ import annotations

import regex

from truthgpt.answer.question import Expects, Question
from truthgpt.corpus.fold import plain

# Matched on plain text: lower case, no accents.
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty"
    " seventy eighty ninety hundred hundreds thousand thousands million millions billion billions trillion dozen"
    " dozens half twice double third quarter once none zero"
    " dois duas tres quatro cinco seis sete oito nove dez onze doze quinze vinte trinta quarenta cinquenta sessenta"
    " cem cento duzentos mil milhao milhoes bilhao bilhoes metade dobro terco nenhum"
)
_TIME_WORDS = (
    "january february march april may june july august september october november december monday tuesday wednesday"
    " thursday friday saturday sunday spring summer autumn winter midnight noon yesterday tomorrow today tonight"
    " janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro segunda terca quarta"
    " quinta sexta sabado domingo primavera verao outono inverno ontem amanha hoje seculo"
)


def _any_of(words: str) -> str:
    return rf"\b(?:{'|'.join(words.split())})\b"


_NUMBER = regex.compile(rf"\d|{_any_of(_NUMBER_WORDS)}|[一二三四五六七八九十百千万亿两半]")
_TIME = regex.compile(
    "|".join(
        (
            r"\b(?:1\d\d\d|20\d\d)\b|\b\d{1,2}[:h]\d\d\b|\b\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b",
            r"\b\d+ ?(?:am|pm|bc|ad|bce|ce)\b|\bcentury\b|\b(?:decades?|years?|months?|weeks?|days?) ago\b",
            r"\bevery (?:day|night|week|month|year|morning|evening)\b|\bmei[ao]-(?:noite|dia)\b",
            r"\bha \w+ (?:anos|meses|dias)\b|\b(?:anos|meses|dias) atras\b",
            _any_of(_TIME_WORDS),
            r"[\d一二三四五六七八九十〇零]+\s*[年月日号点]|世纪|年代|[昨今明]天|[春夏秋冬]天|年前",
        )
    )
)
_NAME = regex.compile(
    r"(?<![.!?。！？:\n]\s)(?<!^)(?<![“\"'#@])\b\p{Lu}[\p{L}’'-]+|@\w+|\p{Han}{2,}|\b\p{Lu}{2,}\b"
)
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_FIRST = regex.compile(r"^\W*(\p{Lu}[\p{L}’'-]+)\s+(?=\p{Lu})")


def satisfies(sentence: str, question: Question) -> bool:
    """Whether `sentence` holds something of the kind that `question` asks for, beyond what the question says itself."""
    expects: Expects = question.expects
    if expects in ("statement", "opinion"):
        return True
    asked = plain(question.text)
    if expects in ("number", "time"):
        pattern = _NUMBER if expects == "number" else _TIME
        return any(
            match.group() not in asked or len(match.group()) == 1
            for match in pattern.finditer(plain(sentence))
        )
    known = set(_WORD.findall(asked))
    return any(set(_WORD.findall(plain(name))) - known for name in _names(sentence))


def _names(sentence: str) -> list[str]:
    """Capitalised words that do not merely open the sentence, handles, and runs of Han, which has no capitals."""
    names = [str(match.group()) for match in _NAME.finditer(sentence)]
    opening = _FIRST.match(
        sentence
    )  # "Galileo Galilei saw": a first word before another capital is a name too
    return names + ([str(opening.group(1))] if opening else [])
