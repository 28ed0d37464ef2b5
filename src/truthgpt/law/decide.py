"""The decision: answer, or refuse under the first rule of the jurisdiction that the prompt asks for help to break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from truthgpt.law import chinese
from truthgpt.law.packs import Language, Pack, load_offence, load_pack
from truthgpt.law.requests import GRAMMARS, Form, Request, asks_for, matcher, requests
from truthgpt.law.ruling import Ruling
from truthgpt.law.texts import folded, han, sentences, unmasked

REFUSED: dict[Form, float] = {"how": 0.95, "tell": 0.92, "intend": 0.8}
"""How sure a refusal is by the form of the request: "how do I" asks for help outright, an intention only beside a request."""

FURTIVE = 0.03
"""Added where the prompt says that it must not be seen ("without getting caught", "illegally")."""

UNMASKED = 0.12
"""Taken off where words had first to be read through digits, signs or spelling."""

ANSWERED = {"nothing asked": 0.98, "something asked": 0.96, "near a rule": 0.8}
"""How sure an answer is: near a rule, the words of an offence were asked for and a lawful word stood beside them."""


MOST_REQUESTS = 32
"""Requests that are read at each end of a prompt."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A place where a sentence asks for something; `request` is None in Chinese, where the whole sentence is read."""

    sentence: str
    language: Language
    request: Request | None

    @property
    def form(self) -> Form:
        return self.request.form if self.request else "tell"

    def is_for(self, offence: str) -> bool:
        words = matcher(offence, self.language)
        if words is None:
            return False
        if self.request is None:
            return chinese.asks_for(self.sentence, words)
        return asks_for(self.sentence, self.request, words, GRAMMARS[self.language])

    def is_lawful(self, offence: str) -> bool:
        words = matcher(offence, self.language)
        return words is not None and words.unless.pattern.search(self.sentence) is not None


def decide(prompt: str, jurisdiction: str = "open") -> Ruling:
    """Whether `prompt` may be answered under the law of `jurisdiction`.

    A refusal rests on a rule that the prompt asks for help to break; all else is answered. Of a long prompt only the two
    ends are read (`texts.windows`). Raises `BadInputError` for an unknown jurisdiction.
    """
    pack = load_pack(jurisdiction)
    text = folded(prompt)
    ruling = _judge(text, pack, 0.0)
    if ruling.decision == "refuse":
        return ruling
    plainer = unmasked(text)
    if plainer == text:
        return ruling
    again = _judge(plainer, pack, UNMASKED)
    return again if again.decision == "refuse" else ruling


def _judge(text: str, pack: Pack, doubt: float) -> Ruling:
    read = sentences(text)
    asked = _ends(list(_asked(read)))
    near = False
    for rule in pack.rules:
        for place in asked:
            if place.is_for(rule.offence):
                if not place.is_lawful(rule.offence):
                    furtive = any(grammar.furtive.search(place.sentence) for grammar in GRAMMARS.values())
                    sure = REFUSED[place.form] + (FURTIVE if furtive else 0.0) - doubt
                    return Ruling("refuse", rule.id, rule.statute, load_offence(rule.offence).title, sure)
                near = True
    grade = "near a rule" if near else "something asked" if asked else "nothing asked"
    return Ruling("answer", probability=ANSWERED[grade])


def _ends(asked: list[_Asked]) -> list[_Asked]:
    """The first and the last requests, where a prompt is stuffed with them: the time of a decision is bounded."""
    return asked if len(asked) <= 2 * MOST_REQUESTS else asked[:MOST_REQUESTS] + asked[-MOST_REQUESTS:]


def _asked(read: list[str]) -> Iterator[_Asked]:
    for language, grammar in GRAMMARS.items():
        helped = any(grammar.ask.search(sentence) for sentence in read)
        for sentence in read:
            for request in requests(sentence, grammar):
                if request.form != "intend" or helped:
                    yield _Asked(sentence, language, request)
    for sentence in read:
        characters = han(sentence)
        if characters:
            yield _Asked(characters, "zh", None)
