"""One text in, its terms out."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence

import regex
import Stemmer

from truthgpt.corpus.unspaced import UNSPACED

LONGEST = 40
"""Bytes of a word at most, in UTF-8: what is longer is data, not a word."""

FORMS = r"\uFE00-\uFE0F\u20E3"
"""Marks that are of no word: selectors of an emoji's form, the frame of a key."""

WORD_CHARACTERS = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED}{FORMS}]]"
"""A set for a regular expression (V1). Scripts without spaces are found by `unspaced.grams`."""

UNTELLING = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "of",
        "to",
        "in",
        "is",
        "it",
        "i",
        "you",
        "that",
        "for",
        "on",
        "with",
        "this",
        "be",
        "are",
        "as",
    ]
)
"""A third of all words of English. They tell no post from another, a query drops them and more, and without them the index
is made in two thirds of the time."""

_WORD = regex.compile(rf"(?V1){WORD_CHARACTERS}+")
_ACCENTS = regex.compile(r"[\u0300-\u036f]+")
# Letters that no decomposition takes apart.
SPELLED = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
"""How they are folded."""

_SPELLED = str.maketrans(SPELLED)


class _Stems:
    """The Snowball stemmer of English (Porter, 2001). One of its objects serves one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stemmer = Stemmer.Stemmer("english", 0)

    def __call__(self, words: Sequence[str]) -> list[str]:
        with self._lock:
            stems: list[str] = self._stemmer.stemWords(words)
        return stems


_stems = _Stems()


def terms(text: str) -> str:
    """The terms of `text`, in their order, with spaces between.

    >>> terms("The Ministry denied rumours: não há vacinações!")
    'ministri deni rumour nao ha vacinaco'
    """
    return " ".join(filter(None, stemmed(words_of(text))))


def words_of(text: str) -> list[str]:
    """The words of `text`, as they stand."""
    return [word for word in _WORD.findall(text) if len(word.encode(errors="replace")) <= LONGEST]


def stemmed(words: Sequence[str]) -> list[str]:
    """The terms of single words, characters of `WORD_CHARACTERS` alone; `""` for those that tell nothing."""
    plain = map(folded, words)
    return _stems(["" if word in UNTELLING else word for word in plain])


def folded(word: str) -> str:
    """`word` without case, and without accents where it is in Latin, Greek or Cyrillic."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", plain)).casefold().translate(_SPELLED)
