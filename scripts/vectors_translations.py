"""Words in English, Portuguese and Chinese, written for this project: the English that a search looks for beside a word.

`translations/words-*.tsv`: a line is a meaning; in each language its usual words and their forms, with commas between.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from truthgpt.search.embedding import runs

FOLDER = Path(__file__).parent / "translations"
FIRST = 3
"""What a line counts in which the word comes first, beside others."""
LONGEST = 16
"""Letters of a token at most."""


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


def english(portuguese: Collection[str]) -> dict[str, str]:
    """For each Portuguese and Chinese word, as tokens spell them, the English that it is most often, and first, for.

    Of words that are spelled as English ones are, none but `portuguese`: who types "data" or "manual" may mean either.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines():
        first = forms(line.english)[0].lower()
        for several in (forms(line.portuguese), forms(line.chinese)):
            for place, form in enumerate(several):
                words = list(runs(form))
                if (
                    len(words) == 1
                    and len(words[0][0]) <= LONGEST
                    and (words[0][1] or words[0][0] in portuguese)
                ):
                    found[words[0][0]][first] += 1 if place else FIRST
    return {word: counted.most_common(1)[0][0] for word, counted in sorted(found.items())}


def words() -> set[str]:
    """The single words among the Portuguese forms, as tokens spell them."""
    found = (list(runs(form)) for line in lines() for form in forms(line.portuguese))
    return {spelled[0][0] for spelled in found if len(spelled) == 1}
