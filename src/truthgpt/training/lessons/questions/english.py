"""English statements to questions: the verb that can stand first is put first, and what is asked for is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import regex

from truthgpt.answer.kinds import Kind
from truthgpt.training.lessons.questions.made import Made
from truthgpt.training.lessons.questions.verbs import base_of
from truthgpt.truth.claims import words as words_
from truthgpt.truth.claims.english import form as form_of
from truthgpt.truth.claims.grammar import (
    ARTICLES,
    DETERMINERS,
    PREPOSITIONS,
    SUBJECTS,
    is_subject,
    main_verb,
    verbs,
)
from truthgpt.truth.claims.words import Word, Words
from truthgpt.truth.lexicon import words

_FRONTED = words("is are was were")
"""Verbs that a question begins with; the others take "did"."""
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_YEAR = r"(?:1[0-9]|20)\d\d"
_TIME = regex.compile(
    rf",?\s(?:in|on|since|around|by)\s(?:(?:early|late|mid)\s)?"
    rf"(?:{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s{_YEAR}|\d{{1,2}}\s{_MONTH},?\s{_YEAR}|{_MONTH},?\s(?:of\s)?{_YEAR}|{_YEAR})"
    r"(?=[.,]?$|,?\s(?:by|in|at|to|for|after|as|when|and)\b|,)"
)
_PLACE = regex.compile(
    r"\s(?:in|at|on|near)\s(?:the\s)?(?:\p{Lu}[\p{L}.'’-]+)(?:(?:,?\s(?:of\s|the\s)*)\p{Lu}[\p{L}.'’-]+){0,4}(?=\.?$)"
)
_PLACED = words(
    "born held built founded located invented opened buried discovered found filmed based killed arrested raised grown shot"
    " signed established published created made died lives lived situated headquartered manufactured produced developed"
)
"""Verbs after which "in" and a name say where."""
_NO_PLACE = regex.compile(
    rf"\b{_MONTH}\b|\d|\b(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)
_NUMBER = regex.compile(
    r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
)
_SCALE = words("hundred thousand million billion trillion")
_APPROXIMATE = words(
    "about around over almost nearly only some roughly approximately at least more than just"
)
_COUNTED = regex.compile(r"\p{Ll}{3,}s|people|children|men|women")
_NOT_COUNTED = words(
    "percent years times minutes hours days weeks months seconds degrees dollars cents points pounds miles feet inches this his its was has does"
)
_HAS: Final = {"has": "does", "have": "do", "had": "did"}
_MONEY = regex.compile(
    r"\$\d[\d,.]*(?:[KMB]\b)?(?:\s(?:hundred|thousand|million|billion|trillion)\b)?", regex.IGNORECASE
)
_PAID: Final = {
    "costs": "does {} cost", "cost": "did {} cost", "raised": "did {} raise", "paid": "did {} pay", "spent": "did {} spend",
    "earned": "did {} earn",
}  # fmt: skip
_WROTE = words(
    "wrote invented discovered directed founded composed painted won designed created built led played sang starred coined"
    " proposed developed published produced signed killed assassinated"
)
"""What a person does; a name before it is most likely a person's."""
_PERSON = regex.compile(r"\p{Lu}\p{Ll}+(?:\s(?:\p{Lu}\.|\p{Lu}\p{Ll}+|de|van|von)){1,3}")
_NO_PERSON = words(
    "the university court house state states company party united new school bank council street city county team game"
    " church institute museum army force group inc corporation association league club times post news north south east west"
)
_DEFINED = regex.compile(r"an? (?:\S+ ){2,}\S+")
_SUBJECT, _LONGEST_NAME = 6, 4
"""Words of a subject, and of a name, at the most."""
_CLAUSES = words("to how why what when where who which that")
"""What a short subject does not hold."""
_OPENERS = words(
    "how why what when where who which if no not more new first last every all some most my our your why"
)
_TANGLED = regex.compile(
    r",(?!\d{3})|\b(?:and|or|but|which|who(?!\b.{0,3}$)|that|because|while|when|if)\b(?<!^\w+)",
    regex.IGNORECASE,
)
"""What is left of a statement that said more than one thing."""
_NAME = regex.compile(r"(?<!^)\b(?!\p{L}+day\b)(?:\p{Lu}[\p{L}\d]+|\p{L}+\p{Lu}\w*)")
"""A question without a name is about nobody knows what."""


