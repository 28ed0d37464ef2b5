"""The weights that learn, apart from those that compute: float32 here, 16 bits there.

Where FSDP lays the network out it keeps float32 itself and casts what it gathers. One process alone has `Halves` do it: the
network's own weights become 16 bits wide, what each backward pass gives is added up in float32, and after a step they are
written anew. Autocast would cast at each product instead, and compute every norm in float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn


class Learned(Protocol):
    """Weights by name, float32, which an optimiser steps; their gradients are there after each backward pass."""

    @property
    def named(self) -> Mapping[str, nn.Parameter]: ...

    def written(self) -> None:
        """The weights were changed: whatever computes with others takes them over."""
        ...


class Whole:
    """The network's own weights."""

    def __init__(self, network: nn.Module) -> None:
        self.named: Mapping[str, nn.Parameter] = dict(network.named_parameters())

    def written(self) -> None:
        """They are the ones that compute."""


class Halves:
    """Float32 weights of a network that computes with 16-bit ones of type `dtype`, which its own become."""

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        self._halves = dict(network.named_parameters())
        self.named: Mapping[str, nn.Parameter] = {
            name: nn.Parameter(weight.detach().clone()) for name, weight in self._halves.items()
        }
        for name, weight in self._halves.items():
            weight.data = weight.data.to(dtype)
            weight.register_post_accumulate_grad_hook(  # type: ignore[no-untyped-call]
                partial(_add, self.named[name])
            )

    @torch.no_grad()
    def written(self) -> None:
        for name, weight in self._halves.items():
            weight.copy_(self.named[name])


def _add(learned: nn.Parameter, half: Tensor) -> None:
    """Adds the gradient of `half` to that of `learned`, and takes it away."""
    assert half.grad is not None
    gradient, half.grad = half.grad.float(), None
    learned.grad = gradient if learned.grad is None else learned.grad.add_(gradient)
