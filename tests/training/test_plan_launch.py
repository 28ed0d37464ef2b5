"""A plan that is launched: what `truthgpt train` is told is just the layout that was planned."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from plans import H100, job

from truthgpt.errors import BadInputError
from truthgpt.training import options, stages
from truthgpt.training.planner import launch
from truthgpt.training.planner.failures import Failures
from truthgpt.training.planner.layout import Job
from truthgpt.training.planner.planned import Planned, planned
from truthgpt.training.planner.transformer import KNOWN


def _planned(asked: Job, ranks: int) -> Planned:
    return planned(asked, H100, ranks, 10**9, Failures(), wanted=launch.TRAINABLE)


@pytest.mark.parametrize("ranks", [1, 8, 32])
def test_the_options_are_read_as_the_layout_that_was_planned(tmp_path: Path, ranks: int) -> None:
    asked = job(software=launch.SOFTWARE, batch=256, optimizer="muon")
    made = _planned(asked, ranks)
    launch.write(made, tmp_path)
    run = options.read(tmp_path / "run.toml")
    parallel = run.section("parallel", options.Parallel)
    layout = made.best.layout
    assert parallel.shard * parallel.replicate * parallel.tensor == ranks
    assert parallel.tensor == layout.tensor
    assert parallel.replicate == layout.replicate
    plan = stages.plan(run, ranks=ranks, gpu=True)
    assert plan.shape.parameters == asked.transformer.parameters
    assert plan.rows == asked.batch
    assert plan.length == asked.length
    assert plan.micro == layout.micro
    assert plan.tokens == pytest.approx(10**9, rel=0.01)
    assert run.section("pretrain", options.Pretrain).recompute == layout.recompute


def test_the_scripts_are_shell_and_start_all_ranks(tmp_path: Path) -> None:
    made = _planned(job(software=launch.SOFTWARE, batch=256), 32)
    for path in launch.write(made, tmp_path):
        if path.suffix == ".toml":
            continue
        subprocess.run(["bash", "-n", str(path)], check=True)
        assert "--nproc-per-node=8" in path.read_text()
    assert "--nnodes=4" in (tmp_path / "launch.sh").read_text()
    slurm = (tmp_path / "train.sbatch").read_text()
    assert "#SBATCH --nodes=4" in slurm
    assert 'srun --cpus-per-task="$SLURM_CPUS_PER_TASK" torchrun --shutdown-timeout=110' in slurm
    assert 'train tokenizer run.toml --data "$data" --once' in slurm
    assert "torchrun --shutdown-timeout=110" in (tmp_path / "launch.sh").read_text()


def test_what_training_cannot_do_is_refused() -> None:
    with pytest.raises(BadInputError, match="Llama's kind"):
        launch.trainable(KNOWN["gpt3-175b"])
    with pytest.raises(BadInputError, match="no stages"):
        launch.files(planned(Job(KNOWN["llama3-405b"], 8_192, 512), H100, 2_048, 10**12, Failures()))
