"""Many ranks are one run: the same losses however the work is laid out, and nothing lost when one of them dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rank
import torch

from truthgpt.training import journal
from truthgpt.training.options import Parallel

pytestmark = pytest.mark.xdist_group("ranks")

LAYOUTS: dict[int, dict[str, dict[str, Any]]] = {
    2: {
        "shard": {"parallel": {}},
        "tensor": {"parallel": {"tensor": 2}},
        "adamw": {"parallel": {}, "pretrain": {"optimizer": "adamw"}},
        "recompute": {"parallel": {}, "pretrain": {"recompute": "selective"}},
    },
    4: {
        "shard": {"parallel": {}},
        "hybrid": {"parallel": {"replicate": 2}},
        "tensor": {"parallel": {"tensor": 2}},
    },
}


def launch(
    ranks: int, jobs: list[dict[str, Any]], folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    (folder / "jobs.json").write_text(json.dumps(jobs))
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={ranks}",
        *options,
    ]
    return subprocess.run(
        [*command, rank.__file__, str(folder / "jobs.json")],
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
    for kind in ("muon", "adamw"):
        rank.train(folder / kind, rank.pretrain(optimizer=kind), Parallel())
    return folder


@pytest.mark.parametrize("ranks", LAYOUTS)
def test_every_layout_has_the_losses_of_one_process(alone: Path, tmp_path: Path, ranks: int) -> None:
    jobs = [{"folder": str(tmp_path / name), **job} for name, job in LAYOUTS[ranks].items()]
    done = launch(ranks, jobs, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    for name in LAYOUTS[ranks]:
        wanted = losses(alone / ("adamw" if name == "adamw" else "muon"))
        assert len(wanted) == rank.STEPS
        for found, expected in zip(losses(tmp_path / name), wanted, strict=True):
            assert found == pytest.approx(expected, abs=1e-5), name


def test_a_killed_rank_is_started_anew_and_the_weights_are_those_of_an_undisturbed_run(
    tmp_path: Path,
) -> None:
    undisturbed = launch(2, [{"folder": str(tmp_path / "undisturbed")}], tmp_path)
    assert undisturbed.returncode == 0, undisturbed.stderr[-2000:]
    killed = launch(2, [{"folder": str(tmp_path / "killed"), "die": 10}], tmp_path, "--max-restarts=1")
    assert killed.returncode == 0, killed.stderr[-2000:]
    assert "exitcode: -9" in killed.stderr
    wanted, found = (torch.load(tmp_path / name / "weights.pt") for name in ("undisturbed", "killed"))
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


def test_a_run_of_two_ranks_that_was_asked_to_stop_goes_on_as_one(alone: Path, tmp_path: Path) -> None:
    stopped = launch(2, [{"folder": str(tmp_path / "run"), "stop": 6}], tmp_path)
    assert stopped.returncode == 0, stopped.stderr[-2000:]
    assert len(losses(tmp_path / "run")) == 7
    trained = rank.train(tmp_path / "run", rank.pretrain(), Parallel())
    assert trained.done
    for found, expected in zip(losses(tmp_path / "run"), losses(alone / "muon"), strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


def test_ranks_that_do_not_fit_the_layout_are_one_line(tmp_path: Path) -> None:
    from truthgpt.errors import BadInputError

    with pytest.raises(BadInputError, match=r"1 · 0 · 2 .*is not the 1 ranks there are"):
        rank.train(tmp_path, rank.pretrain(), Parallel(tensor=2))
