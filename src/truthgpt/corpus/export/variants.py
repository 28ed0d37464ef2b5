"""Rows of the store in, the columns of an export out: for training or for citation.

For training, personal data in the text gives way to placeholders, and authors, addresses and who is mentioned are left
out; the id stays, since by it a post can be taken out again when its author asks. For citation all of a post is
there, with the spans that hold personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.personal.mask import mask

Purpose: TypeAlias = Literal["training", "citation"]

_STRINGS = pa.list_(pa.string())
_SPANS = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
_TIME = pa.timestamp("us", "UTC")

_FIELDS: dict[str, tuple[pa.DataType, str]] = {
    "id": (pa.string(), "the post's name, the same in every import"),
    "text": (pa.string(), "what the author wrote"),
    "community": (pa.string(), "where it was posted: a subreddit, an instance, a channel"),
    "author": (pa.string(), "the author's handle"),
    "created_at": (_TIME, "when it was posted, UTC"),
    "language": (pa.string(), "ISO 639-1 code, empty where it cannot be told"),
    "url": (pa.string(), "where the post can be read"),
    "score": (pa.int64(), "votes or likes, as the platform counts"),
    "over_18": (pa.bool_(), "whether the platform marks it as not for minors"),
    "source": (pa.string(), "the export that it came from"),
    "reply_to": (pa.string(), "the id of the post that it answers"),
    "quotes": (pa.string(), "the id of the post that it quotes"),
    "reposts": (pa.string(), "the id of the post that it repeats"),
    "training": (pa.bool_(), "whether it may be trained on"),
    "links": (_STRINGS, "addresses in the text, in one form"),
    "mentions": (_STRINGS, "accounts that the text names"),
    "hashtags": (_STRINGS, "tags in the text"),
    "personal": (_SPANS, "spans of personal data: characters of the text, end exclusive, and their kind"),
    "boilerplate": (pa.float32(), "how much of it is boilerplate, 0 to 1"),
    "spam": (pa.float32(), "how much it looks like spam, 0 to 1"),
    "quality": (pa.float32(), "how well it reads, 0 to 1"),
}

_TRAINING = (
    "id",
    "text",
    "community",
    "created_at",
    "language",
    "over_18",
    "reply_to",
    "quotes",
    "reposts",
    "hashtags",
    "boilerplate",
    "spam",
    "quality",
)

IN_REST = ("url", "score", "over_18")
"""Fields that are read from the column `rest`; its order is that of a post."""
_REST = ("id", "community", "author", "created_at", "language", *IN_REST)


@dataclass(frozen=True, slots=True)
class Variant:
    """The columns of an export, with their meaning, and whether personal data in the text is masked."""

    purpose: Purpose
    schema: pa.Schema
    meaning: Mapping[str, str]
    masked: bool

    @property
    def stored(self) -> list[str]:
        """The columns of the store that it is made of."""
        return list(
            dict.fromkeys((*(name for name in self.schema.names if name not in IN_REST), "rest", "personal"))
        )

    def table(self, rows: pa.Table) -> pa.Table:
        """`rows` of the store, with at least `stored`, as the export has them."""
        made = {name: rows[name] for name in self.schema.names if name not in IN_REST}
        rest = [orjson.loads(value) for value in rows["rest"].to_pylist()]
        for name in IN_REST:
            if name in self.schema.names:
                place = _REST.index(name)
                made[name] = pa.array([row[place] for row in rest], self.schema.field(name).type)
        if self.masked:
            made["text"] = masked(rows["text"], rows["personal"])
        columns = [made[name] for name in self.schema.names]
        return pa.Table.from_arrays(
            [column.cast(kind) for column, kind in zip(columns, self.schema.types, strict=True)],
            schema=self.schema,
        )


def masked(texts: pa.ChunkedArray, spans: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """`texts` with placeholders in the place of their `spans` of personal data."""
    rows = np.flatnonzero(pc.fill_null(pc.list_value_length(spans), 0).to_numpy())
    if not len(rows):
        return texts
    replaced = [
        mask(texts[row].as_py(), ((span["start"], span["end"], span["kind"]) for span in spans[row].as_py()))
        for row in rows.tolist()
    ]
    changed = np.zeros(len(texts), dtype=bool)
    changed[rows] = True
    return pc.replace_with_mask(texts.combine_chunks(), pa.array(changed), pa.array(replaced, texts.type))


def _variant(purpose: Purpose, names: tuple[str, ...], masks: bool) -> Variant:
    meaning = {name: _FIELDS[name][1] for name in names}
    if masks:
        meaning["text"] += ", with placeholders such as `<EMAIL>` for personal data"
    schema = pa.schema([pa.field(name, _FIELDS[name][0]) for name in names])
    return Variant(purpose, schema, MappingProxyType(meaning), masks)


VARIANTS: Mapping[Purpose, Variant] = MappingProxyType(
    {
        "training": _variant("training", _TRAINING, True),
        "citation": _variant("citation", tuple(_FIELDS), False),
    }
)
