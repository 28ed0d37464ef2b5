"""The index of words: which posts have which terms, for the best by BM25.

    segment    one file a fragment of the table: its layout
    build      a column of terms into it
    match      BM25 over it
    index      all of one version: terms in, rows out
    having     the rows that have all of some terms
    folder     the files beside the table, kept up with it

A fragment of the table never changes; so its postings, once made, hold for every version that has it. They are a cache: what is not
there is made again.
"""

from truthgpt.corpus.postings.folder import Shelf, make_ahead, outside, tidy, update
from truthgpt.corpus.postings.having import All, Having, Some, Terms, having
from truthgpt.corpus.postings.index import Allowed, Part, Postings, warm

__all__ = [
    "All",
    "Allowed",
    "Having",
    "Part",
    "Postings",
    "Shelf",
    "Some",
    "Terms",
    "having",
    "make_ahead",
    "outside",
    "tidy",
    "update",
    "warm",
]
