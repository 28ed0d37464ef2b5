"""Columns of posts as exports have them in, the columns of the store out: expressions over Daft.

`clean` and `describe` evaluate them on one batch, here and on the machines of a cluster alike. What an expression costs
once a batch, such as compiling its patterns, comes to 30 ms for all; a batch should be of thousands of posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import daft.functions as F  # noqa: N812
import pyarrow as pa
from daft import Expression, col, lit
from daft.expressions import ExpressionsProjection
from daft.functions import when
from daft.recordbatch import RecordBatch

from truthgpt.corpus import cleaning as parts
from truthgpt.corpus.languages.column import language
from truthgpt.corpus.near.columns import WORDS, bands, words
from truthgpt.corpus.personal.columns import personal
from truthgpt.corpus.pipeline import keys, raw
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import prepared_schema

CLEANED = pa.schema(
    [
        *(field for field in raw.SCHEMA if field.name != "markup"),
        pa.field("id_key", pa.int64()),
        pa.field("content_key", pa.int64()),
    ]
)

DESCRIBED = prepared_schema().append(pa.field("words", WORDS))
"""The columns of the store, and the words that near copies are told by."""


_HEADING = r"^[^\n]{1,300}\n\n"
_WARM = "Olá @ana, veja #isto: https://example.org/?a=1 ou ligue para +55 11 91234-5678, ana@example.org"
"""A text that every step has something to do with."""


def cleaning() -> list[Mapping[str, Expression]]:
    """Steps from `raw.SCHEMA` to `CLEANED`: each adds columns, or puts others in the place of those of their names."""
    return [
        {"text": parts.clean(col("text"), col("markup"))},
        {
            "id_key": keys.id_key(col("id")),
            "content_key": keys.content_key(*map(col, keys.CONTENT)),
        },
    ]


def describing() -> list[Mapping[str, Expression]]:
    """Steps from `CLEANED` to `DESCRIBED`: all columns of the store but for the vector and the number of the import."""
    text = col("text")
    given = col("language")
    # Where the export names the language, nothing is left to judge, which is what takes time.
    untold = when(given == "", text).otherwise("")
    return [
        {
            "language": when(given != "", given).otherwise(language(untold)),
            "words": words(text),
            **parts.columns(text),
        },
        {
            "personal": personal(text),
            "bands": bands(col("words")),
            "terms": keys.terms(F.concat(_heading(text), text), col("language")),
            "grams": keys.grams(text),
            "rest": keys.rest(*map(col, keys.CITED)),
            **parts.scores(text, col(parts.COUNTS)),
        },
        {"copy_key": keys.copy_key(col("bands"), text)},
    ]


def _heading(text: Expression) -> Expression:
    """The title of a post, its first paragraph where it is short and others follow, with the end of it; else nothing. Its words
    count twice: BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004)
    is BM25 over a text in which those of a field stand as often as they weigh."""
    return F.fill_null(F.regexp_extract(text, _HEADING, 0), lit(""))


def clean(posts: pa.Table) -> pa.Table:
    """`posts` (`raw.SCHEMA`) as `CLEANED`."""
    return evaluated(posts, cleaning(), CLEANED)


def describe(posts: pa.Table) -> pa.Table:
    """`posts` (`CLEANED`) as `DESCRIBED`."""
    return evaluated(posts, describing(), DESCRIBED)


def warm() -> None:
    """Load what the first batch would wait for: kernels, tables of characters, the model of languages."""
    describe(clean(raw.table([Post("warm", _WARM), Post("warm", "这是一个测试。")])))


def evaluated(posts: pa.Table, steps: Sequence[Mapping[str, Expression]], schema: pa.Schema) -> pa.Table:
    """The columns of `schema` after `steps`, each of which may use what those before it made."""
    if not posts.num_rows:
        return schema.empty_table()
    batch = RecordBatch.from_arrow_table(posts)
    for step in steps:
        kept = [col(name) for name in batch.schema().column_names() if name not in step]
        made = (expression.alias(name) for name, expression in step.items())
        batch = batch.eval_expression_list(ExpressionsProjection([*kept, *made]))
    return batch.to_arrow_table().select(schema.names).cast(schema)
