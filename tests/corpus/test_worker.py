"""Preparing in a process of its own gives what preparing here gives, ends with its parent, and says how it ended."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pyarrow as pa
import pytest

from truthgpt.corpus import importer
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.pipeline.child import Child, parent
from truthgpt.corpus.pipeline.prepare import Prepared, prepare
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.pipeline.worker import prepare_in_process
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError

NOTHING = np.empty((0, 2), dtype=np.int64)


def export(path: Path, rows: int) -> Path:
    lines = [f'{{"id": "{n % (rows - 5)}", "text": "post {n} of the many posts"}}' for n in range(rows)]
    path.write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    return path


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 8), dtype=np.float32)


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if "truthgpt.corpus.pipeline.worker" in " ".join(child.cmdline())
    ]


def test_a_process_prepares_what_this_one_would(tmp_path: Path) -> None:
    sources = Sources((export(tmp_path / "a.jsonl", 9000), export(tmp_path / "b.jsonl", 50)))
    here = list(prepare(sources.rows(), NOTHING, OptOuts()))
    there = list(prepare_in_process(sources, NOTHING, OptOuts(), tmp_path / "work"))
    assert [_plain(batch) for batch in there] == [_plain(batch) for batch in here]
    assert not children()
    assert not (tmp_path / "work").exists()


def _plain(batch: Prepared[pa.Table]) -> tuple[object, ...]:
    return (
        batch.read,
        batch.kept,
        batch.copies,
        batch.rejected,
        batch.new.to_pylist(),
        batch.changed.to_pylist(),
    )


def test_a_message_that_breaks_off_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Either side may be killed while it sends a batch, of which the other has a part by then."""
    here, there = socket.socketpair()
    cut_off = struct.pack("!i", 1 << 20) + b"part of a batch"
    with Child("truthgpt.corpus.pipeline.describer", "nowhere") as child:
        child._pipe.close()
        child._pipe = Connection(here.detach())
        there.sendall(cut_off)
        there.close()
        child._process.kill()
        with pytest.raises(MissingError, match="ended early \\(SIGKILL\\)"):
            child.receive()
    here, there = socket.socketpair()
    there.sendall(cut_off)
    there.close()
    monkeypatch.setattr(sys, "argv", ["-c", str(here.detach())])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    with parent() as pipe:
        pipe.recv()
        pytest.fail("there is no message")


def test_what_is_stored_is_not_sent(tmp_path: Path) -> None:
    sources = Sources((export(tmp_path / "a.jsonl", 100),))
    (first,) = prepare_in_process(sources, NOTHING, OptOuts(), tmp_path / "work")
    last = {row["id"]: row for table in (first.new, first.changed) for row in table.to_pylist()}
    stored = np.array([(row["id_key"], row["content_key"]) for row in last.values()], dtype=np.int64)
    (again,) = prepare_in_process(sources, stored, OptOuts(), tmp_path / "work")
    assert again.copies + again.kept == 100
    assert again.new.num_rows == 0


def test_a_large_import_goes_through_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_LARGE", 0)
    store = Store.open(tmp_path / "corpus", 8)
    paths = [export(tmp_path / "a.jsonl", 5000), tmp_path / "empty.csv"]
    result = import_paths(store, paths[:1], embed=embed, quarantine=tmp_path)
    assert (result.read, result.kept, result.rejected, store.count()) == (5001, 5000, 1, 4995)
    paths[1].write_bytes(b"")
    again = import_paths(store, paths, embed=embed, quarantine=tmp_path)
    assert (again.read, again.copies + again.kept, again.rejected) == (5002, 5000, 2)
    with pytest.raises(BadInputError, match=r"empty\.csv is empty"):
        import_paths(store, paths[1:], embed=embed, quarantine=tmp_path)
    assert not children()


def test_a_process_that_is_killed_is_said_to_be(tmp_path: Path) -> None:
    batches = prepare_in_process(
        Sources((export(tmp_path / "a.jsonl", 60_000),)), NOTHING, OptOuts(), tmp_path / "work"
    )
    next(batches)
    (child,) = children()
    child.kill()
    with pytest.raises(MissingError, match=r"SIGKILL.*import again"):
        list(batches)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    work = tmp_path / "work"
    batches = prepare_in_process(Sources((export(tmp_path / "a.jsonl", 60_000),)), NOTHING, OptOuts(), work)
    next(batches)
    shutil.rmtree(work)
    with pytest.raises(MissingError, match="cannot be written or read"):
        list(batches)
    assert not children()
    assert not work.exists()


def test_a_slow_importer_is_waited_for(tmp_path: Path) -> None:
    work = tmp_path / "work"
    batches = prepare_in_process(Sources((export(tmp_path / "a.jsonl", 100_000),)), NOTHING, OptOuts(), work)
    next(batches)
    waiting = most = 0
    unchanged = time.monotonic()
    while time.monotonic() - unchanged < 2:
        before, waiting = waiting, len(list(work.iterdir()))
        most = max(most, waiting)
        if before != waiting:
            unchanged = time.monotonic()
        time.sleep(0.02)
    assert 1 <= most <= 8  # of twelve
    assert sum(batch.read for batch in batches) > 80_000
    assert not work.exists()


def test_closing_early_ends_the_process(tmp_path: Path) -> None:
    batches = prepare_in_process(
        Sources((export(tmp_path / "a.jsonl", 60_000),)), NOTHING, OptOuts(), tmp_path / "work"
    )
    next(batches)
    batches.close()
    assert not children()


PARENT = """
import sys
from pathlib import Path
import numpy as np
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.pipeline.worker import prepare_in_process

batches = prepare_in_process(Sources((Path(sys.argv[1]),)), np.empty((0, 2), dtype=np.int64), OptOuts(), Path(sys.argv[2]))
next(batches)
import psutil
print(psutil.Process().children()[0].pid, flush=True)
import time
time.sleep(60)
"""


def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = export(tmp_path / "a.jsonl", 60_000)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path), str(tmp_path / "work")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.05)


def test_modules_in_the_folder_that_the_user_stands_in_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "truthgpt.py").write_text("raise SystemExit('run')")
    (tmp_path / "orjson.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert list(
        prepare_in_process(
            Sources((export(tmp_path / "a.jsonl", 50),)), NOTHING, OptOuts(), tmp_path / "work"
        )
    )
