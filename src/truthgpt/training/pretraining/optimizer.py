"""Gradients in, better weights out: Muon for the blocks' matrices, AdamW for all else.

AdamW (Loshchilov & Hutter 2019) is PyTorch's. Muon (Jordan et al. 2024) takes the momentum of a matrix and steps along the
nearest orthogonal one, so that every direction in it learns alike; five Newton-Schulz steps come near enough to that, with
matrix products alone. An update is scaled by 0.2·√(the longer side), which gives it the root mean square of AdamW's, so
that both share one learning rate and one decay (Liu et al. 2025, Moonlight).

Weights may be cut over ranks (`DTensor`). Each rank then orthogonalises some of the matrices of a shape and tells the
others: the products, which grow with the width alone and not with the batch, are computed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, Replicate

from truthgpt.training.limits import MATRICES

LIKE_ADAMW: Final = 0.2

_STEPS: Final = 5
_QUINTIC: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients that take singular values from (0, 1] to about 1 fastest (Jordan et al. 2024)."""


@torch.no_grad()
def orthogonal(matrix: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """About UVᵀ of the decomposition UΣVᵀ of each of `matrix` (..., n, m): singular values end between 0.7 and 1.2.

    Computed in `dtype`; bfloat16 is enough for a step (Jordan et al. 2024).
    """
    x = matrix.to(dtype)
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = _QUINTIC
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    result: Tensor = (x.mT if tall else x).to(matrix.dtype)
    return result


class Optimizer:
    """Steps all weights of a network; keeps its state by the weights' names, so that it outlasts any change of ranks.

    `named` are the network's weights, those of a tied embedding once. Where `muon` is false AdamW takes all of them. `betas` are AdamW's,
    `momentum` is Muon's.
    `dtype` is what matrices are made orthogonal in.
    """

    def __init__(
        self,
        named: Iterable[tuple[str, nn.Parameter]],
        *,
        muon: bool,
        decay: float,
        betas: tuple[float, float] = (0.9, 0.95),
        momentum: float = 0.95,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._named, self._dtype = dict(named), dtype
        self._decay, self._momentum = decay, momentum
        self._matrices = {
            name: weight
            for name, weight in self._named.items()
            if muon and weight.dim() == 2 and not name.endswith(("embed_tokens.weight", "lm_head.weight"))
        }
        self._momenta = {name: torch.zeros_like(weight) for name, weight in self._matrices.items()}
        self._others = {name: weight for name, weight in self._named.items() if name not in self._matrices}
        groups = [
            # Scales of norms are few and stand near 1: nothing draws them to 0.
            {
                "params": [weight for weight in self._others.values() if weight.dim() > 1],
                "weight_decay": decay,
            },
            {"params": [weight for weight in self._others.values() if weight.dim() < 2], "weight_decay": 0.0},
        ]
        # The rate is a number that changes each step: one that Adam's kernels take as it is.
        self._adam = torch.optim.AdamW(groups, lr=0.0, betas=betas, fused=True)
        for weight in self._others.values():
            self._adam.state[weight] = {
                "step": torch.zeros((), device=weight.device),
                "exp_avg": torch.zeros_like(weight),
                "exp_avg_sq": torch.zeros_like(weight),
            }

    def step(self, rate: float) -> None:
        """One step of every weight that has a gradient, at the learning rate `rate`."""
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        self._step_matrices(rate)

    def clear(self) -> None:
        """Forget the gradients."""
        for weight in self._named.values():
            weight.grad = None

    def state(self) -> dict[str, Any]:
        """Tensors by name, the very ones that are stepped: to be written, or read into."""
        state: dict[str, Any] = {f"{name}.momentum": momentum for name, momentum in self._momenta.items()}
        for name, weight in self._others.items():
            state |= {f"{name}.{kind}": value for kind, value in self._adam.state[weight].items()}
        return state

    @torch.no_grad()
    def _step_matrices(self, rate: float) -> None:
        by_shape: dict[tuple[int, ...], list[str]] = {}
        for name, weight in self._matrices.items():
            if weight.grad is not None:
                by_shape.setdefault(tuple(weight.shape), []).append(name)
        for names in by_shape.values():
            updates: list[Tensor] = []
            for name in names:
                gradient = self._matrices[name].grad
                assert gradient is not None
                momentum = self._momenta[name].lerp_(gradient, 1 - self._momentum)
                updates.append(gradient.lerp(momentum, self._momentum))  # Nesterov's look ahead
            for name, update in zip(names, _orthogonalised(updates, self._dtype), strict=True):
                weight = self._matrices[name]
                weight.mul_(1 - rate * self._decay)
                weight.add_(update, alpha=-rate * LIKE_ADAMW * max(weight.shape) ** 0.5)


def _orthogonalised(updates: Sequence[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """Each of `updates`, all of one shape, made orthogonal, and cut over ranks as it was."""
    if not isinstance(updates[0], DTensor):
        return list(orthogonal(torch.stack(list(updates)), dtype))
    share = min(dist.get_world_size(), MATRICES)
    made: list[Tensor] = []
    for first in range(0, len(updates), share):
        made += _round(updates[first : first + share], first, dtype)
    return made


def _round(updates: Sequence[Tensor], first: int, dtype: torch.dtype) -> list[Tensor]:
    """Some of `updates`, the `first` of all, made orthogonal, each by a rank that tells all others. Rounds begin with other ranks."""
    ranks, rank = dist.get_world_size(), dist.get_rank()
    whole = [_whole(update).contiguous() for update in updates]
    owners = [(first + index) % ranks for index in range(len(whole))]
    if rank in owners:
        mine = whole[owners.index(rank)]
        mine.copy_(orthogonal(mine, dtype))
    for full, owner in zip(whole, owners, strict=True):
        dist.broadcast(full, owner)
    return [_cut(full, update) for full, update in zip(whole, updates, strict=True)]


def _whole(update: Tensor) -> Tensor:
    assert isinstance(update, DTensor)
    return update.full_tensor()


def _cut(full: Tensor, like: Tensor) -> Tensor:
    """`full`, which every rank has, cut as `like` is: no rank sends anything."""
    assert isinstance(like, DTensor)
    mesh = like.device_mesh
    everywhere = DTensor.from_local(full, mesh, [Replicate()] * mesh.ndim, run_check=False)
    return everywhere.redistribute(mesh, like.placements)


@torch.no_grad()
def gradient_norm(weights: Iterable[nn.Parameter]) -> Tensor:
    """The Euclidean norm of all gradients together, the same on every rank; () float32."""
    by_mesh: Mapping[Any, list[Tensor]] = {}
    for weight in weights:
        if weight.grad is not None:
            mesh = (
                (weight.grad.device_mesh, weight.grad.placements)
                if isinstance(weight.grad, DTensor)
                else None
            )
            by_mesh.setdefault(mesh, []).append(weight.grad)  # type: ignore[attr-defined]
    norms = []
    for gradients in by_mesh.values():
        norm = torch.nn.utils.get_total_norm(gradients)
        norms.append(norm.full_tensor() if isinstance(norm, DTensor) else norm)
    total: Tensor = torch.stack([norm.float() for norm in norms]).norm()
    return total


@torch.no_grad()
def scale_gradients(weights: Iterable[nn.Parameter], factor: Tensor) -> None:
    """Multiply every gradient by `factor`."""
    for weight in weights:
        if weight.grad is not None:
            weight.grad.mul_(factor.to(weight.grad.device))
