"""The index of vectors: which posts are near a vector, for the best by their cosines.

    centres    centres of the vectors; each row stands with the one that it is nearest to
    segment    one file a fragment of the table: its rows by their centres, a byte a dimension
    scan       cosines over it
    index      all of one version: a vector in, rows out
    folder     the files beside the table, and when centres are made anew

An inverted file over scalars (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011, with a byte a
dimension in place of their codes): of all rows only those of the centres nearest to a query are looked at.
"""

from truthgpt.corpus.nearest.folder import centres, kind, outside, update
from truthgpt.corpus.nearest.index import Nearest, warm

__all__ = ["Nearest", "centres", "kind", "outside", "update", "warm"]
