"""Offences (what is asked for, in words) and packs (whose law forbids it, under which statute), read from TOML.

`offences/NAME.toml` holds the words of one offence in each language and examples of both sides. `packs/NAME.toml` holds
the rules of one jurisdiction; each names an offence and the statute that forbids it there, so that a statute is
written once and the words once. A folder of one's own (`own.use`) adds packs, and in its `offences/` offences, in the same form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
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


UNREVIEWED = "not yet reviewed by a lawyer"
"""What `Rule.reviewed` says until a lawyer has."""


class Rule(_Strict):
    """A statute that forbids an offence in one jurisdiction.

    `link` is its text, `since` the day on which the statute, or the article named, was published or came into force, `reviewed` who
    read the rule and is a lawyer. `covers`, `lawful` and `examples` are there where the statute draws another line than the offence: `covered`,
    `stays_lawful` and `examples_of` give what holds.
    """

    id: Name
    offence: Name
    statute: Line
    link: HttpUrl
    since: date
    reviewed: Line = UNREVIEWED
    covers: Line | None = None
    lawful: Line | None = None
    examples: Examples | None = None


class Pack(_Strict):
    """The rules of one jurisdiction, the gravest first: the first that fires is named."""

    jurisdiction: Name
    title: Line
    rules: Annotated[list[Rule], Field(min_length=1)]


ALWAYS_LAWFUL = (
    "Whatever the offence: reporting and news, history, fiction that gives no working instructions, medicine, satire, research, teaching of prevention,"
    " self-defence within its law, help for victims, questions about the law and opinion on it."
)
"""What every rule leaves lawful, beside what the rule and its offence say."""

_own: list[Path] = []


def set_own(folder: Path | None) -> None:
    """Read packs from `folder` too, or from none of one's own; see `own.use`, which also forgets what was made of them."""
    _own[:] = [folder] if folder is not None else []
    for cached in (jurisdictions, load_pack, load_offence):
        cached.cache_clear()


@lru_cache(maxsize=1)
def jurisdictions() -> list[str]:
    """The names that `decide` knows; `open`, the default, first.

    Raises `BadInputError` for a pack of one's own whose name is taken or is none.
    """
    names = _shipped("packs")
    for path in sorted(_own[0].glob("*.toml")) if _own else []:
        if not _NAME.fullmatch(path.stem):
            raise BadInputError(
                f"{path}: a pack's name has 2 to 64 small letters, digits and dashes; rename the file"
            )
        if path.stem in names:
            raise BadInputError(f"{path}: {path.stem} ships with truthgpt; give yours another name")
        names.append(path.stem)
    return sorted(names, key=lambda name: (name != "open", name))


@lru_cache(maxsize=64)
def load_pack(jurisdiction: str) -> Pack:
    """The rules of `jurisdiction`.

    Raises `BadInputError` for one that is not known, naming those that are, and for one that is faulty or names an offence that
    is not there.
    """
    if jurisdiction not in jurisdictions():
        shown = jurisdiction if _NAME.fullmatch(jurisdiction) else "that"
        raise BadInputError(f"no jurisdiction {shown}; known are {', '.join(jurisdictions())}")
    pack = parse_pack(_read("packs", jurisdiction), jurisdiction)
    for rule in pack.rules:
        load_offence(rule.offence)
    return pack


def covered(rule: Rule) -> str:
    """What `rule` forbids help with, in words."""
    return rule.covers or load_offence(rule.offence).covers


def stays_lawful(rule: Rule) -> str:
    """What `rule` leaves lawful, in words."""
    return f"{rule.lawful or load_offence(rule.offence).lawful} {ALWAYS_LAWFUL}"


def examples_of(rule: Rule) -> Examples:
    """Prompts on both sides of the line of `rule`: its own, else those of its offence."""
    return rule.examples or load_offence(rule.offence).examples


@lru_cache(maxsize=1)
def common_sets() -> dict[Language, dict[str, list[str]]]:
    """The sets of phrases, by language, that every offence may use beside its own."""
    return parse(
        Common, files(__package__).joinpath("words.toml").read_text(encoding="utf-8"), "words.toml"
    ).sets


@lru_cache(maxsize=64)
def load_offence(name: str) -> Offence:
    """The words and examples of the offence `name`. Raises `BadInputError` where there is none, or it is faulty."""
    return parse_offence(_read("offences", name), name)


def parse_pack(text: str, name: str) -> Pack:
    """A pack from TOML. Raises `BadInputError` saying in one line what is wrong in it, and where."""
    pack = parse(Pack, text, f"the pack {name}")
    if pack.jurisdiction != name:
        raise BadInputError(f"the pack {name} says it is for {pack.jurisdiction}")
    twice = {rule.id for rule in pack.rules if sum(rule.id == other.id for other in pack.rules) > 1}
    if twice:
        raise BadInputError(f"the pack {name} has two rules with the id {min(twice)}")
    return pack


def parse_offence(text: str, name: str) -> Offence:
    """An offence from TOML. Raises `BadInputError` saying in one line what is wrong in it, and where."""
    return parse(Offence, text, f"the offence {name}")


def parse(model: type[_Model], text: str, what: str) -> _Model:
    """`text`, TOML, as a `model`. Raises `BadInputError` saying in one line what is wrong in `what`, and where."""
    try:
        raw: Mapping[str, object] = tomllib.loads(text)
        return model.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{what} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "its top"
        raise BadInputError(f"{what}, at {where}: {first['msg']}") from error


def _read(kind: Literal["packs", "offences"], name: str) -> str:
    """The text of a pack or an offence: one that ships, else one's own."""
    if name in _shipped(kind):
        return files(__package__).joinpath(kind, f"{name}.toml").read_text(encoding="utf-8")
    own = _own[0] / ("offences" if kind == "offences" else "") / f"{name}.toml" if _own else None
    try:
        if own is not None:
            return own.read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{own} cannot be read: {error}") from error
    raise BadInputError(
        f"no offence {name}; known are {', '.join(offences())}, and those in offences/ beside a pack of one's own"
    )


def _shipped(kind: Literal["packs", "offences"]) -> list[str]:
    return sorted(f.name.removesuffix(".toml") for f in files(__package__).joinpath(kind).iterdir())


def offences() -> list[str]:
    """The names of the offences that ship with the package."""
    return _shipped("offences")
