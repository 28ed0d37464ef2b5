"""All that cleaning makes of a post, as columns in three steps: Daft evaluates an expression once for each column that
holds it, so what several columns need is a column of the step before."""

from __future__ import annotations

import pyarrow as pa
from daft import Expression, col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch

from truthgpt.corpus.cleaning.boilerplate import boilerplate
from truthgpt.corpus.cleaning.links import links
from truthgpt.corpus.cleaning.marks import hashtags, mentions
from truthgpt.corpus.cleaning.profile import profile
from truthgpt.corpus.cleaning.quality import quality
from truthgpt.corpus.cleaning.spam import spam
from truthgpt.corpus.cleaning.text import clean
from truthgpt.corpus.languages.column import language

COUNTS = "counts"
"""The column that only later steps need."""


def columns(text: str = "text", markup: str = "markup") -> tuple[dict[str, Expression], ...]:
    """Steps, each columns by their names to add to a table or to take the place of its own, in their order:

    1. `text`, clean;
    2. `language`, `links`, `mentions`, `hashtags`, `boilerplate` and `counts`;
    3. `spam` and `quality`, after which `counts` can go.

    The table has the raw texts in the column `text` and how they are written in `markup`. For a Daft data frame:
    `for step in columns(): posts = posts.with_columns(step)`.
    """
    raw, kinds = col(text), col(markup)
    clean_text, counts = col(text), col(COUNTS)
    return (
        {text: clean(raw, kinds)},
        {
            "language": language(clean_text),
            "links": links(clean_text),
            "mentions": mentions(clean_text),
            "hashtags": hashtags(clean_text),
            "boilerplate": boilerplate(clean_text),
            COUNTS: profile(clean_text),
        },
        {"spam": spam(clean_text, counts), "quality": quality(clean_text, counts)},
    )


def cleaned(table: pa.Table, text: str = "text", markup: str = "markup") -> pa.Table:
    """`table` with the columns of `columns`, but for `counts`, evaluated here and now, without a scheduler.

    Its `text` is replaced; what has one of the other names as well.
    """
    batch = RecordBatch.from_arrow_table(table)
    for step in columns(text, markup):
        kept = [col(name) for name in batch.schema().column_names() if name not in step]
        batch = batch.eval_expression_list(
            ExpressionsProjection([*kept, *(made.alias(name) for name, made in step.items())])
        )
    return batch.to_arrow_table().drop_columns([COUNTS])
