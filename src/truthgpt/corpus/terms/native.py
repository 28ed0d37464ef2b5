"""Words and their language in, terms that only this language has out: its own stems, marked.

Every text has the stems that English gives its words, whatever its language is told to be, so that a short post whose language is told
wrongly is found all the same. A text in another language with a stemmer has its own beside them: "vacinas" and "vacinação"
meet in `vacin~pt`. The mark is no character of a word: nothing but a query in that language asks for them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache

import Stemmer

from truthgpt.corpus.terms.analysis import folded, stemmed, words_of

_NAMES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
STEMMERS = {code: name for code, name in _NAMES.items() if name in Stemmer.algorithms()}
"""Snowball's (Porter, 2001), by ISO 639-1 code, without English; as many as the library that is installed has."""
MARK = "~"
READ = 10_000
"""Characters of a text that are read for them: what languages there are in a large archive, told rightly or not, each has a table of
words, which is kept small."""


def native(text: str, language: str) -> str:
    """The terms of the beginning of `text` that only its `language` has, in their order, with spaces between.

    >>> native("as vacinas e a vacinação", "pt")
    'vacin~pt vacin~pt'
    """
    return " ".join(filter(None, stems(words_of(text[:READ]), language))) if language in STEMMERS else ""


def stems(words: Sequence[str], language: str) -> list[str]:
    """The terms of single words that only `language`, one of `STEMMERS`, has; `""` for those that tell nothing."""
    # With their accents, which endings are told by.
    found = map(folded, _stemmer(language)([word.casefold() for word in words]))
    telling = stemmed(words)
    return [
        f"{stem}{MARK}{language}" if stem and english else ""
        for stem, english in zip(found, telling, strict=True)
    ]


@cache
def _stemmer(language: str) -> _Stemmer:
    return _Stemmer(STEMMERS[language])


class _Stemmer:
    """One of the library's objects serves one thread at a time."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()
        self._stemmer = Stemmer.Stemmer(name, 0)

    def __call__(self, words: Sequence[str]) -> list[str]:
        with self._lock:
            found: list[str] = self._stemmer.stemWords(list(words))
        return found
