"""Posts that come in while others search: how soon each is found, what searches take meanwhile, and a day in fast motion;
one JSON line.

    python benchmarks/live.py [--watched 100] [--day 86400] [--folder DIR]

Reddit's posts of the public sets: the first half is imported, what is written after comes from the other half, to a file
that `truthgpt import --follow` brings in, a process of its own. `found` is of `--watched` posts, one a second: from the
moment it is written to the first search for its title that has it; meanwhile another thread searches twenty times a
second. The `day`: a post for each of its seconds, as fast as they are taken, every twentieth an edit of an earlier one, and
twelve wishes to be forgotten among them, while the thread searches. `lost` are posts that are not
stored at its end as they were written last, or are though they were to be forgotten. Memory is that of both processes after a
quarter of the day and at its end; bytes are the store's at the end, once earlier versions went, beside those of one import of the same posts.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import public_sets
from ingest import size
from machine import describe
from truthgpt.answer.assistant import Assistant
from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.settings import QUOTES_ONLY, Settings

WISHES = 12
SETTLED = 305.0
"""Seconds after which earlier versions may go."""
BASE = [sys.executable, "-c", "from truthgpt.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--watched", type=int, default=100)
    parser.add_argument("--day", type=int, default=86_400, help="seconds of it, 0 for none")
    parser.add_argument("--folder", type=Path, help="where temporary files go, 10 KB a post")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    machine = describe()
    posts = list(written())
    random.Random(7).shuffle(posts)
    half = len(posts) // 2
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        imported(folder / "data", posts[:half], folder)
        with Follower(folder / "data", folder / "new.jsonl") as follower:
            found = watched(follower, posts[half : half + options.watched])
            line = {"benchmark": "live", "posts": half, **found}
            if options.day:
                coming = posts[half + options.watched :]
                line["day"] = day(follower, coming[: options.day], posts[:half])
                line["day"]["bytes_of_one_import"] = of_one_import(folder, line["day"].pop("kept"))
    print(json.dumps({**line, "machine": machine}))


def written() -> Iterator[dict[str, Any]]:
    """Reddit's posts as rows of JSON."""
    for row in public_sets.reddit():
        text = "\n\n".join(filter(None, (row["title"], row["selftext"])))
        # Cleaning leaves it as it is.
        if text.strip() and text.replace("\n", "").isprintable() and unicodedata.is_normalized("NFC", text):
            yield {"id": row["id"], "text": text, "created_utc": row["created_utc"]}


def imported(data: Path, posts: Sequence[dict[str, Any]], folder: Path) -> None:
    path = folder / "first.jsonl"
    path.write_text("".join(json.dumps(post) + "\n" for post in posts), encoding="utf-8")
    subprocess.run(
        [*BASE, "import", str(path), "--data", str(data), "--json"], check=True, capture_output=True
    )


class Follower:
    """The process that brings in, and one thread of this one that searches."""

    def __init__(self, data: Path, path: Path) -> None:
        self.data, self.path = data, path
        self.seconds: list[float] = []
        path.touch()
        command = [*BASE, "import", "--follow", str(path), "--data", str(data), "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.assistant = Assistant.open(Settings(data, QUOTES_ONLY))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._search)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.assistant.__exit__(None, None, None)

    def write(self, posts: Sequence[dict[str, Any]]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(post) + "\n" for post in posts))

    def memory_mib(self) -> list[int]:
        """Of the process that brings in, and of this one."""
        return [
            psutil.Process(pid).memory_info().rss >> 20 for pid in (self.process.pid, psutil.Process().pid)
        ]

    def _search(self) -> None:
        words = [
            "president",
            "climate",
            "vaccine",
            "market",
            "football",
            "science",
            "music",
            "war",
            "energy",
            "python",
            "linux",
            "film",
        ]
        draw = random.Random(1)
        while not self._stopped.wait(0.05):
            started = time.perf_counter()
            self.assistant.searcher.search(" ".join(draw.sample(words, 3)))
            self.seconds.append(time.perf_counter() - started)


