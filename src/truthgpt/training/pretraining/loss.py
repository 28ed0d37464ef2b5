"""Cross-entropy of the next token, from hidden states, without ever holding the scores of all tokens.

Scores of a batch are tokens · vocabulary numbers: at 32,768 tokens and as large a vocabulary 4 GB, read and written four
times. Here they are made for some tokens at a time, and the gradients of hidden states and output weights at once from
them, so that nothing is computed twice (as in Hsu et al. 2024, Liger Kernel). The price is a second buffer of the output
weights' size, in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from truthgpt.training.limits import SCORES


class _Chunked(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, chunk: int, wanted: bool, compiled: bool
    ) -> Tensor:
        turned = _compiled() if compiled else _turned
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        if wanted:
            hidden_gradient = torch.empty_like(hidden)
            weight_gradient = torch.zeros_like(weight, dtype=torch.float32)
        for part in range(0, len(hidden), chunk):
            here, target = hidden[part : part + chunk], targets[part : part + chunk, None]
            lost, slopes = turned(here @ weight.T, target, wanted)
            total += lost
            if slopes is not None:
                torch.matmul(slopes, weight, out=hidden_gradient[part : part + chunk])
                weight_gradient += slopes.T @ here
        if wanted:
            ctx.save_for_backward(hidden_gradient, weight_gradient.to(weight.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, *slope: Tensor) -> tuple[Tensor, Tensor, None, None, None, None]:
        hidden_gradient, weight_gradient = ctx.saved_tensors
        return hidden_gradient * slope[0], weight_gradient * slope[0], None, None, None, None


def _turned(scores: Tensor, target: Tensor, wanted: bool) -> tuple[Tensor, Tensor | None]:
    """`scores` (chunk, vocabulary) → the sum of -ln p(target), and where they are `wanted` its gradients by the scores, in their type."""
    kind = scores.dtype
    scores = scores.float()
    right, largest = scores.gather(1, target), scores.amax(1, keepdim=True)
    powers = scores.sub_(largest).exp_()
    together = powers.sum(1, keepdim=True)
    lost = (together.log() + largest - right).sum()
    if not wanted:
        return lost, None
    # The gradient of -log p[target] by the scores is p, less one at the target.
    slopes = powers.mul_(together.reciprocal())
    slopes.scatter_add_(1, target, torch.full_like(target, -1, dtype=slopes.dtype))
    return lost, slopes.to(kind)


@lru_cache(maxsize=1)
def _compiled() -> Callable[[Tensor, Tensor, bool], tuple[Tensor, Tensor | None]]:
    """`_turned` in few passes over the scores, where it would be eight, each as long as the memory takes: what matters on a GPU."""
    return torch.compile(_turned)


def summed(
    hidden: Tensor, weight: Tensor, targets: Tensor, scores: int | None = None, *, compiled: bool = False
) -> Tensor:
    """The sum over all tokens of -ln p(target), float32.

    `hidden` (..., D), `weight` (vocabulary, D) of the same type, `targets` (...) of the leading dimensions of `hidden`;
    `scores` bounds how many scores are held at once (None: `SCORES`); `compiled` computes what is no product by `torch.compile`.
    """
    chunk = max(1, (scores or SCORES[hidden.device.type]) // len(weight))
    # Autograd itself would say that gradients of the weights are wanted where nobody asks for any.
    wanted = torch.is_grad_enabled() and (hidden.requires_grad or weight.requires_grad)
    total: Tensor = _Chunked.apply(  # type: ignore[no-untyped-call]
        hidden.flatten(0, -2), weight, targets.flatten(), chunk, wanted, compiled
    )
    return total
