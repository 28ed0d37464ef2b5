"""What cleaning finds in a post, as columns by their names.

In two steps, since Daft evaluates an expression once for each column that holds it: what both scores need is a column
of the step before.
"""

from __future__ import annotations

from daft import Expression

from truthgpt.corpus.cleaning.boilerplate import boilerplate
from truthgpt.corpus.cleaning.links import links
from truthgpt.corpus.cleaning.marks import hashtags, mentions
from truthgpt.corpus.cleaning.profile import profile
from truthgpt.corpus.cleaning.quality import quality
from truthgpt.corpus.cleaning.spam import spam

COUNTS = "counts"
"""The column of `columns` that only `scores` needs."""


def columns(text: Expression) -> dict[str, Expression]:
    """`links`, `mentions`, `hashtags` (lists of strings), `boilerplate` (float32) and `counts` of clean `text`."""
    return {
        "links": links(text),
        "mentions": mentions(text),
        "hashtags": hashtags(text),
        "boilerplate": boilerplate(text),
        COUNTS: profile(text),
    }


def scores(text: Expression, counts: Expression) -> dict[str, Expression]:
    """`spam` and `quality` (float32) of clean `text`, whose `counts` are those of `columns`."""
    return {"spam": spam(text, counts), "quality": quality(text, counts)}
