"""Searches of many posts by several clients at once, and of fewer by words alone beside peers; one JSON line.

    python benchmarks/search_at_scale.py [--posts 10000000] [--peer-posts 1000000] [--clients 4] [--queries 400] [--folder DIR]

The posts are Reddit's of the public sets recombined: the first part of one and the second part of another, so that words
are as frequent as in posts and come together as they do, while no two posts are alike; they were written one after the other within
ten years. They are prepared, embedded, written and indexed as an import does it; near copies are not looked for. Queries are titles of
posts. Searches run in a process of their own, after as many queries to warm up: words and vectors, ranked again, copies collapsed. For
`--peer-posts` of them words alone, ten posts a query, one client: here, tantivy, bm25s (`pip install 'truthgpt[peers]'`) and SQLite's
FTS5, in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import public_sets
from ingest import size
from machine import describe
from quality import SYSTEMS
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline import columns
from truthgpt.corpus.pipeline.known import Known
from truthgpt.corpus.pipeline.prepare import prepare_with
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import finished
from truthgpt.corpus.view import View
from truthgpt.search import lookup
from truthgpt.search.embedding import Embedding
from truthgpt.search.filters import Filters
from truthgpt.search.lookup import PROBES
from truthgpt.search.query import analyse
from truthgpt.search.searcher import Searcher
from truthgpt.search.stages import RANKED

DEPTH = 10
NEAREST = 60
"""Queries for which neighbours are looked for everywhere."""
FIRST, YEARS = datetime(2015, 1, 1, tzinfo=UTC), timedelta(days=3652)
SPANS = 20
"""Spans of time that posts are looked for in, each another one: what holds for a condition is remembered."""
RARE, WORDS = '(cats OR dogs) "my landlord"', "moon landing"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=10_000_000)
    parser.add_argument("--peer-posts", type=int, default=1_000_000, help="0 for none")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--queries", type=int, default=400, help="of each client")
    parser.add_argument("--folder", type=Path, help="where temporary files go, 5 KB a post")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    rows = public_sets.reddit()
    texts = [text for row in rows if (text := f"{row['title'].strip()}\n\n{row['selftext'].strip()}".strip())]
    queries = [text.partition("\n")[0] for text in random.Random(5).sample(texts, 4_000)]
    if options.measure:
        print(json.dumps(measured(options.measure, queries, options.clients, options.queries)))
        return
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    line: dict[str, Any] = {"benchmark": "search_at_scale", "posts": options.posts}
    machine = describe()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        line |= built(Path(folder) / "corpus", recombined(texts, options.posts), options.posts)
        command = [sys.executable, __file__, "--measure", str(Path(folder) / "corpus")]
        command += ["--clients", str(options.clients), "--queries", str(options.queries)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        line |= json.loads(ran.stdout)
    if options.peer_posts:
        line["words_alone"] = {"posts": options.peer_posts}
        for name in SYSTEMS:
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                made = list(recombined(texts, options.peer_posts))
                line["words_alone"][name] = by_words(name, made, queries[: options.queries], Path(folder))
    print(json.dumps({**line, "machine": machine}))


def recombined(texts: Sequence[str], count: int) -> Iterator[str]:
    """`count` texts, each the first part of one of `texts` and the second of another, cut between two words."""
    draw = random.Random(9)
    for _ in range(count):
        one, other = draw.choice(texts), draw.choice(texts)
        first = one.find(" ", len(one) * draw.randrange(3, 8) // 10)
        second = other.rfind(" ", 0, len(other) * draw.randrange(3, 8) // 10)
        yield f"{one[: first if first > 0 else len(one)]} {other[second + 1 :]}"


def built(folder: Path, texts: Iterator[str], count: int) -> dict[str, Any]:
    """A store of the `count` `texts` in `folder`; how fast it was made, and how many bytes it has."""
    embedding = Embedding.load()
    store = Store.open(folder, embedding.dimensions)
    apart = YEARS / count
    posts = (Post(f"p{number}", text, created_at=FIRST + apart * number) for number, text in enumerate(texts))
    times: dict[str, float] = {}
    started = time.perf_counter()

    def told(stage: str, done: int, total: int, unit: str = "posts") -> None:
        if unit == "indexes":
            times[f"{done}"] = time.perf_counter()

    with store.writing() as writer:
        known = Known(np.empty((0, 2), np.int64))
        describers = (columns.describe, columns.describe)
        for batch in prepare_with(describers, posts, known, OptOuts(), None):
            writer.add(finished(batch.new, 1, embedding.encode(batch.new["text"].to_pylist())))
        writer.flush()
        written = time.perf_counter()
        writer.finish(told)
    # In the order in which `indexes.update` makes them.
    words, vectors, cards = (times[f"{step + 1}"] - times[f"{step}"] for step in range(3))
    table = folder / "posts.lance"
    return {
        "written_posts_per_second": round(count / (written - started)),
        "text_index_posts_per_second": round(count / words),
        "vector_index_posts_per_second": round(count / vectors),
        "cards_posts_per_second": round(count / cards),
        "indexes_seconds": round(time.perf_counter() - written, 1),
        "bytes_per_post": round(size(table / "data") / count),
        "bytes_per_post_in_indexes": round(
            sum(map(size, (table / "_indices", folder / "postings", folder / "nearest"))) / count
        ),
        "bytes_per_post_on_cards": round(size(folder / "cards") / count),
    }


def measured(folder: Path, queries: Sequence[str], clients: int, each: int) -> dict[str, Any]:
    """Times of searches by `clients` at once."""
    embedding = Embedding.load()
    store = Store.open(folder, embedding.dimensions, create=False)
    searcher = Searcher(store, embedding)
    many = clients * each
    warm, asked = queries[:many], queries[many : 2 * many]

    def client(some: Sequence[str]) -> list[float]:
        return [seconds_of(lambda query=query: searcher.search(query)) for query in some]

    with ThreadPoolExecutor(clients) as pool:
        parts = [warm[number::clients] for number in range(clients)]
        list(pool.map(client, parts))
        started = time.perf_counter()
        parts = [asked[number::clients] for number in range(clients)]
        seconds = [second for part in pool.map(client, parts) for second in part]
        passed = time.perf_counter() - started
    alone = client(queries[2 * many : 2 * many + each])
    p50, p95, p99 = (float(np.quantile(seconds, q)) * 1000 for q in (0.5, 0.95, 0.99))
    return {
        "clients": clients,
        "queries": len(asked),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "p99_ms": round(p99, 1),
        "queries_per_second": round(len(asked) / passed, 1),
        "one_client_p50_ms": round(statistics.median(alone) * 1000, 1),
        "found_of_the_nearest": nearest_found(store.view(), embedding, queries[-NEAREST:]),
        **of_a_time(searcher, queries[-SPANS:]),
        "rare_phrase_ms": milliseconds(lambda: searcher.find(RARE)),
        "trends_of_words_ms": milliseconds(lambda: searcher.trends(WORDS)),
        "resident_memory_mib": psutil.Process().memory_info().rss >> 20,
    }


def of_a_time(searcher: Searcher, queries: Sequence[str]) -> dict[str, float]:
    """Times of a query within the last weeks and within a month long ago, and of the latest posts alone, median."""
    last = FIRST + YEARS
    spans = {
        "of_the_last_weeks_ms": [(last - timedelta(days=20 + n), last) for n in range(len(queries))],
        "of_a_month_long_ago_ms": [
            (FIRST + timedelta(days=90 * n), FIRST + timedelta(days=90 * n + 30)) for n in range(len(queries))
        ],
    }
    found = {
        name: [
            seconds_of(
                lambda query=query, of=of: searcher.search(query, filters=Filters(since=of[0], until=of[1]))
            )
            for query, of in zip(queries, those, strict=True)
        ]
        for name, those in spans.items()
    }
    searcher.find("lang:en", latest=True)
    found["latest_ms"] = [
        seconds_of(lambda n=n: searcher.find(f"lang:en min_likes:-{n}", latest=True)) for n in range(1, SPANS)
    ]
    return {name: round(statistics.median(seconds) * 1000, 1) for name, seconds in found.items()}


def nearest_found(view: View, embedding: Embedding, queries: Sequence[str]) -> dict[str, float]:
    """Of the rows nearest to each of `queries`, the share that a search finds: of ten, and of as many as it asks for."""
    shares = []
    for query in queries:
        vector = embedding.encode_query(query)
        found, every = (list(view.by_vector(vector, "", RANKED, some)) for some in (PROBES, view.posts))
        shares.append([len({*found[:some]} & {*every[:some]}) / some for some in (DEPTH, RANKED)])
    ten, all_of_them = np.mean(shares, axis=0)
    return {f"{DEPTH}": round(float(ten), 3), f"{RANKED}": round(float(all_of_them), 3)}


def milliseconds(work: Callable[[], object]) -> list[float]:
    """How long it takes the first time, and again."""
    return [round(seconds_of(work) * 1000) for _ in range(2)]


def by_words(name: str, texts: Sequence[str], queries: Sequence[str], folder: Path) -> dict[str, float]:
    """Times of searches by words alone."""
    made = SYSTEMS[name]
    if made is None:
        return {}
    started = time.perf_counter()
    search = ours_by_words(texts, folder) if name == "truthgpt" else made(texts, folder)
    took = time.perf_counter() - started
    for query in queries[: len(queries) // 2]:
        search(query)
    seconds = [seconds_of(lambda query=query: search(query)) for query in queries]
    return {
        "made_s": round(took, 1),
        "p50_ms": round(statistics.median(seconds) * 1000, 2),
        "p95_ms": round(float(np.quantile(seconds, 0.95)) * 1000, 2),
    }


def ours_by_words(texts: Sequence[str], folder: Path) -> Callable[[str], object]:
    built(folder / "corpus", iter(texts), len(texts))
    view = Store.open(folder / "corpus", Embedding.load().dimensions, create=False).view()
    return lambda query: lookup.found(view, analyse(query), None, "", DEPTH)


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
