"""Words and sentences in English, Portuguese and Chinese, written for this project, and what training takes from them.

`translations/words-*.tsv`: a line is a meaning; in each language its usual words and their forms, with commas between.
`translations/sentences-*.tsv`: a line is one thing said three times, now and then as a question that the English answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from truthgpt.search.embedding import runs

FOLDER = Path(__file__).parent / "translations"
LONGEST = 16
"""Letters of a token at most."""


class Line(NamedTuple):
    """The same in each language."""

    english: str
    portuguese: str
    chinese: str


class Meaning(NamedTuple):
    """A word or phrase that is not English, and the English words for it."""

    text: str
    english: tuple[str, ...]


def lines(kind: str) -> Iterator[Line]:
    """The lines of all files of `kind`, `words` or `sentences`."""
    for file in sorted(FOLDER.glob(f"{kind}-*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield Line(*(part.strip() for part in line.split("\t")))


def forms(words: str) -> tuple[str, ...]:
    """The forms that stand in one field."""
    return tuple(form for part in words.replace("，", ",").split(",") if (form := part.strip()))


def meanings() -> list[Meaning]:
    """Every Portuguese and Chinese form of every line, with the English forms of that line."""
    return [
        Meaning(form, forms(line.english))
        for line in lines("words")
        for form in (*forms(line.portuguese), *forms(line.chinese))
    ]


def tokens() -> list[str]:
    """The single words among the Portuguese and Chinese forms, as tokens spell them, each once."""
    found = (list(runs(meaning.text)) for meaning in meanings())
    return list(dict.fromkeys(word[0][0] for word in found if len(word) == 1 and len(word[0][0]) <= LONGEST))
