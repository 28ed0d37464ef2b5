"""A job, a machine and a layout in; the seconds of a training step out, by what they are spent on.

A stage's time for a microbatch is the sum of its blocks' times; a pipeline of p stages runs m microbatches in m times that of its slowest
stage and fills and drains for (p - 1) more of the average (Narayanan et al. 2021); what ranks of data say to each other runs beside the
passes as far as there is something to run beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from truthgpt.training.planner import collectives
from truthgpt.training.planner.blocks import Blocks
from truthgpt.training.planner.collectives import Group
from truthgpt.training.planner.kernels import HALF, Kernels
from truthgpt.training.planner.layout import Job, Layout, stage_blocks
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.passes import Pass, Terms

_NEWTON = 5
"""Iterations of Newton and Schulz in a step of Muon (Jordan et al. 2024)."""
_TAKEN = 0.1
"""Share of an accelerator's arithmetic that a collective takes from what runs beside it: its copies run on the same cores."""


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of a step: `seconds` in all, `terms` what a stage spends them on, on average (their sum; `uneven` is its waiting for the
    slowest), `forward` and `backward` of a microbatch in
    the slowest stage, of the latter `weights` for gradients of weights; `microbatches` of them."""

    seconds: float
    terms: dict[str, float]
    forward: float
    backward: float
    weights: float
    microbatches: int


class Stepper:
    """Steps of `job` on `machine`, whatever the layout."""

    def __init__(self, job: Job, machine: Machine) -> None:
        self.job, self.machine = job, machine
        self._kernels = Kernels(job, machine)
        self._blocks = Blocks(job, machine)

    def step(self, layout: Layout) -> Step:
        """The step of a layout that `Layout.refusal` has nothing against."""
        stages = self._stages(layout)
        microbatches = layout.microbatches(self.job)
        slowest = max(stages, key=lambda stage: stage.total)
        mean = Pass()
        for stage in stages:
            mean = mean.plus(stage, 1 / len(stages))
        spent = {
            name: microbatches * (there + back)
            for name, there, back in zip(Terms._fields, mean.forward, mean.backward, strict=True)
        }
        spent["uneven"] = microbatches * (slowest.total - mean.total)
        spent["bubble"] = bubble(layout, mean.forward.total, mean.backward.total, mean.weights, microbatches)
        spent["sends"] = self._sends(layout, microbatches)
        spent["data"] = self._data(layout, slowest, microbatches)
        spent["optimizer"] = self._optimizer(layout)
        return Step(
            sum(spent.values()),
            spent,
            slowest.forward.total,
            slowest.backward.total,
            slowest.weights,
            microbatches,
        )

    def utilisation(self, seconds: float, ranks: int, counted: float) -> float:
        """Model FLOP utilisation: `counted` FLOP a token, of the peak in sixteen bits."""
        return counted * self.job.tokens / (seconds * ranks * self.machine.accelerator.bfloat16)

    def _stages(self, layout: Layout) -> list[Pass]:
        """A microbatch through each stage."""
        dense, sparse = self._blocks.block(layout)
        network, last = self.job.transformer, layout.pipeline - 1
        made: list[Pass] = []
        known: dict[tuple[int, int], Pass] = {}
        done = 0
        for stage, blocks in enumerate(stage_blocks(network.layers, layout.pipeline)):
            plain = max(0, min(blocks, network.dense - done)) if network.experts else blocks
            done += blocks
            if (plain, blocks) not in known:
                known[plain, blocks] = Pass().plus(dense, plain).plus(sparse, blocks - plain)
            through = known[plain, blocks]
            if stage == 0:
                through = through.plus(self._blocks.end(layout, output=False))
            if stage == last:
                through = through.plus(self._blocks.end(layout, output=True))
            made.append(through)
        return made

    def _sends(self, layout: Layout, microbatches: int) -> float:
        """Seconds of sends between stages that nothing hides: there and back for each microbatch and piece, or, hidden, for
        the first to come through all stages alone."""
        if layout.pipeline == 1:
            return 0.0
        stride = layout.tensor * layout.context * layout.data
        size = HALF * layout.tokens(self.job) * self.job.transformer.width / layout.tensor
        group = Group(layout.pipeline, stride, self.machine.node.size)
        one = collectives.sent(self.machine, group, size)
        if not layout.sequence:
            # Each tensor rank sends its share, and the shares are gathered on the other side.
            inside = Group(layout.tensor, 1, self.machine.node.size)
            one += collectives.scattered(self.machine, inside, size * layout.tensor)
        times = layout.pipeline - 1
        if not self.job.software.overlap_pipeline:
            times += microbatches * layout.interleave
        return 2 * one * times

    def _data(self, layout: Layout, slowest: Pass, microbatches: int) -> float:
        """Seconds of sums of gradients and gathering of weights that nothing hides.

        Cut whole (`full`), weights are gathered for each pass and microbatch block by block, one ahead; else once a step,
        beside the first forward and the last backward pass.
        """
        ranks = layout.data * layout.context
        if ranks == 1:
            return 0.0
        sizes = self.rank_parameters(layout)
        blocks = max(stage_blocks(self.job.transformer.layers, layout.pipeline))
        gather = reduce = 0.0
        # Ranks that hold the same experts stand as far apart as there are ranks that hold others.
        shared, apart = (
            (sizes[0], ranks, layout.tensor),
            (sizes[1], ranks // layout.expert, layout.tensor * layout.expert),
        )
        for held, sharers, stride in (shared, apart):
            if not held or sharers == 1:
                continue
            inner = Group(sharers // layout.replicate, stride, self.machine.node.size)
            gather += collectives.scattered(self.machine, inner, HALF * held)
            reduce += collectives.scattered(self.machine, inner, self.job.software.gradients * held)
            if layout.replicate > 1:
                outer = Group(layout.replicate, stride * inner.ranks, self.machine.node.size)
                reduce += collectives.reduced(
                    self.machine, outer, self.job.software.gradients * held / inner.ranks
                )
            if layout.sharding == "none":
                # An all-reduce: gradients are gathered again, in their own width, and weights need not be.
                gather += (
                    (self.job.software.gradients - HALF)
                    / HALF
                    * collectives.scattered(self.machine, inner, HALF * held)
                )
        forward, backward = slowest.forward.total, slowest.backward.total
        if not self.job.software.overlap_data:
            rounds = microbatches if layout.sharding == "full" else 1
            return rounds * (gather * (2 if layout.sharding == "full" else 1) + reduce)
        if layout.sharding == "full":
            one = max(gather / blocks, gather - forward) + max(reduce / blocks, gather + reduce - backward)
            return microbatches * (one + _TAKEN * (2 * gather + reduce))
        first = max(gather / blocks, gather - forward) if layout.sharding == "optimizer" else 0.0
        last = reduce if layout.sharding == "optimizer" else reduce + gather
        return first + max(last / blocks, last - backward) + _TAKEN * (gather + reduce)

    def rank_parameters(self, layout: Layout) -> tuple[float, float]:
        """Weights of a rank's stage and share of matrices, before they are cut over ranks of data: those that all hold, and
        those of experts. Of the stage that has most."""
        network = self.job.transformer
        blocks = max(stage_blocks(network.layers, layout.pipeline))
        experts = network.unshared * blocks / network.layers / (layout.tensor * layout.expert)
        embeddings = network.vocabulary * network.width
        both = embeddings * (1 if network.tied or layout.pipeline > 1 else 2)
        rest = network.parameters - network.unshared - embeddings * (1 if network.tied else 2)
        return (rest * blocks / network.layers + both) / layout.tensor, experts

    def _optimizer(self, layout: Layout) -> float:
        """AdamW reads gradient, weight and two moments and writes all but the first, and weights in sixteen bits, and the norm
        reads gradients once more: 34 bytes a weight. Muon's products beside: of a matrix (m, n), m <= n, an iteration takes
        2 m² (2 n + m) FLOP; ranks of data share the matrices out."""
        shared, experts = self.rank_parameters(layout)
        sharers = layout.sharers
        held = shared / sharers + experts / max(1.0, sharers / layout.expert)
        spent = self._kernels.moved(34 * held)
        if self.job.optimizer == "muon":
            network = self.job.transformer
            width, keys = network.width, network.kv_heads * network.head_width
            sides = [(width, network.heads * network.head_width)] * 2 + [(width, keys)] * 2
            sides += [(width, network.hidden)] * network.matrices * max(1, network.experts)
            flop = sum(2 * min(side) ** 2 * (2 * max(side) + min(side)) for side in sides) * _NEWTON
            blocks = max(stage_blocks(network.layers, layout.pipeline))
            rate = self.machine.accelerator.bfloat16 * self.machine.reached.matrix
            spent += flop * blocks / (layout.tensor * layout.sharers * rate)
        return spent


def bubble(layout: Layout, forward: float, backward: float, weights: float, microbatches: int) -> float:
    """Seconds that a stage waits while the pipeline fills and drains: F forward and B backward are those of a microbatch in a stage, W of
    the latter for gradients of weights.

    1F1B (p - 1)(F + B) (Narayanan et al. 2019); interleaved in v pieces a v-th (Narayanan et al. 2021); zero-bubble 1F1B does W
    there: (p - 1)(F + B - 2 W), F at the least, and W more for each microbatch that is missing to p (Qi et al. 2023, ZB-H1).
    """
    waits = layout.pipeline - 1
    if layout.schedule == "zero-bubble":
        missing = max(0, layout.pipeline - microbatches)
        return waits * max(forward, forward + backward - 2 * weights) + missing * weights
    return waits * (forward + backward) / layout.interleave
