"""A text comes in, the posts that have its longest spans word for word go out. Imports `corpus`, nothing else of the package.

    tokens     texts to words, as hashes with their places
    suffixes   numbers to the order of all that begins at each place
    build      texts to a segment
    segment    one file a fragment of the table: its layout
    find       a text and segments to spans, and where these stand
    folder     the files beside the table, kept up with it
    tracer     all of it: `Tracer`

The files are a cache: what is not there is made again. `docs/trace.md` says how fast and of what size.
"""

from truthgpt.truth.trace.folder import discard
from truthgpt.truth.trace.tracer import Carrier, Trace, Traced, Tracer

__all__ = ["Carrier", "Trace", "Traced", "Tracer", "discard"]
