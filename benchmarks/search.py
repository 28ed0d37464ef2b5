"""Time of a search and how often it finds the post that was looked for; one JSON line.

    python benchmarks/search.py [STORE] [--queries 200] [--seed 7]

STORE is a corpus folder, such as `benchmarks/ingest.py --keep STORE` leaves; without one, Reddit's posts of the public
sets are imported into a folder of this run. The queries are titles of posts drawn
with a fixed seed. Times are of whole searches: query to posts, words and vectors, copies collapsed. `found` is, of
other posts with a title and at least 300 characters of body, the share found in the first ten by their title.
`phrase` are queries for the first two words of the titles, next to each other; `phrase_of_none` with a word of another title between them, which
as good as no post has, and for which all texts are read. `trends` are those of the titles' first two words, and of all posts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

import public_sets
from machine import describe
from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.lance import wait
from truthgpt.corpus.store import Store
from truthgpt.search.embedding import Embedding
from truthgpt.search.searcher import Searcher

LOOKED_FOR = 300
PHRASES = 50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", nargs="?", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    embedding = Embedding.load()
    if options.store:
        measure(Store.open(options.store, embedding.dimensions, create=False), embedding, options)
        return
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "corpus", embedding.dimensions)
        paths = sorted(public_sets.folder().glob("reddit/*.csv.gz"))
        import_paths(store, paths, embed=embedding.encode, quarantine=Path(folder) / "quarantine")
        measure(store, embedding, options)


def measure(store: Store, embedding: Embedding, options: argparse.Namespace) -> None:
    """Print the JSON line over `store`."""
    machine = describe()
    searcher = Searcher(store, embedding)
    posts = wait(store.snapshot().query().select(["id", "text", "copy_key"]).to_arrow())
    order = list(range(posts.num_rows))
    random.Random(options.seed).shuffle(order)

    titles = [posts["text"][row].as_py().partition("\n\n")[0] for row in order[: options.queries]]
    for title in titles[:20]:
        searcher.search(title)
    seconds = [seconds_of(lambda asked=title: searcher.search(asked)) for title in titles]
    memory = psutil.Process().memory_info().rss
    words = [re.findall(r"\w+", title)[:2] for title in titles]
    pairs = [pair for pair in words if len(pair) == 2][:PHRASES]
    phrase = [seconds_of(lambda asked=f'"{one} {other}"': searcher.find(asked)) for one, other in pairs]
    none = [
        seconds_of(lambda asked=f'"{one} {after} {other}"': searcher.find(asked))
        for (one, other), (after, _) in pairwise(pairs)
    ]

    after_phrases = psutil.Process().memory_info().rss
    trends = [seconds_of(lambda asked=f"{one} {other}": searcher.trends(asked)) for one, other in pairs]
    everything = [seconds_of(searcher.trends) for _ in range(3)]

    ranks: list[int] = []
    for row in order[options.queries :]:
        title, _, body = posts["text"][row].as_py().partition("\n\n")
        if len(body) < LOOKED_FOR:
            continue
        # A copy is as good as the post: the earliest stands for both.
        key = posts["copy_key"][row].as_py()
        found = [hit.post.id for hit in searcher.search(title)]
        same = {posts["id"][row].as_py(), *_with_key(store, key)}
        ranks.append(next((rank for rank, post_id in enumerate(found, 1) if post_id in same), 0))
        if len(ranks) == LOOKED_FOR:
            break
    p50, p95, p99 = (float(np.quantile(seconds, q)) * 1000 for q in (0.5, 0.95, 0.99))
    print(
        json.dumps(
            {
                "benchmark": "search",
                "posts": store.count(),
                "queries": len(seconds),
                "p50_ms": round(p50, 2),
                "p95_ms": round(p95, 2),
                "p99_ms": round(p99, 2),
                "phrase_p50_ms": round(float(np.median(phrase)) * 1000, 1),
                "phrase_of_none_p50_ms": round(float(np.median(none)) * 1000, 1),
                "phrase_of_none_max_ms": round(max(none) * 1000, 1),
                "trends_p50_ms": round(float(np.median(trends)) * 1000, 1),
                "trends_max_ms": round(max(trends) * 1000, 1),
                "trends_of_everything_ms": round(float(np.median(everything)) * 1000, 1),
                "resident_memory_mib": memory >> 20,
                "resident_memory_after_phrases_mib": after_phrases >> 20,
                "found_first": round(sum(rank == 1 for rank in ranks) / max(len(ranks), 1), 3),
                "found_in_ten": round(sum(rank > 0 for rank in ranks) / max(len(ranks), 1), 3),
                "looked_for": len(ranks),
                "machine": machine,
            }
        )
    )


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _with_key(store: Store, key: int) -> list[str]:
    rows = wait(store.snapshot().query().where(f"copy_key = {key}").select(["id"]).to_arrow())
    ids: list[str] = rows["id"].to_pylist()
    return ids


if __name__ == "__main__":
    main()
