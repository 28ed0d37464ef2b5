"""A text comes in, the atomic claims that it makes go out, each standing alone, with its place in the text.

    >>> for claim in extract("Rui Costa, 34, won the race. He trained for two years and broke a record."):
    ...     print(claim.text)
    Rui Costa is 34.
    Rui Costa won the race.
    Rui Costa trained for two years.
    Rui Costa broke a record.

English, Portuguese and Chinese, by closed rules. A sentence that they are not sure of stays whole. Imports `corpus`
and the sentences, lexing and lexicon of `truth`.
"""

from truthgpt.truth.claims.claim import Claim, Kind
from truthgpt.truth.claims.extraction import extract

__all__ = ["Claim", "Kind", "extract"]
