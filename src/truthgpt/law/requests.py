"""What a sentence asks for, where, and whether that is a given offence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from truthgpt.law import classifier
from truthgpt.law.english import ENGLISH
from truthgpt.law.grammar import Grammar
from truthgpt.law.packs import Language, common_sets, jurisdictions, load_offence, load_pack
from truthgpt.law.portuguese import PORTUGUESE
from truthgpt.law.terms import Expression, compile_patterns

GRAMMARS: dict[Language, Grammar] = {"en": ENGLISH, "pt": PORTUGUESE}
"""The languages whose words stand apart; Chinese is read by `chinese`."""

MOST_CLAUSES = 24
"""Clauses of one sentence that are looked at."""

MOST_VERBS = 4
"""Places on the way to the verb of a deed, past adverbs and other verbs."""

CHINESE_GAP = "(?:(?!关于|防|禁|反|戒|有关)[^|])"
"""A character between the parts of a Chinese pattern."""

Form = Literal["how", "tell", "intend"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a sentence a word begins that may be what is asked for: a `deed` done or a `work` made."""

    start: int
    word: str
    deed: bool
    work: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for in a sentence: in which form, from where on, and the places where its object may stand."""

    form: Form
    start: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Matcher:
    """One offence's words in one language, compiled."""

    deeds: Expression
    works: Expression
    claims: Expression
    unless: Expression


@lru_cache(maxsize=256)
def matcher(offence: str, language: Language) -> Matcher | None:
    """The words of `offence` in `language`, compiled; None where it has none."""
    terms = load_offence(offence).terms.get(language)
    if terms is None:
        return None
    sets = {**common_sets().get(language, {}), **terms.sets}
    grammar = GRAMMARS.get(language)
    stops = f"(?!{grammar.stops}(?![^ ]))" if grammar else CHINESE_GAP
    gap = "" if grammar else CHINESE_GAP
    unless = [*sets.get("always_lawful", []), *terms.unless]
    return Matcher(
        deeds=compile_patterns(terms.deeds, sets, language, verb_first=True, stops=stops),
        works=compile_patterns(terms.works, sets, language, stops=gap),
        claims=compile_patterns(terms.claims, sets, language, stops=gap),
        unless=compile_patterns(unless, sets, language, stops=gap),
    )


@lru_cache(maxsize=256)
def subject(offence: str, language: Language) -> re.Pattern[str]:
    """Finds what `offence` is about in `language`: a phrase of its own patterns and sets that is not all everyday words (`words.toml`).

    Finds nothing where the offence has no words in the language.
    """
    terms = load_offence(offence).terms.get(language)
    if terms is None:
        return re.compile("(?!)")
    patterns = (*terms.deeds, *terms.works, *terms.claims)
    loose = [part for pattern in patterns for part in pattern.split() if part[0] not in "{~"]
    phrases = {phrase for part in loose for phrase in part.split("|")} | {
        phrase for found in terms.sets.values() for phrase in found
    }
    everyday = set(common_sets().get(language, {}).get("everyday", ()))
    telling = sorted(
        phrase for phrase in phrases if not set(phrase.split()) <= everyday and not phrase.endswith("*")
    )
    return compile_patterns(telling, {}, language).pattern


def warm() -> None:
    """Compile the words of every rule of every jurisdiction, and load the networks: some 5 s of work, else done at the first request."""
    from truthgpt.law import reader  # brings the verifier's encoder, which most commands do without

    offences = dict.fromkeys(rule.offence for name in jurisdictions() for rule in load_pack(name).rules)
    for offence in offences:
        for language in get_args(Language):
            matcher(offence, language)
            subject(offence, language)
    classifier.load()
    reader.load()


def asks_for(sentence: str, request: Request, words: Matcher, grammar: Grammar) -> bool:
    """Whether what `request` asks for in `sentence` is the offence whose `words` these are."""
    for place in request.places:
        if place.deed and words.deeds.begins(sentence, place.start, place.word):
            return True
        if place.work and words.works.begins(sentence, place.start, place.word):
            return True
    if request.form != "tell":
        return False
    claim = words.claims.pattern.search(sentence, request.start)
    return claim is not None and not grammar.doubts.search(sentence, request.start, claim.start())


def requests(sentence: str, grammar: Grammar) -> list[Request]:
    """What `sentence` asks for, or says that it intends."""
    forms: tuple[tuple[Form, re.Pattern[str]], ...] = (
        ("how", grammar.how),
        ("tell", grammar.tell),
        ("intend", grammar.intend),
    )
    found: dict[tuple[Form, int], Request] = {}

    def add(form: Form, start: int) -> None:
        if start < len(sentence) and (form, start) not in found:
            found[form, start] = Request(form, start, tuple(_places(sentence, form, start, grammar)))

    for count, clause in enumerate(grammar.clause.finditer(sentence)):
        if count == MOST_CLAUSES:
            break
        start = clause.start()
        if start and grammar.quoted.match(sentence[max(0, start - 60) : start]):
            continue
        for begin in _beginnings(sentence, start, grammar):
            for form, pattern in forms:
                match = pattern.match(sentence, begin)
                if match:
                    add(form, match.end() + 1)
            if grammar.bare.match(sentence, begin):
                add("tell", begin)
            asking = grammar.asking.match(sentence, begin)
            if asking:
                add("how", asking.end())
    return list(found.values())


def _beginnings(sentence: str, start: int, grammar: Grammar) -> Iterator[int]:
    """Where a request may begin in the clause from `start` on: there, and after each run of polite and asking words."""
    yield start
    for _ in range(3):
        match = grammar.polite.match(sentence, start) or grammar.asking.match(sentence, start)
        if match is None:
            return
        start = match.end()
        yield start


def _places(sentence: str, form: Form, start: int, grammar: Grammar) -> Iterator[Place]:
    if form != "tell":
        yield from _verbs(sentence, start, grammar)
        return
    yield from _reach(sentence, start, grammar)
    exact = grammar.exact.search(sentence, start) if grammar.fiction.search(sentence) else None
    if exact:
        yield from _reach(sentence, exact.end() + 1, grammar)


def _verbs(sentence: str, start: int, grammar: Grammar) -> Iterator[Place]:
    """Where the verb of a deed may stand from `start` on: there, or after adverbs and other verbs ("quietly buy or make")."""
    for _ in range(MOST_VERBS):
        yield Place(start, _word(sentence, start), deed=True, work=False)
        ahead = grammar.lead.match(sentence, start) or grammar.joint.match(sentence, start)
        if ahead is None:
            return
        start = ahead.end()


def _reach(sentence: str, start: int, grammar: Grammar) -> Iterator[Place]:
    """The words from `start` on: a deed may stand after a link, a work anywhere but after the verb of something else
    ("explain how to write a …", not "explain how to check for …")."""
    linked = makes = True
    for _ in range(grammar.reach):
        if start >= len(sentence):
            return
        if grammar.shields.match(sentence, start):
            # A work may begin with such a word ("poem praising"); what follows it is another matter.
            yield Place(start, _word(sentence, start), deed=False, work=makes)
            return
        yield Place(start, _word(sentence, start), deed=False, work=makes)
        if linked:
            yield from _verbs(sentence, start, grammar)
        link = grammar.links.match(sentence, start)
        linked = link is not None
        end = link.end() if link else sentence.find(" ", start)
        if end < 0:
            return
        start = end + 1
        if link and link[0].endswith(grammar.how_to):
            makes = grammar.tell.match(sentence, start) is not None


def _word(sentence: str, start: int) -> str:
    end = sentence.find(" ", start)
    return sentence[start:] if end < 0 else sentence[start:end]
