"""Near copies: F1 on labelled pairs, posts a second, memory; datatrove's MinHash stages on the same posts. A JSON line.

    python benchmarks/near_copies.py [--posts 2000000] [--peer-posts 20000] [--folder DIR]

The pairs are made by `tests/corpus/near_pairs.py` from the half of the public sets that nothing was tuned on. The posts
for the rate are Reddit's, again and again with an edit each; they lie in a file when the clock starts. Each size runs
in a process of its own, so that its peak of memory is its own; that of a tenth of the posts stands beside it. The peer
(`pip install 'xxhash<4' datatrove spacy`) runs with its defaults, one worker; it is left out where it is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from machine import describe
from public_sets import folder as public_sets

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "corpus"))

from near_pairs import POSITIVE, originals, pairs
from test_near_pairs import judged

from truthgpt.corpus.near import deduplicate

_ROWS = 8_192
_SCHEMA = pa.schema({"id": pa.string(), "text": pa.string(), "created_at": pa.timestamp("s", "UTC")})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=2_000_000)
    parser.add_argument("--peer-posts", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="where temporary files go, 3 KB a post")
    parser.add_argument("--timed", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.timed:
        print(json.dumps(timed(options.timed, options.posts)))
        return
    machine = describe()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        work = Path(name)
        labelled = pairs(originals(public_sets(), half=1, limit=400), each=1_000, seed=2_024)
        f1, kinds = judged(labelled, work / "pairs")
        posts = work / "posts.arrow"
        write_posts(posts, max(options.posts, options.peer_posts))
        sizes = (options.peer_posts, options.posts // 10, options.posts)
        same_as_peer, tenth, whole = (in_a_process(posts, size) for size in sizes)
        peer = datatrove(posts, options.peer_posts, work / "peer")
    line = {
        "benchmark": "near copies",
        "pairs": len(labelled),
        "f1": round(f1, 4),
        "right_by_kind": {kind: round(share, 4) for kind, share in kinds.items()},
        **whole,
        "tenth": tenth,
        "same_posts_as_datatrove": same_as_peer,
        "datatrove": peer,
        "times_datatrove_cpu": peer and round(peer["cpu_us_per_post"] / same_as_peer["cpu_us_per_post"], 1),
        "machine": machine,
    }
    print(json.dumps(line))


def write_posts(path: Path, count: int) -> None:
    """`count` posts: Reddit's once as they are, then with an edit each until there are enough, in mixed order."""
    rng = random.Random(7)
    groups = [originals(public_sets(), half, limit=10_000) for half in (0, 1)]
    texts = [
        text for group in groups for name, found in group.items() if name.endswith(".gz") for text in found
    ]
    rng.shuffle(texts)
    changes = list(POSITIVE.values())
    with pa.ipc.new_file(path, _SCHEMA) as file:
        for start in range(0, count, _ROWS):
            rows = range(start, min(count, start + _ROWS))
            made = [texts[row % len(texts)] for row in rows]
            if start >= len(texts):
                made = [rng.choice(changes)(text, rng) or text for text in made]
            ids = [f"post:{row:09}" for row in rows]
            times = [1_700_000_000 + row // 100 for row in rows]
            file.write_batch(pa.record_batch([ids, made, pa.array(times, _SCHEMA.types[2])], schema=_SCHEMA))


def read_posts(path: Path, count: int) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path)) as raw:
        file = pa.ipc.open_file(raw)
        for number in range(file.num_record_batches):
            batch = file.get_batch(number).slice(0, max(0, count - number * _ROWS))
            if batch.num_rows == 0:
                return
            yield batch


def in_a_process(posts: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--timed", str(posts), "--posts", str(count)]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return result


def timed(posts: Path, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=posts.parent) as work:
        deduplicate(read_posts(posts, 1_000), Path(work))  # compiles, or loads what was compiled
        before = peak_mib()
        wall, cpu = time.perf_counter(), time.process_time()
        result = deduplicate(read_posts(posts, count), Path(work))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "posts": count,
        "in_clusters": result.members.num_rows,
        "clusters": result.clusters.num_rows,
        "seconds": round(wall, 1),
        "posts_per_second": round(count / wall),
        "cpu_us_per_post": round(cpu / count * 1e6, 1),
        "peak_memory_mib": peak_mib(),
        "memory_before_mib": before,
    }


def peak_mib() -> int:
    """The most memory that this process had. What getrusage says of it counts the process that started it too."""
    try:
        line = next(
            line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
        )
        return int(line.split()[1]) // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def datatrove(posts: Path, count: int, work: Path) -> dict[str, Any] | None:
    """Its four stages, as its documentation chains them, over documents in memory."""
    if importlib.util.find_spec("datatrove") is None or importlib.util.find_spec("spacy") is None:
        return None
    os.environ["LOGURU_LEVEL"] = "ERROR"
    logging.disable(logging.INFO)
    from datatrove.data import Document
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig

    documents = [
        Document(text, post_id)
        for batch in read_posts(posts, count)
        for post_id, text in zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True)
    ]
    config = MinhashConfig()
    signatures, buckets, removed = (str(work / name) for name in ("signatures", "buckets", "removed"))
    sign = MinhashDedupSignature(signatures, config=config)
    sign.get_shingles("its tokenizer is loaded before the clock starts, so as to be fair")
    wall, cpu = time.perf_counter(), time.process_time()
    sign.run(iter(documents))
    for bucket in range(config.num_buckets):
        MinhashDedupBuckets(signatures, buckets, config=config).run(None, bucket, config.num_buckets)
    MinhashDedupCluster(buckets, removed, config=config).run()
    kept = sum(1 for _ in MinhashDedupFilter(removed).run(iter(documents)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "posts": count,
        "kept": kept,
        "seconds": round(wall, 1),
        "posts_per_second": round(count / wall),
        "cpu_us_per_post": round(cpu / count * 1e6, 1),
    }


if __name__ == "__main__":
    main()
