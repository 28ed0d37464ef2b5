"""A query comes in, ranked posts go out: text index and vectors over the corpus, joined by rank. Imports `corpus`."""

from truthgpt.search.filters import NO_FILTERS, Filters
from truthgpt.search.searcher import Hit, Page, Searcher

__all__ = ["NO_FILTERS", "Filters", "Hit", "Page", "Searcher"]
