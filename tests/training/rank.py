"""The ranks of runs that the tests of several ranks start: `python rank.py RANKS RESTARTS JOBS.json`.

`torchrun`'s own launcher starts them and starts them anew, forked from one process that has imported what they need.
A job names its folder, the options of the layout and of pretraining, the step that it `begins` at, and what goes wrong: `die` and `stop` name a step at
which rank 1 is killed, or rank 0 asked to stop, in the first attempt.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import signal
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from truthgpt.training.options import Model, Parallel, Pretrain
from truthgpt.training.pretraining import checkpoint, journal, loop, world
from truthgpt.training.pretraining.plan import plan

VOCABULARY, LENGTH = 128, 32
STEPS, ROWS = 16, 8
NETWORK = Model(depth=2, context=LENGTH, width=32, heads=4, kv_heads=2, hidden=64)


@dataclass(frozen=True)
class Batch:
    tokens: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int32]


class Counted:
    """Rows that count upwards by threes from any token on: soon learned, and each step's are others. Two documents a row."""

    def __init__(self, rows: int, at: dict[int, Any] | None = None) -> None:
        self._rows, self._at = rows, at or {}
        self.asked: list[int] = []

    def batch(self, step: int, start: int = 0, stop: int | None = None) -> Batch:
        if step in self._at:
            self._at.pop(step)()
        dice = np.random.default_rng(step)
        tokens = (dice.integers(0, VOCABULARY, (self._rows, 1)) + 3 * np.arange(LENGTH + 1)) % VOCABULARY
        cut = dice.integers(1, LENGTH, (self._rows, 1))
        documents = (np.arange(LENGTH) >= cut).astype(np.int32)
        part = slice(start, self._rows if stop is None else stop)
        return Batch(tokens[part], documents[part])

    def ahead(self, first_step: int, start: int = 0, stop: int | None = None) -> Generator[Batch, None, None]:
        for step in itertools.count(first_step):
            self.asked.append(step)
            yield self.batch(step, start, stop)


def pretrain(**given: Any) -> Pretrain:
    """Options of a run of `STEPS` steps of `ROWS` rows in float32."""
    default = {
        "tokens": STEPS * ROWS * LENGTH,
        "batch": ROWS * LENGTH,
        "rate": 0.01,
        "precision": "float32",
        "micro": 2,
        "validate": 8,
        "checkpoint_steps": 4,
    }
    return Pretrain(**(default | given))


def train(
    folder: Path,
    options: Pretrain,
    parallel: Parallel,
    at: dict[int, Any] | None = None,
    begins: tuple[int, ...] = (0,),
    drawn: bool = False,
) -> loop.Trained:
    """Run this rank to its end, from a step that is one of `begins`; rank 0 keeps the weights in `folder`.

    Where it is not `drawn`, the run's picture is left out, which takes longer than so short a run.
    """
    draw = journal.draw if drawn else mock.Mock()
    with world.joined(parallel) as ranks, mock.patch.object(journal, "draw", draw):
        begun = checkpoint.begun(folder / checkpoint.CHECKPOINTS)
        made = plan(NETWORK, options, parallel, VOCABULARY, ranks=ranks.size, gpu=False, begun=begun)
        rows = Counted(made.rows, at)
        trainer = loop.Trainer(made, options, ranks, folder, rows, Counted(5), np.full(VOCABULARY, 3))
        trained = trainer.run()
        # A run that began from nothing would end with the same weights: that it went on is told by what it read.
        assert not rows.asked or rows.asked[0] in begins, rows.asked
        weights = trainer.whole_weights()
        if ranks.rank == 0:
            torch.save(weights, folder / "weights.pt")
    return trained


def main(jobs: list[dict[str, Any]]) -> None:
    torch.set_num_threads(1)
    attempt, rank = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"), int(os.environ.get("RANK", "0"))
    for job in jobs:
        at: dict[int, Any] = {}
        if "die" in job and attempt == "0" and rank == 1:
            at[job["die"]] = lambda: os.kill(os.getpid(), signal.SIGKILL)
        if "stop" in job and attempt == "0" and rank == 0:
            at[job["stop"]] = lambda: os.kill(os.getpid(), signal.SIGTERM)
        train(
            Path(job["folder"]),
            pretrain(**job.get("pretrain", {})),
            Parallel(**job.get("parallel", {})),
            at,
            # Killed in step 11: the checkpoint of step 8 may have been under way.
            (job.get("begins", 0),) if attempt == "0" else (4, 8),
        )


if __name__ == "__main__":
    for late in ("torch._dynamo", "torch.utils.tensorboard"):
        importlib.import_module(late)  # once here, not once in every rank

    launcher = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=int(sys.argv[1]),
        max_restarts=int(sys.argv[2]),
        run_id="ranks",
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        start_method="fork",
    )
    elastic_launch(launcher, main)(json.loads(Path(sys.argv[3]).read_text()))
