"""The small pattern language of the offences, compiled to regular expressions that cannot run away.

A pattern is words apart by one space, matched on words apart by one space:

- `word`: that word; `word*`: any word that begins so; `a|b`: either;
- `{set}`: any phrase of a named set;
- `~`: up to five words; `~9`: up to nine.

The first part of a deed is a verb, which in English also matches its -ing form; every other English word also matches
its plural in -s or -es. In Chinese there are no spaces: parts follow each other directly, and `~` is characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truthgpt.errors import BadInputError

GAP = 5
MAX_GAP = 15
_PART = re.compile(r"\{[a-z_]+\}|~\d*|[^\s{}~]+")
_PHRASE = re.compile(r"[^\W_]+\*?(?: [^\W_]+\*?)*")
_VOWELS = frozenset("aeiou")

Sets = Mapping[str, Sequence[str]]


def gerund(verb: str) -> str:
    """The -ing form of a regular English verb ("make" → "making", "plan" → "planning").

    Consonants are doubled after one short vowel in a word of one syllable; others need their form written out.
    """
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    single = sum(letter in _VOWELS for letter in verb) == 1
    if single and len(verb) > 2 and verb[-2] in _VOWELS and verb[-1] not in "aeiouwxy":
        return verb + verb[-1] + "ing"
    return verb + "ing"


@dataclass(frozen=True, slots=True)
class Expression:
    """Some patterns as one regular expression; `firsts` are all the words that a match can begin with."""

    pattern: re.Pattern[str]
    firsts: frozenset[str]

    def begins(self, sentence: str, place: int, word: str) -> bool:
        """Whether a match begins at `place`, where `word` stands."""
        return word in self.firsts and self.pattern.match(sentence, place) is not None


def compile_patterns(
    patterns: Sequence[str], sets: Sets, language: str, *, verb_first: bool = False, stops: str = ""
) -> Expression:
    """One expression for all `patterns`; `verb_first` for deeds. With no patterns it never matches.

    `stops` is a lookahead that each word of a gap must meet; in Chinese, what each of its characters must match.
    Searched for, a match begins and ends where words do. Raises `BadInputError` for a pattern that is not in the language above.
    """
    bodies = []
    firsts: set[str] = set()
    for pattern in patterns:
        parts = _parts(pattern, sets)
        bodies.append(_body(parts, language, verb_first, stops))
        first = parts[0]
        for phrase in first if isinstance(first, list) and language != "zh" else ():
            firsts.update(_forms(phrase.split()[0], language, verb_first, " " not in phrase))
    if not bodies:
        return Expression(re.compile(r"(?!)"), frozenset())
    joined = f"(?:{'|'.join(bodies)})"
    if language != "zh":
        joined = f"(?<![^ ]){joined}(?![^ ])"
    return Expression(re.compile(joined), frozenset(firsts))


def _parts(pattern: str, sets: Sets) -> list[list[str] | int]:
    """`pattern` as lists of phrases and, for gaps, their greatest width."""
    found = _PART.findall(pattern)
    if not found or "".join(found) != pattern.replace(" ", ""):
        raise BadInputError(
            f"the pattern {pattern!r} cannot be read; words, {{set}} and ~ are apart by one space"
        )
    parts: list[list[str] | int] = []
    for place, part in enumerate(found):
        if part.startswith("~"):
            width = int(part[1:] or GAP)
            if not 0 < width <= MAX_GAP or place in (0, len(found) - 1):
                raise BadInputError(f"the pattern {pattern!r} has a gap that is too wide or at its end")
            parts.append(width)
            continue
        phrases = list(sets.get(part[1:-1], ())) if part.startswith("{") else part.split("|")
        if not phrases:
            raise BadInputError(f"the pattern {pattern!r} names the set {part}, which is not there")
        for phrase in phrases:
            if not _PHRASE.fullmatch(phrase):
                raise BadInputError(f"the phrase {phrase!r} holds more than words and a final *")
        if place == 0 and any(phrase.split()[0].endswith("*") for phrase in phrases):
            raise BadInputError(f"the pattern {pattern!r} begins with a word that is cut short")
        parts.append(phrases)
    return parts


def _body(parts: Sequence[list[str] | int], language: str, verb_first: bool, stops: str) -> str:
    spaced = language != "zh"
    out = ""
    for place, part in enumerate(parts):
        if isinstance(part, int):
            out += f"(?: {stops}[^ ]+){{0,{part}}}?" if spaced else f"{stops}{{0,{part}}}?"
            continue
        choices = {_phrase(phrase, language, verb_first and place == 0) for phrase in part}
        out += (
            " " if spaced and place else ""
        ) + f"(?:{'|'.join(sorted(choices, key=lambda choice: (-len(choice), choice)))})"
    return out


def _phrase(phrase: str, language: str, verb: bool) -> str:
    words = phrase.split()
    if language == "zh":
        return "".join(map(re.escape, words))
    last = len(words) - 1
    return " ".join(
        re.escape(word[:-1]) + "[^ ]*"
        if word.endswith("*")
        else f"(?:{'|'.join(_forms(word, language, verb and place == 0, place == last))})"
        for place, word in enumerate(words)
    )


def _forms(word: str, language: str, verb: bool, last: bool) -> list[str]:
    """The forms of `word` that match: of a verb, of the noun that ends a phrase, or of any other word."""
    if verb and language == "en":
        return [word, gerund(word)]
    if verb:
        return [word, word[:-2] + "o"] if word.endswith(("ar", "er", "ir")) else [word]
    if last and not word.endswith("s"):
        return [word, word + "s", word + "es"]
    return [word]
