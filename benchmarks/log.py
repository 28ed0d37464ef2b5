"""The log: entries acknowledged a second, a verification of a million, and processes killed while they append; one JSON line.

    python benchmarks/log.py [--seconds 10] [--entries 1000000] [--kills 100] [--folder DIR]

`appends` has, for each number of threads, the entries of 400 bytes that were acknowledged a second, every one durable under
a signed checkpoint, with the commits that they shared, the fsyncs of each and the milliseconds that the slowest of a hundred
appends took; `processes` the same for two processes of 32 threads that take turns. `peer` is SQLite, one table without a
tree or a signature, an entry a transaction, made durable each (WAL, synchronous FULL), from one thread. `verify` is `truthgpt log verify` on
`--entries`, a process of its own; `kills` a process of eight threads that is killed and started again, and what of all that was
acknowledged is missing at the end, or elsewhere than it was said to be. `--folder` is where the files go: its disk is what is measured.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from machine import describe
from truthgpt.oversight.log import Log, verify

ENTRY = os.urandom(200).hex().encode()
THREADS = (1, 16, 64, 256)
BASE = [sys.executable, "-c", "from truthgpt.cli import main; main()"]
FORK = multiprocessing.get_context("fork")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="that each rate is measured for")
    parser.add_argument(
        "--entries", type=int, default=1_000_000, help="of the log that is verified, 0 for none"
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where temporary files go, 500 bytes an entry")
    options = parser.parse_args()
    machine = describe()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        found: dict[str, Any] = {
            "appends": {
                threads: appends(folder / f"threads{threads}", threads, options.seconds)
                for threads in THREADS
            },
            "processes": processes(folder / "processes", options.seconds),
            "peer": {"sqlite": peer(folder / "peer.db", options.seconds)},
        }
        if options.entries:
            found["verify"] = verification(folder / "verify", options.entries)
        if options.kills:
            found["kills"] = killed(folder / "kills", options.kills)
    print(json.dumps({"benchmark": "log", "entry_bytes": len(ENTRY), **found, "machine": machine}))


def appends(folder: Path, threads: int, seconds: float) -> dict[str, Any]:
    """Entries a second from `threads` threads of this process."""
    with Log.open(folder / "log") as log, counted() as syncs:
        rate, took = closed_loop(log, threads, seconds)
        size = log.size
        commits = syncs["replaced"]
    assert verify(log.folder, [log.verifier]).intact
    return {
        "entries_per_second": round(rate),
        "entries_per_commit": round(size / commits, 1),
        "fsyncs_per_commit": round(syncs["synced"] / commits, 1),
        "p50_ms": round(statistics.median(took) * 1e3, 2),
        "p99_ms": round(statistics.quantiles(took, n=100)[-1] * 1e3, 2),
    }


class counted:  # noqa: N801 - reads as the context manager it is
    """Counts fsyncs, and checkpoints replaced."""

    def __enter__(self) -> dict[str, int]:
        self._before = os.fsync, os.replace
        self._counts = {"synced": 0, "replaced": 0}
        os.fsync = self._counting("synced", os.fsync)
        os.replace = self._counting("replaced", os.replace)
        return self._counts

    def __exit__(self, *_: object) -> None:
        os.fsync, os.replace = self._before

    def _counting(self, name: str, function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any, **named: Any) -> None:
            self._counts[name] += 1
            function(*arguments, **named)

        return call


def closed_loop(log: Log, threads: int, seconds: float) -> tuple[float, list[float]]:
    """Entries a second, and what each took, where every thread appends its next once the last is acknowledged."""
    took: list[list[float]] = [[] for _ in range(threads)]
    start = time.perf_counter()

    def work(mine: list[float]) -> None:
        while (began := time.perf_counter()) - start < seconds:
            log.append(ENTRY)
            mine.append(time.perf_counter() - began)

    workers = [threading.Thread(target=work, args=(mine,)) for mine in took]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    each = [duration for mine in took for duration in mine]
    return len(each) / (time.perf_counter() - start), each


def processes(folder: Path, seconds: float) -> dict[str, Any]:
    """Entries a second from two processes of 32 threads, and what each of the two had."""
    Log.open(folder / "log")
    with FORK.Pool(2) as pool:
        rates = pool.starmap(in_process, [(folder / "log", seconds)] * 2)
    log = Log.open(folder / "log")
    assert verify(log.folder, [log.verifier]).intact
    return {"entries_per_second": round(sum(rates)), "each": [round(rate) for rate in rates]}


def in_process(folder: Path, seconds: float) -> float:
    return closed_loop(Log.open(folder), 32, seconds)[0]


def peer(path: Path, seconds: float) -> dict[str, Any]:
    """SQLite's durable transactions of one entry."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, entry BLOB)")
    start, entries = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        database.execute("INSERT INTO entries (entry) VALUES (?)", (ENTRY,))
        entries += 1
    database.close()
    return {"version": sqlite3.sqlite_version, "entries_per_second": round(entries / seconds)}


def verification(data: Path, entries: int) -> dict[str, Any]:
    """`truthgpt log verify` on a log of that many entries."""
    log = Log.open(data / "oversight" / "log")
    start = time.perf_counter()
    for first in range(0, entries, 50_000):
        log.append_all([b"%d " % number + ENTRY for number in range(first, min(first + 50_000, entries))])
    written = time.perf_counter() - start
    start = time.perf_counter()
    told = subprocess.run(
        [*BASE, "log", "verify", "--data", str(data), "--json"], check=True, capture_output=True
    )
    took = time.perf_counter() - start
    found = json.loads(told.stdout)
    assert found["intact"]
    assert found["size"] == entries
    return {
        "entries": entries,
        "seconds": round(took, 2),
        "written_in_bulk_per_second": round(entries / written),
        "bytes_per_entry": round(sum(path.stat().st_size for path in log.folder.rglob("*")) / entries),
    }


def killed(folder: Path, kills: int) -> dict[str, Any]:
    """A process killed at random moments, again and again, on one log."""
    random_ = random.Random(1)
    log = Log.open(folder / "log")
    told: dict[bytes, int] = {}
    broken = 0
    for number in range(kills):
        ours, theirs = FORK.Pipe(duplex=False)
        process = FORK.Process(target=until_killed, args=(theirs, log.folder, number), daemon=True)
        process.start()
        theirs.close()
        told.update([ours.recv()])
        time.sleep(random_.uniform(0, 0.2))
        os.kill(process.pid or 0, signal.SIGKILL)
        try:
            while True:
                told.update([ours.recv()])
        except (EOFError, OSError):
            ours.close()
        process.join()
        broken += not verify(log.folder, [log.verifier]).intact
        log = Log.open(log.folder)
    held = dict(log.view().entries())
    lost = sum(held.get(index) != entry for entry, index in told.items())
    return {
        "kills": kills,
        "acknowledged": len(told),
        "lost": lost,
        "invalid_after_a_kill": broken,
        "entries": len(held),
    }


def until_killed(pipe: Connection, folder: Path, process: int) -> None:
    log = Log.open(folder)
    sending = threading.Lock()

    def work(thread: int) -> None:
        number = 0
        while True:
            entry = b"%d %d %d" % (process, thread, number)
            index = log.append(entry).index
            with sending:
                pipe.send((entry, index))
            number += 1

    for thread in range(8):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    signal.pause()


if __name__ == "__main__":
    main()
