"""Which words are names: those that people write with a capital where no sentence begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import regex

_POSTS = 20_000
"""Posts that are read; more change little."""
_CHARACTERS = 2_000
"""Characters of each."""
_TIMES, _SHARE = 2, 0.9
"""Times that a word stands with a capital inside a sentence, and the share of all times that it stands there."""
_INSIDE = regex.compile(r"(?<=\p{Ll}[,]? )\p{L}\p{Ll}+")


def names(texts: Iterable[str]) -> frozenset[str]:
    """The names in `texts`, English or Portuguese, as they are written."""
    seen = Counter(word for text in islice(texts, _POSTS) for word in _INSIDE.findall(text[:_CHARACTERS]))
    return frozenset(
        word
        for word, times in seen.items()
        if word[0].isupper() and times >= _TIMES and times >= _SHARE * (times + seen[word.lower()])
    )
