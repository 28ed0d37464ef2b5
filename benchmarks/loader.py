"""Tokens a second from token shards to batches, beside a copy of as many bytes in memory; and that a run resumes exactly.

    python benchmarks/loader.py [PATH…] [--length 2048] [--rows 32] [--steps 200] [--vocabulary 32768] [--sample-mib 32] [--folder DIR]

PATHs are exports (default: Reddit's files and Portuguese tweets, of the public sets). They are imported, a tokenizer is trained on
a sample of `--sample-mib` of them and shards are written in a temporary folder; then the clock starts. `tokens_per_second` counts
input tokens of `batch` in one thread with the files in the system's cache, the median of five readings of `--steps` steps, each of
another seed, with the time to draw the epochs' orders in it. The floor reads as many bytes of shards in a row and writes as many
bytes of batches. `same_stream` says whether the hash of all batches is the same for a run undisturbed on one rank and one that was
cut twice and resumed on other numbers of ranks. One JSON line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import public_sets
from machine import describe
from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.store import Store
from truthgpt.training.data.documents import documents
from truthgpt.training.data.loader import Batch, Loader
from truthgpt.training.data.mixture import Mixture
from truthgpt.training.data.shard_writing import write
from truthgpt.training.data.shards import ShardSet
from truthgpt.training.data.splits import TRAIN
from truthgpt.training.data.tokenizing import TokenizerOptions, train

READINGS = 5
RANKS = ((1, 40), (4, 45), (2, 80))
"""Ranks of each part of the run that is cut, and the step that it ends before."""


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """No vectors: nothing here searches."""
    return np.zeros((len(texts), 8), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--length", type=int, default=2_048)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--vocabulary", type=int, default=32_768)
    parser.add_argument("--sample-mib", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    options = parser.parse_args()
    public = public_sets.folder()
    paths = options.paths or [*sorted(public.glob("reddit/*.csv.gz")), public / "told_br" / "ToLD-BR.csv"]
    machine = describe()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        work = Path(name)
        made = prepared(paths, work, TokenizerOptions(options.vocabulary, options.sample_mib << 20))
        shards = ShardSet.open(work / "shards")
        seeds = iter(range(READINGS + 1))
        reading = [
            timed(shards, options.length, options.rows, next(seeds), options.steps)
            for _ in range(READINGS + 1)
        ][1:]  # the first compiles, or loads what was compiled
        mixture = Mixture(dict.fromkeys(shards.manifest.communities[::2], 0.5))
        mixed = [
            timed(shards, options.length, options.rows, seed, options.steps, mixture)
            for seed in range(READINGS)
        ]
        floor = statistics.median(copied(shards, options) for _ in range(READINGS))
        line = {
            "benchmark": "loader",
            **made,
            "length": options.length,
            "rows": options.rows,
            "steps": options.steps,
            "tokens_per_second": round(statistics.median(reading)),
            "tokens_per_second_of_readings": [round(rate) for rate in reading],
            "tokens_per_second_with_a_mixture": round(statistics.median(mixed)),
            "floor_tokens_per_second": round(floor),
            **streams(shards, options.length, options.rows),
            "machine": machine,
        }
    print(json.dumps(line))


def prepared(paths: list[Path], work: Path, options: TokenizerOptions) -> dict[str, Any]:
    """Shards of `paths` in `work`; what they hold and how long each step took."""
    store = Store.open(work / "corpus", embed([""]).shape[1])
    imported = import_paths(store, paths, embed=embed, quarantine=work / "quarantine")
    started = time.perf_counter()
    with documents(store, work / "scratch") as found:
        told = time.perf_counter()
        tokenizer, compression = train(found, options)
    trained = time.perf_counter()
    manifest = write(store, work / "shards", tokenizer)
    written = time.perf_counter()
    ShardSet.open(work / "shards").check()
    checked = time.perf_counter()
    tokens = sum(split.amount.tokens for split in manifest.splits.values())
    return {
        "posts": imported.kept,
        "documents": sum(split.amount.documents for split in manifest.splits.values()),
        "tokens": tokens,
        "tokenizers": compression.as_dict(),
        "documents_seconds": round(told - started, 2),
        "tokenizers_seconds": round(trained - told, 2),
        "shards_seconds": round(written - trained, 2),
        "shards_tokens_per_second": round(tokens / (written - trained)),
        "check_seconds": round(checked - written, 3),
    }


def timed(
    shards: ShardSet, length: int, rows: int, seed: int, steps: int, mixture: Mixture | None = None
) -> float:
    """Input tokens a second of `steps` steps."""
    loader = Loader(shards, TRAIN, length, rows, seed, mixture)
    started = time.perf_counter()
    for step in range(steps):
        loader.batch(step)
    return steps * rows * length / (time.perf_counter() - started)


def copied(shards: ShardSet, options: argparse.Namespace) -> float:
    """The same where tokens are only widened in the order in which they lie: input tokens a second."""
    files = np.concatenate(shards.split(TRAIN).files)
    wanted = options.rows * (options.length + 1)
    places = [step * wanted % max(1, len(files) - wanted) for step in range(options.steps)]
    started = time.perf_counter()
    for place in places:
        batch = np.empty(wanted, np.int64)
        batch[:] = files[place : place + wanted]
        np.empty((options.rows, options.length), np.int32)[:] = 0
    return options.steps * options.rows * options.length / (time.perf_counter() - started)


def streams(shards: ShardSet, length: int, rows: int) -> dict[str, Any]:
    """The hash of what an undisturbed run reads, and whether one that is cut and resumed reads the same."""
    steps = RANKS[-1][1]
    undisturbed = hashlib.sha256()
    for batch in islice(Loader(shards, TRAIN, length, rows, 1).ahead(0), steps):
        hashed(undisturbed, [batch])
    resumed, first = hashlib.sha256(), 0
    for ranks, last in RANKS:
        loaders = [Loader(ShardSet.open(shards.folder), TRAIN, length, rows, 1) for _ in range(ranks)]
        for step in range(first, last):
            hashed(
                resumed,
                [
                    loader.batch(step, rows * rank // ranks, rows * (rank + 1) // ranks)
                    for rank, loader in enumerate(loaders)
                ],
            )
        first = last
    return {
        "stream": undisturbed.hexdigest(),
        "same_stream": undisturbed.hexdigest() == resumed.hexdigest(),
        "ranks_of_the_resumed": [ranks for ranks, _ in RANKS],
    }


def hashed(into: Any, parts: list[Batch]) -> None:
    """Hash one step's rows, whichever ranks read them."""
    for name in ("tokens", "documents"):
        into.update(np.concatenate([getattr(part, name) for part in parts]).tobytes())


if __name__ == "__main__":
    main()
