"""A Ray cluster prepares the corpus that one machine prepares, also when it loses a worker on the way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import pyarrow as pa
import pytest

from truthgpt.cli import main
from truthgpt.corpus import importer
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.importer import ImportResult, Runner, import_paths
from truthgpt.corpus.lance import wait
from truthgpt.corpus.pipeline.cluster import prepare_on_cluster
from truthgpt.corpus.pipeline.known import Keys
from truthgpt.corpus.pipeline.prepare import Prepared
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.provenance.versions import newest
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError

ray = pytest.importorskip("ray", reason="Ray is not installed")
from ray.cluster_utils import Cluster  # noqa: E402 - only where there is Ray

pytestmark = pytest.mark.xdist_group("ray")

NOTHING: Keys = np.empty((0, 2), dtype=np.int64)
FILES, ROWS = 6, 9000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two workers of one core, beside a head that runs nothing."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        made.add_node(num_cpus=1)
    ray.init(made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files that share posts and change each other's, with rows that cannot be read and one file that cannot."""
    folder = tmp_path_factory.mktemp("exports")
    paths = []
    for file in range(FILES):
        lines = [
            f'{{"id": "{(file * ROWS + n) % (4 * ROWS)}", "text": "Post {n // 2} of {file % 2}: the ferry\\u0301 is late"}}'
            for n in range(ROWS)
        ]
        paths.append(folder / f"{file}.jsonl")
        paths[-1].write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    paths.insert(2, folder / "empty.csv")
    paths[2].write_bytes(b"")
    return paths


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    lengths = np.array([[len(text), *text.encode()[:7]] for text in texts], dtype=np.float32)
    vectors: npt.NDArray[np.float32] = lengths / np.linalg.norm(lengths, axis=1, keepdims=True)
    return vectors


def imported(
    folder: Path, exports: list[Path], runner: Runner
) -> tuple[ImportResult, list[dict[str, object]]]:
    store = Store.open(folder / "corpus", 8)
    result = import_paths(store, exports, embed=embed, quarantine=folder / "quarantine", runner=runner)
    rows = wait(store.snapshot().query().to_arrow())
    return result, rows.sort_by("id").to_pylist()


def content_hash_of(folder: Path) -> str:
    made = newest(folder / "corpus")
    assert made is not None
    return made.content_hash


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.read, result.kept, result.copies, result.rejected


@pytest.mark.usefixtures("cluster")
def test_a_cluster_imports_what_one_machine_does(tmp_path: Path, exports: list[Path]) -> None:
    here, rows_here = imported(tmp_path / "here", exports, "embedded")
    there, rows_there = imported(tmp_path / "there", exports, "ray")
    assert counts(there) == counts(here)
    assert content_hash_of(tmp_path / "there") == content_hash_of(tmp_path / "here")
    assert here.read == here.kept + here.copies + here.rejected
    assert rows_there == rows_here


def test_a_worker_that_is_killed_changes_nothing(
    cluster: Cluster, exports: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, rows_here = imported(tmp_path / "here", exports, "embedded")
    victim = next(iter(cluster.worker_nodes))

    def killed_midway(*arguments: Any) -> Generator[Prepared[pa.Table], None, None]:
        batches = prepare_on_cluster(*arguments)
        yield next(batches)
        kill_with_children(victim)
        yield from batches

    monkeypatch.setattr(importer, "prepare_on_cluster", killed_midway)
    there, rows_there = imported(tmp_path / "there", exports, "ray")
    cluster.remove_node(victim, allow_graceful=False)
    cluster.add_node(num_cpus=1)
    assert counts(there) == counts(here)
    assert content_hash_of(tmp_path / "there") == content_hash_of(tmp_path / "here")
    assert rows_there == rows_here


def kill_with_children(node: object) -> None:
    """SIGKILL to a node's daemon and all that it runs, as when its machine goes."""
    for _, started in node.live_processes():  # type: ignore[attr-defined]
        process = psutil.Process(started.pid)
        for child in (*process.children(recursive=True), process):
            os.kill(child.pid, signal.SIGKILL)


@pytest.mark.usefixtures("cluster")
def test_files_of_which_nothing_can_be_read_are_one_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(BadInputError, match=r"empty\.csv is empty"):
        list(prepare_on_cluster(Sources((empty,)), NOTHING, OptOuts()))


@pytest.mark.usefixtures("cluster")
def test_the_command_hands_its_work_to_the_cluster(
    tmp_path: Path, exports: list[Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = list(map(str, exports[:3]))
    for runner in ("embedded", "ray"):
        data = str(tmp_path / runner)
        with pytest.raises(SystemExit) as ended:
            main(["import", *files, "--runner", runner, "--data", data, "--json"])
        assert ended.value.code == 0
    here, there = map(json.loads, capsysbinary.readouterr().out.splitlines())
    counted = ("read", "kept", "copies", "rejected")
    assert [here[name] for name in counted] == [there[name] for name in counted]
    records = [newest(tmp_path / runner / "corpus") for runner in ("embedded", "ray")]
    assert len({record and record.content_hash for record in records}) == 1
