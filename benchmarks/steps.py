"""Processor time of each step of an import, in microseconds a post, over Reddit's posts of the public sets; one JSON line.

    python benchmarks/steps.py

Each step runs alone, in this process, on what the one before it made; all threads of it count. `docs/scale.md` reckons with
these rates. `columns` says what of `prepare` each column takes, one after the other on one core.
"""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from daft import col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch

import public_sets
from machine import describe
from truthgpt.corpus import clusters, indexes
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.lance import wait
from truthgpt.corpus.near.brought import Brought
from truthgpt.corpus.near.words import of_lists
from truthgpt.corpus.pipeline import columns, raw
from truthgpt.corpus.pipeline.prepare import prepare
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.provenance import versions
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import finished
from truthgpt.search.embedding import Embedding

Made = TypeVar("Made")
FILES_OF_COLUMNS = 30


def main() -> None:
    machine = describe()
    paths = tuple(sorted(public_sets.folder().glob("reddit/*.csv.gz")))
    sources = Sources(paths)
    embedding = Embedding.load()
    embedding.encode(["loads the kernels"] * 1000)
    list(prepare(Sources(paths[:1]).rows(), np.empty((0, 2), np.int64), OptOuts()))
    took: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Made]) -> Made:
        before = processor()
        made = work()
        took[name] = processor() - before
        return made

    nothing = np.empty((0, 2), np.int64)
    batches = timed("prepare", lambda: [b.new for b in prepare(sources.rows(), nothing, OptOuts())])
    posts = sum(batch.num_rows for batch in batches)
    vectors = timed("embed", lambda: [embedding.encode(batch["text"].to_pylist()) for batch in batches])
    rows = [finished(batch, 1, vector) for batch, vector in zip(batches, vectors, strict=True)]
    with tempfile.TemporaryDirectory() as name:
        store = Store.open(Path(name), embedding.dimensions)
        table = store.snapshot()
        timed("store", lambda: [wait(table.add(batch)) for batch in rows])
        near_copies(store, batches)  # loads the kernels
        timed("near_copies", lambda: near_copies(store, batches))
        timed("content_hash", lambda: versions.hashed(table, store.path))
        timed("indexes", lambda: indexes.update(table, store.path))
    line = {
        "benchmark": "steps",
        "posts": posts,
        "characters_per_post": round(
            sum(len(text) for b in batches for text in b["text"].to_pylist()) / posts
        ),
        "us_per_post": {name: round(seconds / posts * 1e6, 1) for name, seconds in took.items()},
        "sum_us": round(sum(took.values()) / posts * 1e6, 1),
        "columns_us": by_column(Sources(paths[:FILES_OF_COLUMNS])),
        "machine": machine,
    }
    print(json.dumps(line))


def near_copies(store: Store, batches: list[pa.Table]) -> None:
    """The clusters of what an import brought."""
    with Brought(clusters.work_folder(store.path) / "words") as brought:
        for batch in batches:
            brought.add(batch["id_key"].to_numpy(), of_lists(batch["words"]))
        clusters.refresh(store.snapshot(), store.path, brought.finish())


def processor() -> float:
    """Seconds of processor that this process has used, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def by_column(sources: Sources) -> dict[str, float]:
    """Microseconds a post for each column of the pipeline."""
    before = processor()
    tables = [batch.posts for batch in raw.batches(sources.rows())]
    posts = sum(table.num_rows for table in tables)
    took = {"read": processor() - before}
    batches = [RecordBatch.from_arrow_table(table) for table in tables]
    for step in (*columns.cleaning(), *columns.describing()):
        made: list[RecordBatch] = []
        for name, expression in step.items():
            before = processor()
            for batch in batches:
                batch.eval_expression_list(ExpressionsProjection([expression.alias(name)]))
            took[name] = processor() - before
        for batch in batches:
            kept = [col(name) for name in batch.schema().column_names() if name not in step]
            added = [expression.alias(name) for name, expression in step.items()]
            made.append(batch.eval_expression_list(ExpressionsProjection([*kept, *added])))
        batches = made
    return {name: round(seconds / posts * 1e6, 1) for name, seconds in took.items()}


if __name__ == "__main__":
    main()
