"""Batches of posts in, counts of them out: by language, community, source and platform, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store

COLUMNS = ("id", "language", "community", "source", "created_at", "training", "personal")
"""What `add` looks at; columns that a batch lacks are not counted."""

_NAMES = 100_000
"""Names of a kind that are counted exactly; of more, those that come later are counted together."""

OTHERS = "(others)"


@dataclass(slots=True)
class Statistics:
    """Counts of the posts added so far. `personal` counts spans of personal data by kind; times are UTC."""

    posts: int = 0
    trainable: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    communities: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    platforms: Counter[str] = field(default_factory=Counter)
    personal: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Count the posts of `batch`."""
        names = batch.schema.names
        self.posts += batch.num_rows
        for name, counter in (
            ("language", self.languages),
            ("community", self.communities),
            ("source", self.sources),
        ):
            if name in names:
                _count(counter, batch.column(name))
        if "id" in names:
            _count(self.platforms, _platforms(batch.column("id")))
        self.trainable += (
            (pc.sum(batch.column("training")).as_py() or 0) if "training" in names else batch.num_rows
        )
        if "personal" in names:
            _count(self.personal, pc.struct_field(pc.list_flatten(batch.column("personal")), "kind"))
        if "created_at" in names and batch.num_rows:
            ends = pc.min_max(batch.column("created_at")).as_py()
            if ends["min"] is not None:
                self.first = min(filter(None, (self.first, ends["min"])))
                self.last = max(filter(None, (self.last, ends["max"])))


def statistics(store: Store) -> Statistics:
    """The counts of the newest version of `store`."""
    counted = Statistics()
    for batch in scan(store.snapshot(), store.path, COLUMNS):
        counted.add(batch)
    return counted


def _platforms(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.struct_field(pc.extract_regex(ids, r"^(?P<name>[a-z]+):"), "name")


def _count(counter: Counter[str], column: pa.Array | pa.ChunkedArray) -> None:
    for found in pc.value_counts(column).to_pylist():
        name = found["values"] or ""
        # Hostile exports may name a community a post; memory stays bounded.
        counter[name if name in counter or len(counter) < _NAMES else OTHERS] += found["counts"]