def questions(statement: str, named: frozenset[str], headline: bool) -> Iterator[Made]:
    """The questions that `statement`, one clause, answers; `named` are words that are surely names. In a `headline` a verb may
    be short for another ("coins found" were found by somebody), so that it gives no question."""
    told = None if headline else _read(statement, named)
    if told is None or told.main > _SUBJECT or any(item.key in _CLAUSES for item in told.read[: told.main]):
        return
    for rule in (_when, _where, _who, _how_many, _how_much, _what, _whether):
        for made in rule(told):
            if not _TANGLED.search(made.text) and _NAME.search(made.text):
                yield made


def topic(statement: str, named: frozenset[str]) -> str:
    """The name that `statement` tells something of, its subject; "" where that is none."""
    told = _read(statement, named)
    if told is None:
        return ""
    name = told.read[1 : told.main] if told.read[0].key == "the" else told.read[: told.main]
    if not 0 < len(name) <= _LONGEST_NAME or not all(item.cased and item.text.isalnum() for item in name):
        return ""
    if (
        name[0].key in _OPENERS | DETERMINERS["en"]
        or name[0].key.endswith("ly")
        or _NO_PLACE.search(told.subject)
    ):
        return ""
    sure = len(name) > 1 or name[0].text in named or name[0].text[1:] != name[0].text[1:].lower()
    return told.subject if sure and len(told.subject) > 2 else ""


def _read(statement: str, named: frozenset[str]) -> _Told | None:
    text = statement.strip().rstrip(".").strip()
    read = words_.words_of(text, 0, len(text))
    found = verbs(read, "en")
    main = main_verb(read, found, "en")
    if main is None or len(found) != 1 or not 0 < main < len(read) - 1:
        return None
    if not is_subject(read[:main], "en") or read[0].key in SUBJECTS["en"] - {"there"}:
        return None
    subject = _subject(text, read, main, named)
    return None if subject is None else _Told(text, read, main, subject)


class _Told(NamedTuple):
    """A statement as it is read: its text without the full stop, its words, the place of its verb, and its subject as it
    stands inside a sentence."""

    text: str
    read: Words
    main: int
    subject: str

    @property
    def verb(self) -> Word:
        return self.read[self.main]

    @property
    def rest(self) -> str:
        return self.text[self.verb.end :]


def _when(told: _Told) -> Iterator[Made]:
    match = _TIME.search(told.text, told.verb.end)
    if match and len(_TIME.findall(told.text)) == 1:
        rest = told.text[told.verb.end : match.start()] + told.text[match.end() :]
        yield from _asking("When", told, rest, "time")


def _where(told: _Told) -> Iterator[Made]:
    match = _PLACE.search(told.text, told.verb.end)
    if match is None or _NO_PLACE.search(match.group()):
        return
    between = [item.key for item in told.read if told.verb.start <= item.start < match.start()]
    if between and between[-1] in _PLACED:
        yield from _asking("Where", told, told.text[told.verb.end : match.start()], "place")


def _who(told: _Told) -> Iterator[Made]:
    name = told.text[: told.verb.start].strip()
    if _PERSON.fullmatch(name) and not words(name.lower()) & _NO_PERSON and told.verb.key in _WROTE:
        yield Made(f"Who {told.text[told.verb.start :]}?", "person")


