"""Matrix products in eight bits, for GPUs that compute them twice as fast (Hopper, Ada, Blackwell).

A linear layer is three products: forward y = x Wᵀ, backward dx = dy W and dW = dyᵀ x. Each of its operands is scaled by one
number so that its largest entry is the format's largest, and rounded: e4m3 (finer) forward, e5m2 (wider) for gradients
(Micikevicius et al. 2022). Scales are of the tensor at hand; nothing is remembered from step to step, so that a resumed
run is the undisturbed one. One number a tensor is the coarsest choice: an outlier costs all others precision, which scales
by row (torchao's) would not; it is also the fastest. The output's weights and the embedding stay in 16 bits.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from truthgpt.errors import BadInputError
from truthgpt.language.network import Network, Shape

_FORWARD: Final = torch.float8_e4m3fn
_BACKWARD: Final = torch.float8_e5m2
_MULTIPLE: Final = 16
"""Sides of a matrix are multiples of it, which the hardware asks for."""
_NEEDED: Final = (8, 9)
"""CUDA's compute capability from which there are such products: Ada, Hopper."""


def rounded(values: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
    """`values` in eight bits, and the number () float32 that makes them what they were."""
    largest = values.abs().amax().float().clamp(min=1e-12)
    scale = torch.finfo(kind).max / largest
    # The cast does not saturate: what rounding pushes past the end must not become infinite.
    bound = torch.finfo(kind).max
    return (values.float() * scale).clamp(-bound, bound).to(kind), scale.reciprocal()


def _product(left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor], out: torch.dtype) -> Tensor:
    """left (n, k) times right (m, k) transposed → (n, m)."""
    product: Tensor = torch._scaled_mm(
        left[0].contiguous(),
        right[0].contiguous().t(),
        scale_a=left[1],
        scale_b=right[1],
        out_dtype=out,
        use_fast_accum=False,
    )
    return product


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        flat, scaled = rounded(x.flatten(0, -2), _FORWARD), rounded(weight, _FORWARD)
        ctx.save_for_backward(*flat, *scaled)
        ctx.lead = x.shape[:-1]
        return _product(flat, scaled, x.dtype).view(*ctx.lead, -1)

    @staticmethod
    def backward(ctx: Any, *slope: Tensor) -> tuple[Tensor, Tensor]:
        x, x_scale, weight, weight_scale = ctx.saved_tensors
        gradient, scale = rounded(slope[0].flatten(0, -2), _BACKWARD)
        by_input = _product((gradient, scale), (weight.t(), weight_scale), slope[0].dtype)
        by_weight = _product((gradient.t(), scale), (x.t(), x_scale), slope[0].dtype)
        return by_input.view(*ctx.lead, -1), by_weight


class Linear(nn.Linear):
    """`nn.Linear` without bias, whose three products are of eight bits."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the parent's name)
        product: Tensor = _Linear.apply(  # type: ignore[no-untyped-call]
            input, self.weight.to(input.dtype)
        )
        return product


def require(shape: Shape, length: int, tensor: int = 1) -> None:
    """Raise `BadInputError` where a matrix of a network of `shape`, cut over `tensor` ranks, or of its sequences of `length` tokens has a
    side that the hardware does not take."""
    cut = (shape.heads * shape.head_width, shape.kv_heads * shape.head_width, shape.hidden)
    for side in (shape.width, length, *(whole / tensor for whole in cut)):
        if side % _MULTIPLE:
            raise BadInputError(
                f"fp8 needs sides and sequences that are multiples of {_MULTIPLE}, and one is {side:g}"
            )


def require_device(device: torch.device) -> None:
    """Raise `BadInputError` where `device` is a GPU that has no products of eight bits."""
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < _NEEDED:
        raise BadInputError(
            f"{torch.cuda.get_device_name(device)} has no products in fp8; take [pretrain] precision bfloat16"
        )


def convert(network: Network) -> None:
    """Make the linear layers of the blocks compute in eight bits; their weights stay what they are."""
    for layer in network.model.layers.modules():
        if isinstance(layer, nn.Linear):
            layer.__class__ = Linear
