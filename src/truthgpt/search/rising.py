"""The terms of some posts and of others in, the terms that more authors use in the former than the latter let expect out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import regex

from truthgpt.corpus.terms import MARK, WORD_CHARACTERS, terms
from truthgpt.search.query import is_stop_word

_PRIOR = 500.0
"""Uses that are taken as seen beforehand, shared out among terms as they are in both: the more, the more a rare term needs."""
_SIGNIFICANT = 3.0
"""Standard deviations from which a term is told to rise: thousands are looked at, of which one in forty passes two by chance."""
_AUTHORS = 5
"""Who have to use it."""
_ADDRESSES = frozenset(["http", "https", "www", "com", "org", "net", "html"])

_WORD = regex.compile(rf"(?V1){WORD_CHARACTERS}+")


class Counted:
    """Posts: the terms of each, and who wrote it (n,)."""

    def __init__(self, texts: Sequence[str], authors: npt.NDArray[np.int64]) -> None:
        self.terms = [{term for term in text.split() if _tells(term)} for text in texts]
        self._authors = authors

    @cached_property
    def users(self) -> Counter[str]:
        """How many authors use each term."""
        by: dict[int, set[str]] = {}
        for author, found in zip(self._authors.tolist(), self.terms, strict=True):
            by.setdefault(author, set()).update(found)
        return Counter(term for found in by.values() for term in found)


def _tells(term: str) -> bool:
    return (
        len(term) > 1
        and MARK not in term
        and not term.isdecimal()
        and term not in _ADDRESSES
        and not is_stop_word(term)
    )


@dataclass(frozen=True, slots=True)
class Risen:
    """A term, how many authors use it in either part, and its z-score."""

    term: str
    recent: int
    before: int
    score: float


def rising(recent: Counted, before: Counted, most: int) -> list[Risen]:
    """At most `most` terms, those that rise furthest first.

    The score is the log-odds ratio over its standard deviation, with a Dirichlet prior from both parts: Monroe, Colaresi
    and Quinn, "Fightin' words", Political Analysis 2008.
    """
    here, there = recent.users, before.users
    all_here, all_there = here.total(), there.total()
    found = []
    for term, uses in here.items():
        if uses < _AUTHORS:
            continue
        others = there[term]
        prior = _PRIOR * (uses + others) / (all_here + all_there)
        ratio = _log_odds(uses + prior, all_here + _PRIOR) - _log_odds(others + prior, all_there + _PRIOR)
        score = ratio / math.sqrt(1 / (uses + prior) + 1 / (others + prior))
        if score >= _SIGNIFICANT:
            found.append(Risen(term, uses, others, score))
    return sorted(found, key=lambda risen: (-risen.score, risen.term))[:most]


def _log_odds(uses: float, of: float) -> float:
    return math.log(uses / max(of - uses, 1.0))


def spelled(texts: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """How each of `wanted`, terms, is written most often in `texts`; as it is where none has it."""
    counted = Counter(word for text in texts for word in dict.fromkeys(_WORD.findall(text)))
    best: dict[str, tuple[int, str]] = {}
    for word, count in counted.items():
        term = terms(word)
        best[term] = min(best.get(term, (0, word)), (-count, word))
    return [best.get(term, (0, term))[1] for term in wanted]
