"""Columns of raw posts come in, columns of clean text and of what is known of it go out, as expressions over Daft.

`text` and `html` give back what an author wrote; `links` and `marks` find what a post points to; `profile` counts, and
`boilerplate`, `spam` and `quality` judge; `columns` has all of them by name. May import `corpus.clean` alone. Who
imports this pays for Daft's start: nothing that `corpus.store` reaches may.

    for step in ({"text": clean(col("text"), col("markup"))}, columns(col("text")), scores(col("text"), col("counts"))):
        posts = posts.with_columns(step)
"""

from truthgpt.corpus.cleaning.columns import COUNTS, columns, scores
from truthgpt.corpus.cleaning.text import clean

__all__ = ["COUNTS", "clean", "columns", "scores"]
