"""Offences (what is asked for, in words) and packs (whose law forbids it, under which statute), read from TOML.

`offences/NAME.toml` holds the words of one offence in each language and examples of both sides. `packs/NAME.toml` holds
the rules of one jurisdiction; each names an offence and the statute that forbids it there, so that a statute is
written once and the words once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, ValidationError

from truthgpt.errors import BadInputError

Language = Literal["en", "pt", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "pt", "zh")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Line = Annotated[str, StringConstraints(min_length=3, max_length=400, strip_whitespace=True)]
_NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Model = TypeVar("_Model", bound=BaseModel)


class Terms(_Strict):
    """The words of an offence in one language, in the pattern language of `terms`.

    `deeds` are things done (a verb first), `works` are things made when asked for (a text, a program), `claims` are
    statements that it is the offence to spread, `unless` are words that make the request another one.
    """

    sets: dict[str, list[str]] = {}
    deeds: list[str] = []
    works: list[str] = []
    claims: list[str] = []
    unless: list[str] = []


class Examples(_Strict):
    """Prompts on both sides of the line, written for this project; the tests hold the offence to them."""

    refuse: Annotated[list[Line], Field(min_length=6)]
    answer: Annotated[list[Line], Field(min_length=6)]


class Offence(_Strict):
    """What is asked for: what it covers and what stays lawful, for readers, and its words."""

    title: Line
    covers: Line
    lawful: Line
    terms: dict[Language, Terms]
    examples: Examples


class Common(_Strict):
    """Phrases that several offences share, by language and name of the set."""

    sets: dict[Language, dict[str, list[str]]]


class Rule(_Strict):
    """A statute that forbids an offence in one jurisdiction.

    `link` is its text, `since` the day on which the statute, or the article named, was published or came into force.
    """

    id: Name
    offence: Name
    statute: Line
    link: HttpUrl
    since: date


class Pack(_Strict):
    """The rules of one jurisdiction, the gravest first: the first that fires is named."""

    jurisdiction: Name
    title: Line
    rules: Annotated[list[Rule], Field(min_length=1)]


@lru_cache(maxsize=1)
def jurisdictions() -> list[str]:
    """The names that `decide` knows; `open`, the default, first."""
    names = sorted(f.name.removesuffix(".toml") for f in files(__package__).joinpath("packs").iterdir())
    return sorted(names, key=lambda name: (name != "open", name))


@lru_cache(maxsize=64)
def load_pack(jurisdiction: str) -> Pack:
    """The rules of `jurisdiction`. Raises `BadInputError` for one that is not known, naming those that are."""
    if jurisdiction not in jurisdictions():
        shown = jurisdiction if _NAME.fullmatch(jurisdiction) else "that"
        raise BadInputError(f"no jurisdiction {shown}; known are {', '.join(jurisdictions())}")
    return parse_pack(_read("packs", jurisdiction), jurisdiction)


@lru_cache(maxsize=1)
def common_sets() -> dict[Language, dict[str, list[str]]]:
    """The sets of phrases, by language, that every offence may use beside its own."""
    return _parse(
        Common, files(__package__).joinpath("words.toml").read_text(encoding="utf-8"), "words.toml"
    ).sets


@lru_cache(maxsize=64)
def load_offence(name: str) -> Offence:
    """The words and examples of the offence `name`."""
    return parse_offence(_read("offences", name), name)


def parse_pack(text: str, name: str) -> Pack:
    """A pack from TOML. Raises `BadInputError` saying in one line what is wrong in it, and where."""
    pack = _parse(Pack, text, f"the pack {name}")
    if pack.jurisdiction != name:
        raise BadInputError(f"the pack {name} says it is for {pack.jurisdiction}")
    twice = {rule.id for rule in pack.rules if sum(rule.id == other.id for other in pack.rules) > 1}
    if twice:
        raise BadInputError(f"the pack {name} has two rules with the id {min(twice)}")
    return pack


def parse_offence(text: str, name: str) -> Offence:
    """An offence from TOML. Raises `BadInputError` saying in one line what is wrong in it, and where."""
    return _parse(Offence, text, f"the offence {name}")


def _parse(model: type[_Model], text: str, what: str) -> _Model:
    try:
        raw: Mapping[str, object] = tomllib.loads(text)
        return model.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{what} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "its top"
        raise BadInputError(f"{what}, at {where}: {first['msg']}") from error


def _read(kind: str, name: str) -> str:
    return files(__package__).joinpath(kind, f"{name}.toml").read_text(encoding="utf-8")
