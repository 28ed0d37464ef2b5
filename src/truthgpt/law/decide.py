"""The decision: answer, answer with care, or refuse under the first rule of the jurisdiction that the prompt asks for help to break.

An offence is looked for in its own words in the forms of a request (`requests`), and by two networks that were trained on prompts: a
small one (`classifier`) and, where that is in doubt, a larger one (`reader`). The rules of the jurisdiction decide what they may refuse,
and under which statute: what no rule forbids is answered, however sure the networks are, and so is what stands beside a lawful word
of the offence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from truthgpt.law import care, chinese, classifier
from truthgpt.law.packs import Language, Pack, load_offence, load_pack
from truthgpt.law.requests import GRAMMARS, Form, Request, asks_for, matcher, requests, subject
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

DOUBT = 0.05
"""How likely the small network must find an offence for the second reader to be asked: most lawful prompts are far below it."""

SECOND = 0.75
"""What the second reader's word counts beside the small network's."""

KNOWN = 0.77
"""How likely both together must find what the jurisdiction forbids, where the prompt asks for something and names a word that the terms of the
offence speak of; this and `UNKNOWN` were set on topics that neither network was trained on."""

UNKNOWN = 0.92
"""How likely, where it has no known form of a request or names no such word."""

SUREST = 0.95
"""No refusal by the network is surer than one by the words."""

_QUESTION = re.compile("[?？]")

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

    A refusal rests on a rule that the prompt asks for help to break; all else is answered, some of it with care. Of a long prompt only the two
    ends are read (`texts.windows`). Raises `BadInputError` for an unknown jurisdiction.
    """
    pack = load_pack(jurisdiction)
    text = folded(prompt)
    plainer = unmasked(text)
    ruling = judge(text, pack, 0.0)
    if ruling.decision == "answer" and plainer != text:
        again = judge(plainer, pack, UNMASKED)
        ruling = again if again.decision == "refuse" else ruling
    if ruling.decision == "refuse":
        return ruling
    topic = care.topic_of(text)
    ruled = None if topic == "suicide" else _read(plainer, _asks(prompt, plainer), pack)
    return ruled or replace(ruling, care=topic)


def _asks(prompt: str, text: str) -> bool:
    """Whether `text`, the folded `prompt`, has a known form of asking for something."""
    return bool(_QUESTION.search(prompt)) or any(place.form != "intend" for place in _asked(sentences(text)))


def _read(text: str, asked: bool, pack: Pack) -> Ruling | None:
    """The refusal that the networks see in `text`: what `pack` forbids counts together, and the rule is that of the likeliest."""
    rules = {rule.offence: rule for rule in reversed(pack.rules)}
    piece, first = classifier.load().likeliest(text, rules.keys())
    if sum(first.get(offence, 0.0) for offence in rules) < DOUBT:
        return None
    from truthgpt.law import reader  # brings the verifier's encoder, which most prompts do without

    second = reader.load().probabilities(piece)
    likely = {name: (1 - SECOND) * first.get(name, 0.0) + SECOND * second.get(name, 0.0) for name in rules}
    p = sum(likely.values())
    offence = max(likely, key=lambda name: likely[name])
    known = asked and _names(text, offence)
    if p < (KNOWN if known else UNKNOWN) or _is_lawful(text, offence):
        return None
    rule = rules[offence]
    return Ruling("refuse", rule.id, rule.statute, load_offence(offence).title, min(p, SUREST))


def _names(text: str, offence: str) -> bool:
    """Whether `text` holds a word that the terms of `offence` speak of, in any language."""
    return any(
        subject(offence, language).search(sentence) is not None for language, sentence in _sentences(text)
    )


def _is_lawful(text: str, offence: str) -> bool:
    return any(
        words is not None and words.unless.pattern.search(sentence) is not None
        for language, sentence in _sentences(text)
        for words in (matcher(offence, language),)
    )


def _sentences(text: str) -> Iterator[tuple[Language, str]]:
    """Each sentence in the shape that the terms of each language are matched on."""
    for sentence in sentences(text):
        for language in GRAMMARS:
            yield language, sentence
        if characters := han(sentence):
            yield "zh", characters


def judge(text: str, pack: Pack, doubt: float) -> Ruling:
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
