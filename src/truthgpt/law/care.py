"""What is answered with care: a person in distress gets the answer, and help before it; never a refusal.

`care.toml` holds the topics, their words in each language, what is said first, and lines of help by jurisdiction.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from truthgpt.errors import BadInputError
from truthgpt.law.packs import LANGUAGES, Language, Line, parse
from truthgpt.law.terms import Expression, compile_patterns
from truthgpt.law.texts import han, sentences

ELSEWHERE = "open"
"""Whose lines are shown where a jurisdiction has none."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HelpLine(_Strict):
    """Who helps, under which number, which may be empty where a page is all there is, and where that stands."""

    name: Line
    number: Annotated[str, Field(pattern=r"^[0-9 -]*$")]
    link: HttpUrl


class Words(_Strict):
    """The words of a topic in one language, found anywhere in a sentence that holds none of `unless`."""

    sets: dict[str, list[str]] = {}
    terms: Annotated[list[str], Field(min_length=1)]
    unless: list[str] = []


class Topic(_Strict):
    """A topic, what is said before the answer, and its words."""

    title: Line
    first: dict[Language, Line]
    terms: dict[Language, Words]


class Care(_Strict):
    """All of `care.toml`: `lines` by jurisdiction and topic, with the emergency number as `emergency`."""

    topics: dict[str, Topic]
    lines: dict[str, dict[str, list[HelpLine] | str]]


@lru_cache(maxsize=1)
def load() -> Care:
    """The topics and lines that ship with the package."""
    return parse(Care, files(__package__).joinpath("care.toml").read_text(encoding="utf-8"), "care.toml")


def topic_of(text: str) -> str | None:
    """The first topic whose words the folded `text` (`texts.folded`) holds; None where there is none."""
    read = sentences(text)
    characters = [found for found in map(han, read) if found]
    for name in load().topics:
        for language in LANGUAGES:
            words, unless = _compiled(name, language)
            for sentence in characters if language == "zh" else read:
                if words.pattern.search(sentence) and not unless.pattern.search(sentence):
                    return name
    return None


def first(topic: str, language: str) -> str:
    """What is said before an answer on `topic`, in `language` or else in English. Raises `BadInputError` for an unknown topic."""
    said = _topic(topic).first
    return said.get(language, said["en"])  # type: ignore[call-overload,no-any-return]


def lines(topic: str, jurisdiction: str) -> tuple[HelpLine, ...]:
    """Who helps with `topic` in `jurisdiction`. Raises `BadInputError` for an unknown topic."""
    _topic(topic)
    found = load().lines.get(jurisdiction, load().lines[ELSEWHERE])[topic]
    return tuple(found) if isinstance(found, list) else ()


def emergency(jurisdiction: str) -> str:
    """The number of the police or the ambulance in `jurisdiction`; empty where it is not known."""
    found = load().lines.get(jurisdiction, {}).get("emergency", "")
    return found if isinstance(found, str) else ""


def _topic(name: str) -> Topic:
    try:
        return load().topics[name]
    except KeyError as error:
        raise BadInputError(f"no topic of care {name}; known are {', '.join(load().topics)}") from error


@lru_cache(maxsize=32)
def _compiled(topic: str, language: Language) -> tuple[Expression, Expression]:
    words = load().topics[topic].terms[language]
    sets = {
        "want": ["want to", "wanna", "wish to"],
        "way": ["way", "ways", "method", "methods"],
        **words.sets,
    }
    return compile_patterns(words.terms, sets, language), compile_patterns(words.unless, sets, language)