def watched(follower: Follower, posts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    searcher, seconds = follower.assistant.searcher, []
    time.sleep(10)  # the follower has loaded what it needs
    quiet = len(follower.seconds)
    for post in posts:
        started = time.perf_counter()
        follower.write([post])
        title = post["text"].partition("\n")[0]
        while all(hit.post.id != post["id"] for hit in searcher.search(title, 10, collapse=False)):
            if follower.process.poll() is not None:
                raise SystemExit("the follower has ended")
            if time.perf_counter() - started > 30:
                break  # its title finds ten others
            time.sleep(0.02)
        else:
            seconds.append(time.perf_counter() - started)
        time.sleep(max(0.0, 1 - (time.perf_counter() - started)))
    return {
        "watched": len(posts),
        "found": len(seconds),
        "found_p50_s": round(statistics.median(seconds), 2),
        "found_p95_s": round(float(np.quantile(seconds, 0.95)), 2),
        "found_max_s": round(max(seconds), 2),
        "quiet": milliseconds(follower.seconds[quiet // 5 : quiet]),
        "meanwhile": milliseconds(follower.seconds[quiet:]),
    }


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    p50, p99 = (float(np.quantile(seconds, q)) * 1000 for q in (0.5, 0.99))
    return {
        "searches": len(seconds),
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "max_ms": round(max(seconds) * 1000, 1),
    }


def day(
    follower: Follower, coming: Sequence[dict[str, Any]], there: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    draw = random.Random(3)
    store = follower.assistant.store
    before, searched = store.count(), len(follower.seconds)
    wanted: dict[str, str] = {}
    ids: list[str] = []
    forgotten: set[str] = set()
    memory: list[list[int]] = []
    started = time.perf_counter()
    part = 200
    wishes = set(draw.sample(range(0, len(coming), part), min(WISHES, len(coming) // part)))
    for start in range(0, len(coming), part):
        for post in coming[start : start + part]:
            if draw.random() < 1 / 20 and ids:
                post = {**post, "id": draw.choice(ids)}
            if post["id"] not in wanted:
                ids.append(post["id"])
            wanted[post["id"]] = post["text"]
            follower.write([post])
        if start in wishes:
            gone = draw.choice(there)["id"]
            forgotten.add(gone)
            forget(store, [Subject("post", gone)], quarantine=follower.data / "quarantine", timeout=600)
        # As fast as they are taken: no more than some thousands wait.
        while store.count() - before < len(wanted) - len(forgotten) - 4_000:
            time.sleep(0.05)
        if len(memory) < 1 + start * 4 // len(coming) <= 4:
            memory.append(follower.memory_mib())
    while store.count() - before < len(wanted) - len(forgotten):
        if follower.process.poll() is not None:
            raise SystemExit("the follower has ended")
        time.sleep(0.05)
    taken = time.perf_counter() - started
    memory.append(follower.memory_mib())
    time.sleep(SETTLED)
    follower.write([{"id": f"late{n}", "text": f"late post number {n}"} for n in range(1000)])
    follower.process.send_signal(signal.SIGTERM)
    result = json.loads(follower.process.communicate()[0])
    stored = {post.id: post.text for post in store.get([*wanted, *forgotten])}
    lost = sum(stored.get(post_id, "").strip() != text.strip() for post_id, text in wanted.items())
    kept = [{"id": post_id, "text": text} for post_id, text in wanted.items()]
    kept += [post for post in there if post["id"] not in forgotten]
    return {
        "posts": len(coming),
        "edits": len(coming) - len(wanted),
        "forgotten": len(forgotten),
        "seconds": round(taken, 1),
        "posts_per_second": round(len(coming) / taken),
        "lost": lost + len(forgotten & stored.keys()),
        "rejected": result["rejected"],
        "searches": milliseconds(follower.seconds[searched:]),
        "memory_mib": memory,
        "bytes": size(follower.data / "corpus"),
        "kept": kept,
    }


def of_one_import(folder: Path, posts: Sequence[dict[str, Any]]) -> int:
    imported(folder / "other", posts, folder)
    return size(folder / "other" / "corpus")


if __name__ == "__main__":
    main()
