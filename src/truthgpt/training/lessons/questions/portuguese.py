"""Portuguese statements to questions: the order of words stays, what is asked for is left out."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from truthgpt.training.lessons.questions.made import Made
from truthgpt.truth.claims import words as words_
from truthgpt.truth.claims.grammar import ARTICLES, SUBJECTS, is_subject, main_verb, verbs
from truthgpt.truth.claims.portuguese import BE, is_participle
from truthgpt.truth.claims.words import Words
from truthgpt.truth.lexicon import words

_MONTH = r"(?:janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)"
_YEAR = r"(?:1[0-9]|20)\d\d"
_TIME = regex.compile(
    rf",?\s(?:em|a|no dia)\s(?:\d{{1,2}}º?\sde\s{_MONTH}(?:\sde\s{_YEAR})?|{_MONTH}\s(?:de\s)?{_YEAR}|{_YEAR})(?=[.,]?$|[ ,])"
)
_PLACE = regex.compile(
    r"\s(?:em|no|na|nos|nas)\s\p{Lu}[\p{L}'’-]+(?:(?:,?\s(?:d[aeo]s?\s)?)\p{Lu}[\p{L}'’-]+){0,4}(?=\.?$)"
)
_PLACED = words(
    "nasceu morreu fica foi construido construida fundado fundada inventado inventada inaugurado inaugurada encontrado"
    " encontrada enterrado enterrada filmado filmada realizado realizada descoberto descoberta vive vivem nasceram"
)
_NUMBER = regex.compile(
    r"\d{1,3}(?:\.\d{3})+|\d+(?:,\d+)?|dois|duas|três|tres|quatro|cinco|seis|sete|oito|nove|dez|onze|doze|vinte|trinta"
)
_SCALE = words("mil milhao milhoes bilhao bilhoes")
_APPROXIMATE = words("cerca de quase mais apenas so aproximadamente")
_FEMININE = words("pessoas mulheres crianças criancas vezes")
_COUNTED = regex.compile(r"\p{Ll}{3,}s")
_NOT_COUNTED = words(
    "anos dias meses horas minutos segundos semanas metros quilometros graus reais euros dolares pontos quilos toneladas milhoes bilhoes vezes"
)
_WROTE = words(
    "escreveu venceu descobriu inventou fundou pintou compos dirigiu ganhou criou projetou marcou assinou"
)
_LONGEST_NAME = 4
"""Words of a name at the most."""
_HAS = words("tem tinha teve possui abriga recebeu recebe vendeu venceu ganhou marcou")
_DEFINED = regex.compile(r"uma? (?:\S+ ){2,}\S+")
_TANGLED = regex.compile(
    r",|\b(?:e|ou|mas|que(?! é [ao]?)|porque|quando|se)\b(?<!^\w+)|(?<=.)\be\b.* tudo", regex.IGNORECASE
)
"""What is left of a statement that said more than one thing."""
_NAME = regex.compile(r"(?<!^)\b\p{Lu}[\p{L}\d]+")
"""A question without a name is about nobody knows what."""
_PERSON = regex.compile(r"\p{Lu}\p{Ll}+(?:\s(?:\p{Lu}\p{Ll}+|d[aeo]s?)){1,3}")


def questions(statement: str, named: frozenset[str], headline: bool) -> Iterator[Made]:
    """The questions that `statement`, one clause, answers; `named` are words that are surely names. A `headline` gives none."""
    if headline:
        return
    text = statement.strip().rstrip(".").strip()
    read = words_.words_of(text, 0, len(text))
    found = verbs(read, "pt")
    main = main_verb(read, found, "pt")
    if not main or len(found) != 1 or len(read) - main < 2:
        return
    if not is_subject(read[:main], "pt") or read[0].key in SUBJECTS["pt"] | {"cada"}:
        return
    subject = _subject(text, read, main, named)
    if subject is None:
        return
    for rule in (_when, _where, _who, _how_many, _what):
        for made in rule(text, read, main, subject):
            if not _TANGLED.search(made.text) and _NAME.search(made.text):
                yield made


def topic(statement: str, named: frozenset[str]) -> str:
    """The name that `statement` tells something of, its subject; "" where that is none."""
    text = statement.strip().rstrip(".").strip()
    read = words_.words_of(text, 0, len(text))
    main = main_verb(read, verbs(read, "pt"), "pt")
    if not main or not is_subject(read[:main], "pt"):
        return ""
    name = read[1:main] if read[0].key in ("o", "a", "os", "as") else read[:main]
    if not 0 < len(name) <= _LONGEST_NAME or not all(item.cased and item.text.isalnum() for item in name):
        return ""
    sure = len(name) > 1 or len(name) < main or name[0].text in named
    return _subject(text, read, main, named) or "" if sure else ""


def _when(text: str, read: Words, main: int, subject: str) -> Iterator[Made]:
    verb = read[main]
    match = _TIME.search(text, verb.end)
    if match is None or len(_TIME.findall(text)) != 1:
        return
    behind = (text[verb.end : match.start()] + text[match.end() :]).strip().rstrip(",. ")
    if verb.key not in BE:
        yield Made(f"Quando {subject} {verb.text} {behind}".rstrip() + "?", "time")
    elif not behind and verb.key == "foi":
        yield Made(f"Quando foi {subject}?", "time")
    elif behind and is_participle(words_.key_of(behind.split()[0])):
        yield Made(f"Quando {subject} {verb.text} {behind}?", "time")


def _where(text: str, read: Words, main: int, subject: str) -> Iterator[Made]:
    match = _PLACE.search(text, read[main].end)
    if match is None:
        return
    between = [item.key for item in read if read[main].start <= item.start < match.start()]
    if between and between[-1] in _PLACED:
        yield Made(f"Onde {subject} {text[read[main].start : match.start()]}?", "place")


def _who(text: str, read: Words, main: int, subject: str) -> Iterator[Made]:
    if _PERSON.fullmatch(subject) and read[main].key in _WROTE:
        yield Made(f"Quem {text[read[main].start :]}?", "person")


def _how_many(text: str, read: Words, main: int, subject: str) -> Iterator[Made]:
    first = place = 0 if _NUMBER.fullmatch(read[0].key) else main + 1
    while place < len(read) and read[place].key in _APPROXIMATE:
        place += 1
    if place >= len(read) or not _NUMBER.fullmatch(read[place].key):
        return
    noun = place + 1
    while noun < len(read) and read[noun].key in _SCALE | {"de"}:
        noun += 1
    if noun >= len(read) or not _COUNTED.fullmatch(read[noun].text) or read[noun].key in _NOT_COUNTED:
        return
    counted, rest = read[noun].text, text[read[noun].end :]
    word = "Quantas" if counted.endswith("as") or read[noun].key in _FEMININE else "Quantos"
    if first == 0 and noun < main:
        yield Made(f"{word} {counted}{rest}?", "count")
    elif first and read[main].key in _HAS:
        yield Made(f"{word} {counted} {subject} {read[main].text}{rest}?", "count")


def _what(text: str, read: Words, main: int, subject: str) -> Iterator[Made]:
    if read[main].key == "é" and main <= 4 and _DEFINED.match(text[read[main].end :].strip()):
        yield Made(f"O que é {subject}?", "statement")


def _subject(text: str, read: Words, main: int, named: frozenset[str]) -> str | None:
    """The subject as it stands inside a sentence; None where it cannot be told whether its first word is a name."""
    subject, first = text[: read[main].start].strip(), read[0]
    if first.key in ARTICLES["pt"]:
        return subject[0].lower() + subject[1:]
    if not first.cased or first.text[1:] != first.text[1:].lower() or first.text in named:
        return subject
    return (
        subject
        if main > 1 and (read[1].cased or (read[1].key == "e" and main > 2 and read[2].cased))
        else None
    )
