"""The index of words: which posts have which terms, for the best by BM25.

segment    one file a fragment of the table: its layout
build      a column of terms into it
match      BM25 over it
index      all of one version: terms in, rows out
having     the rows that have all of some terms
kinds      its files beside the table
"""

from truthgpt.corpus.postings.having import All, Having, Some, Terms, having
from truthgpt.corpus.postings.index import Postings, warm
from truthgpt.corpus.postings.kinds import KINDS

__all__ = ["KINDS", "All", "Having", "Postings", "Some", "Terms", "having", "warm"]
