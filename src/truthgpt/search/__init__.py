"""A query comes in, ranked posts go out: text index and vectors over the corpus, joined by rank. Imports `corpus`."""

from truthgpt.search.searcher import Hit, Searcher

__all__ = ["Hit", "Searcher"]
