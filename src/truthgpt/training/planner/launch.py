"""A plan in; the files out that start just this run: options for `truthgpt train`, a script for `torchrun`, one for Slurm.

`truthgpt train` cuts weights over ranks of data (FSDP, HSDP) and matrices over tensor ranks; it has no stages, no context and
no expert ranks: `TRAINABLE` is what a search for a plan to launch is held to, `SOFTWARE` what the trainer computes with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.training.limits import SCORES
from truthgpt.training.planner.layout import Job, Layout, Software
from truthgpt.training.planner.memory import Own
from truthgpt.training.planner.planned import Planned
from truthgpt.training.planner.search import Wanted
from truthgpt.training.planner.transformer import Transformer

TRAINABLE: Final = Wanted(
    context=1, pipeline=1, expert=1, sharding="full", sequence=False, own=Own(SCORES["cuda"])
)
SOFTWARE: Final = Software(overlap_tensor="none")
_CORES: Final = 4
"""Cores of a rank: its own thread, the loader's, and those that write a checkpoint."""


def trainable(network: Transformer) -> None:
    """Raise `BadInputError` where `network` is none that `truthgpt train` makes."""
    if not network.gated or network.experts or network.head_width * network.heads != network.width:
        raise BadInputError(
            "truthgpt train makes networks of Llama's kind (gated units, no experts, heads that share the width), and this is none: plan without --launch"
        )


def files(planned: Planned) -> dict[str, str]:
    """Names and texts of the files. Raises `BadInputError` where the plan is not one that `truthgpt train` runs."""
    trainable(planned.job.transformer)
    if planned.machine.name.startswith("TPU"):
        raise BadInputError(
            f"truthgpt train runs on GPUs, not on {planned.machine.name}: plan without --launch"
        )
    layout, size = planned.best.layout, planned.machine.node.size
    if (
        layout.pipeline * layout.context * layout.expert > 1
        or layout.sequence
        or layout.sharding == "optimizer"
    ):
        raise BadInputError(
            "truthgpt train has no stages, context or expert ranks: plan with --launch from the start"
        )
    nodes, here = -(-planned.ranks // size), min(planned.ranks, size)
    if nodes * here != planned.ranks:
        raise BadInputError(f"{planned.ranks:,} accelerators are no whole number of nodes of {size}")
    return {
        "run.toml": _options(planned.job, layout, planned.tokens, planned.goodput.interval),
        "launch.sh": _torchrun(nodes, here),
        "train.sbatch": _slurm(nodes, here),
    }


def write(planned: Planned, folder: Path) -> list[Path]:
    """`files` in `folder`; their paths."""
    made = files(planned)
    for name, text in made.items():
        durable.write(folder / name, text.encode(), 0o644 if name == "run.toml" else 0o755)
    return [folder / name for name in made]


def _options(job: Job, layout: Layout, tokens: int, interval: float) -> str:
    network = job.transformer
    shard = layout.data // layout.replicate if layout.data > 1 else 1
    return f"""\
# {network.parameters / 1e9:,.2f} billion parameters on {layout.ranks:,} accelerators, as `truthgpt plan` laid them out.
out = "run"

[model]
width = {network.width}
layers = {network.layers}
heads = {network.heads}
kv_heads = {network.kv_heads}
hidden = {network.hidden}
context = {job.length}
tied = {str(network.tied).lower()}

[tokenizer]
size = {network.vocabulary}

[pretrain]
tokens = {tokens}
batch = {job.tokens}
length = {job.length}
micro = {layout.micro}
optimizer = "{job.optimizer}"
precision = "{job.precision}"
recompute = "{layout.recompute}"
checkpoint = {max(60.0, interval):.0f}.0

[parallel]
shard = {shard}
replicate = {layout.replicate}
tensor = {layout.tensor}
"""


def _torchrun(nodes: int, here: int) -> str:
    return f"""\
#!/usr/bin/env bash
# Start this on each of {nodes} nodes, HEAD being the name of the first:  HEAD=node0 ./launch.sh [DATA]
# The tokenizer is made beforehand, once:  truthgpt train tokenizer run.toml --data DATA
set -euo pipefail
cd "$(dirname "$0")"
exec torchrun --shutdown-timeout=110 \\
  --nnodes={nodes} --nproc-per-node={here} --max-restarts=1000 \\
  --rdzv-backend=c10d --rdzv-id=truthgpt --rdzv-endpoint="${{HEAD:-localhost}}:29500" \\
  -m truthgpt train pretrain run.toml --data "${{1:-data}}"
"""


def _slurm(nodes: int, here: int) -> str:
    return f"""\
#!/usr/bin/env bash
# sbatch train.sbatch [DATA]
#SBATCH --job-name=truthgpt
#SBATCH --nodes={nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node={here}
#SBATCH --cpus-per-task={_CORES * here}
#SBATCH --requeue
#SBATCH --signal=TERM@120
set -euo pipefail
data=${{1:-data}}
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
truthgpt train tokenizer run.toml --data "$data" --once
# Slurm hands the cores on to srun only where it is told to, from 22.05 on; a step and a checkpoint must fit between the SIGTERM that
# torchrun passes on and its SIGKILL.
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" torchrun --shutdown-timeout=110 \\
  --nnodes={nodes} --nproc-per-node={here} --max-restarts=1000 \\
  --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$head:29500" \\
  -m truthgpt train pretrain run.toml --data "$data"
"""
