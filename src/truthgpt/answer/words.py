"""Words as questions and passages are compared by: stems of words, pairs of neighbours in scripts without spaces."""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain
from truthgpt.corpus.unspaced import UNSPACED
from truthgpt.search.query import analyse
from truthgpt.truth.lexing import Language, stem

_RUN = regex.compile(rf"(?P<unspaced>[{UNSPACED}]+)|[^\W{UNSPACED}]+")


def stem_words(text: str, language: str) -> list[tuple[str, str]]:
    """Each word of `text` as (stem, word), in order; a run of Han as its pairs of neighbours."""
    code = _stemmer(language)
    found: list[tuple[str, str]] = []
    for match in _RUN.finditer(plain(text)):
        word = match.group()
        if match.group("unspaced") is None:
            found.append((stem(word, code), word))
        else:
            pairs = [word[i : i + 2] for i in range(len(word) - 1)] or [word]
            found += [(pair, pair) for pair in pairs]
    return found


def content_terms(text: str, language: str) -> list[tuple[str, str]]:
    """The (stem, word) pairs of `text` that carry content: stop words and question words are left out."""
    query = analyse(text)
    code = _stemmer(language)
    words = [(stem(plain(word), code), plain(word)) for word in query.words.split()]
    return list(dict.fromkeys(words + [(pair, pair) for pair in query.grams.split()]))


def _stemmer(language: str) -> Language:
    return "pt" if language == "pt" else "en"
