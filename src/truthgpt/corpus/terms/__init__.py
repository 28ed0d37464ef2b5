"""Texts in, the terms out that posts are found by: their words, without case, accents and endings.

    analysis    one text: what a query is made of
    native      what other languages than English make of their words
    column      a column of texts at once, as an import needs it; to the letter the same

The index of words holds these terms and nothing else is done to them there, so that a query and a post can only meet.
"""

from truthgpt.corpus.terms.analysis import FORMS, LONGEST, SPELLED, WORD_CHARACTERS, terms
from truthgpt.corpus.terms.native import MARK, native

__all__ = ["FORMS", "LONGEST", "MARK", "SPELLED", "WORD_CHARACTERS", "native", "terms"]
