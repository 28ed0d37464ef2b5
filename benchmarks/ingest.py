"""Posts a second from exports to searchable text and vectors, everything included; one JSON line.

    python benchmarks/ingest.py PATH… [--runs 3] [--keep DIR]

Each run imports all PATHs into an empty store in a new folder, as `truthgpt import` does. The load of other processes
on the machine is part of the line: on a busy one the figure is not the machine's.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import tempfile
from pathlib import Path

import public_sets
from machine import describe
from truthgpt.corpus.importer import ImportResult, import_paths
from truthgpt.corpus.store import Store
from truthgpt.search.embedding import Embedding


def once(paths: list[Path], folder: Path, embedding: Embedding) -> ImportResult:
    store = Store.open(folder / "corpus", embedding.dimensions)
    return import_paths(store, paths, embed=embedding.encode, quarantine=folder / "quarantine")


def size(folder: Path) -> int:
    """Bytes of all files in `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, help="exports (default: Reddit's, of the public sets)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="leave the store of the last run in this new folder")
    options = parser.parse_args()
    paths = options.paths or sorted(public_sets.folder().glob("reddit/*.csv.gz"))
    machine = describe()
    embedding = Embedding.load()
    results: list[ImportResult] = []
    for run in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            results.append(once(paths, Path(folder), embedding))
            table = Path(folder) / "corpus" / "posts.lance"
            posts, indexes, cards = (
                size(table / "data"),
                sum(map(size, (table / "_indices", table.parent / "postings", table.parent / "nearest"))),
                size(table.parent / "cards"),
            )
            if options.keep and run == options.runs - 1:
                shutil.copytree(Path(folder) / "corpus", options.keep)
    seconds = statistics.median(result.seconds for result in results)
    print(
        json.dumps(
            {
                "benchmark": "ingest",
                "posts": results[0].read,
                "kept": results[0].kept,
                "rejected": results[0].rejected,
                "seconds": round(seconds, 2),
                "seconds_of_runs": [round(result.seconds, 2) for result in results],
                "posts_per_second": round(results[0].read / seconds),
                "bytes_per_post": round(posts / results[0].read),
                "bytes_per_post_in_indexes": round(indexes / results[0].read),
                "bytes_per_post_on_cards": round(cards / results[0].read),
                "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "machine": machine,
            }
        )
    )


if __name__ == "__main__":
    main()
