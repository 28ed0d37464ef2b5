"""A network in, the same over many ranks out. The network knows nothing of it; all of it stands here, in its one order.

Tensor parallelism cuts the blocks' matrices (Shoeybi et al. 2019) by DTensor; then activations that are made anew are
marked, blocks compiled, and what is left of weights, gradients and optimiser cut over ranks block by block (FSDP2), or
over groups of ranks that each hold the whole (HSDP).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

from truthgpt.language.network import Network
from truthgpt.training.pretraining import fp8 as fp8_matrices
from truthgpt.training.pretraining import loss
from truthgpt.training.pretraining.weights import Halves, Learned, Whole
from truthgpt.training.pretraining.world import World


class Objective(nn.Module):
    """What is trained: tokens in, the sum of their losses out. The loss is inside, where the output's weights are whole."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.compiled = False

    def forward(self, tokens: Tensor, targets: Tensor, documents: Tensor) -> Tensor:
        """(B, T) each → ()."""
        hidden = self.network(tokens, documents)
        return loss.summed(hidden, self.network.lm_head.weight, targets, compiled=self.compiled)


def parallelise(
    objective: Objective,
    world: World,
    *,
    dtype: torch.dtype,
    recompute: str,
    compile: bool,  # noqa: A002 (PyTorch's name)
    fp8: bool = False,
) -> Learned:
    """Lay `objective` out over `world`, in place; the weights that learn.

    `dtype` is what is computed in, the products of the blocks in eight bits where `fp8`; weights that learn, sums of their
    gradients and the optimiser are float32.
    """
    network = objective.network
    if world.alone:
        network.to(world.device)  # else each part goes there by itself, once it is cut
    if world.mesh["tensor"].size() > 1:
        _tensor_parallel(network, world)
    if fp8:
        fp8_matrices.require_device(world.device)
        fp8_matrices.convert(network)
    if recompute != "none":
        _recompute(network, recompute)
    if compile:
        for block in network.model.layers:
            block.compile(fullgraph=True)
        objective.compiled = world.device.type == "cuda"  # on a CPU what is compiled is no faster
    if not world.alone:
        _shard(objective, world, dtype)
        return Whole(network)
    return Whole(network) if dtype == torch.float32 else Halves(network, dtype)


def _tensor_parallel(network: Network, world: World) -> None:
    mesh = world.mesh["tensor"]
    for block in network.model.layers:
        parallelize_module(
            block,
            mesh,
            {
                "self_attn.q_proj": ColwiseParallel(),
                "self_attn.k_proj": ColwiseParallel(),
                "self_attn.v_proj": ColwiseParallel(),
                "self_attn.o_proj": RowwiseParallel(),
                "mlp.gate_proj": ColwiseParallel(),
                "mlp.up_proj": ColwiseParallel(),
                "mlp.down_proj": RowwiseParallel(),
            },
        )


_KEPT = (
    torch.ops.higher_order.flex_attention,
    torch.ops.higher_order.inductor_compiled_code,
    torch.ops.aten.mm.default,
    torch.ops.aten.addmm.default,
    torch.ops.aten._scaled_mm.default,
    torch.ops.aten._scaled_dot_product_flash_attention.default,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default,
)
"""What costs most and holds little: results that a selective policy keeps."""


def _recompute(network: Network, policy: str) -> None:
    def keep(_context: Any, operation: Any, *_args: Any, **_options: Any) -> CheckpointPolicy:
        return CheckpointPolicy.MUST_SAVE if operation in _KEPT else CheckpointPolicy.PREFER_RECOMPUTE

    options: dict[str, Any] = {"use_reentrant": False, "preserve_rng_state": False}
    if policy == "selective":
        options["context_fn"] = partial(create_selective_checkpoint_contexts, keep)
    for block in network.model.layers:
        # In the place of `forward`, not around the block: weights keep their names.
        block.forward = _anew(block.forward, options)


def _anew(forward: Callable[..., Tensor], options: dict[str, Any]) -> Callable[..., Tensor]:
    """`forward` under `checkpoint`, as a plain function: in a `partial` the compiler finds nothing to compile."""

    def computed(*args: Any) -> Tensor:
        made: Tensor = checkpoint(forward, *args, **options)
        return made

    return computed


def _shard(objective: Objective, world: World, dtype: torch.dtype) -> None:
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    replicated = world.mesh["replicate"].size() > 1
    mesh = world.mesh["replicate", "shard"] if replicated else world.mesh["shard"]
    for block in objective.network.model.layers:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(objective, mesh=mesh, mp_policy=policy)
