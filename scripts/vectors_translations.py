"""Words in English, Portuguese and Chinese, written for this project: the English that a search looks for beside a word.

`translations/words-*.tsv`: a line is a meaning; in each language its usual words and their forms, with commas between.
`translations/senses-*.tsv`: a line is a form of Portuguese or Chinese, a word or an expression as people type it, and the English that
posts have for it, the usual one first; `-` where it says nothing by itself. What these say of a form stands before the lines of
meanings, and of several the first in the order of their names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from truthgpt.search.embedding import runs
from truthgpt.search.glossary import Entry, bare, composed

FOLDER = Path(__file__).parent / "translations"
FIRST = 3
"""What a line counts in which the word comes first, beside others."""
MOST = 4
"""English words for one form, at most."""


class Line(NamedTuple):
    """The same in each language."""

    english: str
    portuguese: str
    chinese: str


def lines() -> Iterator[Line]:
    """The lines of all files."""
    for file in sorted(FOLDER.glob("words-*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield Line(*(part.strip() for part in line.split("\t")))


def forms(words: str) -> tuple[str, ...]:
    """The forms that stand in one field."""
    return tuple(form for part in words.replace("，", ",").split(",") if (form := part.strip()))


def english(portuguese: Collection[str]) -> dict[str, Entry]:
    """For each Portuguese and Chinese form the English that it is for, the most usual first.

    Forms that are spelled as English words are, and are none of `portuguese`, are marked: who types "data" or "manual" may mean either.
    """
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines():
        first = forms(line.english)[0].lower()
        for several in (forms(line.portuguese), forms(line.chinese)):
            for place, form in enumerate(several):
                counted[composed(form)][first] += 1 if place else FIRST
    found = {form: tuple(sense for sense, _ in of.most_common(MOST)) for form, of in counted.items()}
    found = typed(found | senses())
    return {form: Entry(of, bare(form) not in portuguese and _one_word(form)) for form, of in found.items()}


def typed(found: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """`found`, with each form as it is typed without accents: what it means so itself, one after the other with what those mean that
    have some ("pais": parents, country)."""
    accented: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for form, of in found.items():
        if bare(form) != form:
            accented[bare(form)].append(of)
    made = dict(found)
    for form, several in accented.items():
        if (own := found.get(form)) != ():  # "da" is "of the", however often "dá" is meant
            meant = [own, *several] if own else several
            turns = (sense for turn in zip_longest(*meant) for sense in turn if sense)
            made[form] = tuple(dict.fromkeys(turns))[:MOST]
    return made


def senses() -> dict[str, tuple[str, ...]]:
    """Those that were written form by form."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(FOLDER.glob("senses-*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            form, written = line.split("\t")
            of = tuple(sense for sense in forms(written) if sense != "-")
            found.setdefault(composed(form), of[:MOST])
    return found


def _one_word(form: str) -> bool:
    """Whether English could have a word that is spelled so."""
    return form.isascii() and form.isalpha()


def words() -> set[str]:
    """The single words among the Portuguese forms, without accents."""
    found = {form for line in lines() for form in forms(line.portuguese)} | set(senses())
    return {spelled[0][0] for form in found if len(spelled := list(runs(form))) == 1 and not spelled[0][1]}
