"""What was looked for and a text in, what they share out: why the text was found by its words."""

from __future__ import annotations

from truthgpt.corpus.terms import native, terms
from truthgpt.corpus.unspaced import grams
from truthgpt.search.query import analyse


def shared(looked_for: str, text: str) -> list[str]:
    """The words of `looked_for` that `text` has in any form, in their order; of scripts without spaces, characters and pairs."""
    query = analyse(looked_for)
    pairs = set(grams(text))

    def stems(of: str) -> set[str]:
        return {*terms(of).split(), *native(of, query.language).split()}

    there = stems(text)
    words = [word for word in query.words.split() if stems(word) & there]
    return words + [gram for gram in query.grams.split() if gram in pairs]
