"""Many ranks are one run: the same losses however the work is laid out, and nothing lost when one of them dies."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rank
import torch

from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.options import Parallel
from truthgpt.training.pretraining import journal, world

pytestmark = pytest.mark.xdist_group("ranks")

FEW = {"tokens": 6 * rank.ROWS * rank.LENGTH, "validate": 3}
"""Steps enough for what is wrong in one to show in the loss of the next."""
LAYOUTS: dict[int, dict[str, dict[str, Any]]] = {
    2: {
        "whole": {"parallel": {}},
        "tensor": {"parallel": {"tensor": 2}, "pretrain": FEW},
        "adamw": {"parallel": {}, "pretrain": {"optimizer": "adamw", **FEW}},
        "recompute": {"parallel": {}, "pretrain": {"recompute": "selective", **FEW}},
    },
    4: {
        "shard": {"parallel": {}, "pretrain": FEW},
        "hybrid": {"parallel": {"replicate": 2}, "pretrain": FEW},
        "tensor": {"parallel": {"tensor": 2}, "pretrain": FEW},
        "uneven": {"parallel": {}, "pretrain": {"batch": 7 * rank.LENGTH, "micro": 1}},
        "few": {"parallel": {}, "pretrain": {"batch": 3 * rank.LENGTH, **FEW}},
    },
}
UNEVEN = {"batch": 7 * rank.LENGTH}
STOPPED: dict[int, dict[str, dict[str, Any]]] = {
    2: {"stopped": {}, "stopped tensor": {"tensor": 2}},
    4: {"stopped hybrid": {"replicate": 2}},
}
"""Layouts of runs that are asked to stop in their seventh step, by the number of ranks."""
ALONE: dict[str, dict[str, Any]] = {
    "whole": {},
    "muon": FEW,
    "adamw": {"optimizer": "adamw", **FEW},
    "uneven": UNEVEN,
    "few": {"batch": 3 * rank.LENGTH, **FEW},
}


def launch(
    ranks: int, jobs: list[dict[str, Any]], folder: Path, restarts: int = 0
) -> subprocess.CompletedProcess[str]:
    (folder / "jobs.json").write_text(json.dumps(jobs))
    return subprocess.run(
        [sys.executable, rank.__file__, str(ranks), str(restarts), str(folder / "jobs.json")],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )


def losses(folder: Path) -> list[tuple[float, float]]:
    return [(row["loss"], row.get("validation", 0.0)) for row in journal.read(folder)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of one process, which all layouts are held against."""
    folder = tmp_path_factory.mktemp("alone")
    torch.set_num_threads(1)
    for kind, options in ALONE.items():
        rank.train(folder / kind, rank.pretrain(**options), Parallel())
    return folder


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of every layout, by the number of ranks and the layout's name."""
    folder = tmp_path_factory.mktemp("laid_out")
    for ranks, layouts in LAYOUTS.items():
        stopped = {
            name: {"stop": 6, "pretrain": UNEVEN, "parallel": parallel}
            for name, parallel in STOPPED[ranks].items()
        }
        named = layouts | stopped
        jobs = [{"folder": str(folder / str(ranks) / name), **job} for name, job in named.items()]
        if ranks == 4:
            resumed = folder / "4" / "resumed"
            shutil.copytree(folder / "2" / "stopped", resumed)
            jobs.append({"folder": str(resumed), "begins": 7, "pretrain": UNEVEN, "parallel": {"tensor": 2}})
        done = launch(ranks, jobs, folder)
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.mark.parametrize(
    ("ranks", "name"), [(ranks, name) for ranks, layouts in LAYOUTS.items() for name in layouts]
)
def test_every_layout_has_the_losses_of_one_process(
    alone: Path, laid_out: Path, ranks: int, name: str
) -> None:
    wanted = losses(alone / (name if name in ALONE else "muon"))
    assert len(wanted) >= 6
    for found, expected in zip(losses(laid_out / str(ranks) / name), wanted, strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_killed_rank_is_started_anew_and_the_weights_are_those_of_an_undisturbed_run(
    laid_out: Path, tmp_path: Path
) -> None:
    killed = launch(2, [{"folder": str(tmp_path / "killed"), "die": 10}], tmp_path, restarts=1)
    assert killed.returncode == 0, killed.stderr[-2000:]
    # The launcher tells of the rank that ended first: the one that was killed, or the one that missed it.
    assert "exitcode: -9" in killed.stderr or "another rank was lost" in killed.stderr
    wanted, found = (
        torch.load(path / "weights.pt") for path in (laid_out / "2" / "whole", tmp_path / "killed")
    )
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


@pytest.mark.parametrize(
    ("ranks", "name"), [(ranks, name) for ranks, layouts in STOPPED.items() for name in layouts]
)
def test_a_run_of_many_ranks_that_was_asked_to_stop_goes_on_as_one(
    alone: Path, laid_out: Path, tmp_path: Path, ranks: int, name: str
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(laid_out / str(ranks) / name, folder)
    assert len(losses(folder)) == 7
    trained = rank.train(folder, rank.pretrain(**UNEVEN), Parallel(), begins=(7,))
    assert trained.done
    assert [(period.hardware.count, period.steps) for period in trained.periods] == [(ranks, 7), (1, 11)]
    for found, expected in zip(losses(folder), losses(alone / "uneven"), strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_run_of_two_ranks_goes_on_as_four_laid_out_otherwise(alone: Path, laid_out: Path) -> None:
    wanted = losses(alone / "uneven")
    for found, expected in zip(losses(laid_out / "4" / "resumed"), wanted, strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


MEETING = """
import os, sys
import torch
from truthgpt.errors import TruthGPTError
from truthgpt.training.options import Parallel
from truthgpt.training.pretraining.world import joined
try:
    with joined(Parallel()) as world:
        if sys.argv[1] == "die" and world.rank == 1:
            os._exit(9)
        print(world.total(torch.ones(())))
except TruthGPTError as error:
    print(error)
"""


def test_a_lost_rank_is_one_line_and_those_started_anew_meet_though_their_nodes_count_otherwise() -> None:
    """As when one of two nodes loses a rank: the other's agent starts its own anew without counting, and the store is the same."""
    store = torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    meeting = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(store.port)}

    def start(number: int, restarts: int, what: str) -> subprocess.Popen[str]:
        agent = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": str(restarts)}
        return subprocess.Popen(
            [sys.executable, "-c", MEETING, what],
            env=os.environ | meeting | agent | {"RANK": str(number)},
            stdout=subprocess.PIPE,
            text=True,
        )

    left, died = start(0, 0, "die"), start(1, 0, "die")
    said = left.communicate(timeout=120)[0]
    assert died.wait(120) == 9
    assert said.startswith("another rank was lost, or the way to it (")
    assert said.count("\n") == 1
    anew = start(0, 0, "live"), start(1, 1, "live")
    assert [process.communicate(timeout=120)[0] for process in anew] == ["[2.0]\n", "[2.0]\n"]


def test_ranks_that_do_not_fit_the_layout_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"1 · 0 · 2 .*is not the 1 ranks there are"):
        rank.train(tmp_path, rank.pretrain(), Parallel(tensor=2))


def test_more_ranks_than_gpus_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name, value in {"RANK": 1, "WORLD_SIZE": 2, "LOCAL_RANK": 1}.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(BadInputError, match=r"more ranks here than GPUs \(1\)"), world.joined(Parallel()):
        pass


def test_ranks_that_stay_away_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "_PATIENCE", timedelta(seconds=2))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {"RANK": 0, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(MissingError, match="rank 0 of 2 cannot meet the others"), world.joined(Parallel()):
        pass