def _how_many(told: _Told) -> Iterator[Made]:
    """Where a number counts what is named right behind it: of the subject, of "there are", or of the object."""
    text, read, main = told.text, told.read, told.main
    first = place = 0 if _NUMBER.fullmatch(read[0].key) else main + 1
    while place < len(read) and read[place].key in _APPROXIMATE:
        place += 1
    if place >= len(read) or not _NUMBER.fullmatch(read[place].key):
        return
    end = place + 1
    while end < len(read) and read[end].key in _SCALE:
        end += 1
    noun = end
    while noun < len(read) and noun - end < 2 and not _COUNTED.fullmatch(read[noun].text):
        if read[noun].key in PREPOSITIONS["en"] or read[noun].mark:
            return
        noun += 1
    if noun >= len(read) or not _COUNTED.fullmatch(read[noun].text) or read[noun].key in _NOT_COUNTED:
        return
    counted, rest = text[read[end].start : read[noun].end], text[read[noun].end :]
    if first == 0:
        if noun < main and not any(item.key in PREPOSITIONS["en"] for item in read[noun:main]):
            yield Made(f"How many {counted}{rest}?", "count")
    elif read[0].key == "there" and main == 1:
        yield Made(f"How many {counted} {told.verb.text} there{rest}?", "count")
    elif told.verb.key in _HAS:
        yield Made(f"How many {counted} {_HAS[told.verb.key]} {told.subject} have{rest}?", "count")
    elif base := base_of(told.verb.key):
        yield Made(f"How many {counted} did {told.subject} {base}{rest}?", "count")


def _how_much(told: _Told) -> Iterator[Made]:
    match = _MONEY.match(told.rest.strip())
    if match and told.verb.key in _PAID:
        rest = told.rest.strip()[match.end() :]
        yield Made(f"How much {_PAID[told.verb.key].format(told.subject)}{rest}?", "money")


def _what(told: _Told) -> Iterator[Made]:
    """What a thing is that is named and said to be one of a kind."""
    named = all(item.cased for item in told.read[: told.main]) and told.read[0].key not in ARTICLES["en"]
    named = named and not _PERSON.fullmatch(told.subject) and told.read[0].key not in _OPENERS
    if told.verb.key == "is" and named and told.main <= 4 and _DEFINED.match(told.rest.strip()):
        yield Made(f"What is {told.subject}?", "statement")


def _whether(told: _Told) -> Iterator[Made]:
    """Of what was done, or of what kind something is; what somebody finds it to be is no question of fact."""
    denied = any(item.key in ("not", "n't", "never", "no", "most") for item in told.read)
    if told.verb.key not in ("is", "are", "was", "were") or denied or told.read[0].key == "there":
        return
    behind = told.rest.strip()
    done = form_of(behind.split()[0].lower()) in ("participle", "done") and behind.split()[0].islower()
    if not _NAME.search(f"_ {told.subject}"):
        return
    if (done or _DEFINED.match(behind)) and (
        _NAME.search(told.rest) or any(item.key.isdigit() for item in told.read)
    ):
        yield Made(f"{told.verb.text.capitalize()} {told.subject} {behind}?", "statement")


def _asking(word: str, told: _Told, rest: str, expects: Kind) -> Iterator[Made]:
    behind = rest.strip().rstrip(",. ")
    if told.verb.key in _FRONTED:
        # "was built", not "was the best": what is behind "be" must be what was done.
        if behind and form_of(behind.split()[0].lower()) in ("participle", "done"):
            yield Made(f"{word} {told.verb.text} {told.subject} {behind}?", expects)
    elif base := base_of(told.verb.key):
        yield Made(f"{word} did {told.subject} {base} {behind}".rstrip() + "?", expects)


def _subject(text: str, read: Words, main: int, named: frozenset[str]) -> str | None:
    """The subject as it stands inside a sentence; None where it cannot be told whether its first word is a name."""
    subject, first = text[: read[main].start].strip(), read[0]
    if first.key in DETERMINERS["en"] | {"there"}:
        return subject[0].lower() + subject[1:]
    if not first.cased or first.text[1:] != first.text[1:].lower() or first.text in named:
        return subject
    return subject if main > 1 and read[1].cased else None
