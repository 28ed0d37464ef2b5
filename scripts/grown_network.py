"""Networks that share embeddings and the lowest layers (`train_shared.py`) and have upper layers and a head of their own, in torch.

What they ship is their own layers and head; `truthgpt.truth.crossencoder.model.grown` opens them. Needs the extra `weights`.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from export_verifier import eight_bits
from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.text import Tokens
from verifier_network import MINILM_LAYERS, MINILM_POSITIONS, WIDTH, CrossEncoder
from verifier_training import floats, warmed

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Ids, segments and mask (batch, tokens), and what is told of each text (batch, …)."""

Step = TypeVar("Step")
"""What a step of the training is given."""

WIDTHS = 8
"""Pairs are put together by their length, counted in this many tokens."""


class Grown(nn.Module):
    """Ids, segments and mask (batch, tokens) in; logits (batch, classes) out, or vectors of length 1 where there is no `head`.

    Of six layers the upper `own` are trained; they mean nothing until one of `start_from…` was called.
    """

    def __init__(self, own: int, head: str = "", classes: int = 0, drop: float = 0.0) -> None:
        super().__init__()
        weights = floats(model.load_shared()[0])
        self.encoder = CrossEncoder(len(weights["tokens.weight"]), MINILM_LAYERS, MINILM_POSITIONS, drop)
        found = {name: torch.from_numpy(values) for name, values in weights.items()}
        beside = self.encoder.load_state_dict(found, strict=False).unexpected_keys
        if beside:
            raise SystemExit(f"{model.SHARED} holds what the network has no place for: {', '.join(beside)}")
        self.head = nn.Linear(2 * WIDTH, classes) if head else None
        self.name = head
        self.first = MINILM_LAYERS - own
        self.encoder.requires_grad_(False)
        for layer in self.own():
            layer.requires_grad_(True)

    def own(self) -> nn.ModuleList:
        """The layers that are trained."""
        return self.encoder.layers[self.first :]

    def start_from_bert(self, folder: Path) -> None:
        """Takes the trained layers from the encoder in `folder`, a BERT of this shape; embeddings and what lies below stay."""
        other = CrossEncoder(self.encoder.tokens.num_embeddings, MINILM_LAYERS, MINILM_POSITIONS)
        other.start_from(folder)
        self._take(other)

    def start_from_checkpoint(self, folder: Path) -> None:
        """Takes the trained layers from the network that `train_shared.py` left in `folder`."""
        other = CrossEncoder(self.encoder.tokens.num_embeddings, MINILM_LAYERS, MINILM_POSITIONS)
        other.load_state_dict(torch.load(folder / "network.pt", weights_only=True))
        self._take(other)

    def _take(self, other: CrossEncoder) -> None:
        for mine, theirs in zip(self.own(), other.layers[self.first :], strict=True):
            mine.load_state_dict(theirs.state_dict())

    def start_from(self, path: Path) -> None:
        """Takes what `arrays` gave, out of the file `path`."""
        with np.load(path, allow_pickle=False) as stored:
            found = floats({name: stored[name] for name in stored.files})
        for number, layer in enumerate(self.own(), self.first):
            names = layer.state_dict()
            layer.load_state_dict(
                {name: torch.from_numpy(found[f"layers.{number}.{name}"]) for name in names}
            )
        if self.head is not None:
            self.head.load_state_dict(
                {name: torch.from_numpy(found[f"{self.name}.{name}"]) for name in self.head.state_dict()}
            )

    def arrays(self) -> dict[str, np.ndarray]:
        """What ships: the trained layers and the head, matrices as int8 with a scale a row."""
        state = {
            f"layers.{number}.{name}": value
            for number, layer in enumerate(self.own(), self.first)
            for name, value in layer.state_dict().items()
        }
        if self.head is not None:
            state |= {f"{self.name}.{name}": value for name, value in self.head.state_dict().items()}
        return eight_bits(state)

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        encoder = self.encoder
        attended = mask[:, None, None, :].bool()
        with torch.no_grad():
            x = encoder.tokens(ids) + encoder.positions.weight[: ids.shape[1]] + encoder.segments(segments)
            x = encoder.norm(x)
            for layer in encoder.layers[: self.first]:
                x = layer(x, attended)
        for layer in self.own():
            x = layer(x, attended)
        weights = mask[:, :, None].to(x.dtype)
        mean = (x * weights).sum(dim=1) / weights.sum(dim=1)
        if self.head is None:
            return functional.normalize(mean.float(), dim=1)
        pooled = functional.dropout(torch.cat((x[:, 0], mean), dim=1), 0.1, self.training)
        return self.head(pooled)


def batches(
    made: Sequence[Tokens], tokens_a_step: int, chance: random.Random
) -> Iterator[tuple[list[int], Tensor, Tensor, Tensor]]:
    """(places, ids, segments, mask) of texts of like length, in random order; places are those in `made`."""
    by_width: dict[int, list[int]] = {}
    for row in chance.sample(range(len(made)), len(made)):
        by_width.setdefault(-(-len(made[row].ids) // WIDTHS) * WIDTHS, []).append(row)
    groups = [
        (width, held[start : start + tokens_a_step // width])
        for width, held in by_width.items()
        for start in range(0, len(held), tokens_a_step // width)
    ]
    chance.shuffle(groups)
    for width, group in groups:
        yield group, *padded([made[row] for row in group], width)


def padded(made: Sequence[Tokens], width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, segments and mask (len(made), width) of texts of at most `width` tokens."""
    ids = torch.zeros(len(made), width, dtype=torch.long)
    segments = torch.zeros(len(made), width, dtype=torch.long)
    mask = torch.zeros(len(made), width)
    for place, one in enumerate(made):
        size = len(one.ids)
        ids[place, :size] = torch.tensor(one.ids)
        segments[place, :size] = torch.tensor(one.segments)
        mask[place, :size] = 1
    return ids, segments, mask


def fit(
    network: Grown,
    plan: Sequence[Step],
    loss_of: Callable[[Step], Tensor],
    *,
    rate: float,
    warm: float,
    decay: float,
) -> None:
    """Trains on `plan`, in its order: AdamW, warmed up over the share `warm` of the steps, then falling to nothing.

    Prints a JSON line every hundred steps.
    """
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser, schedule = warmed(trained, len(plan), rate, warm, decay)
    network.train()
    began, total = time.monotonic(), 0.0
    for step, given in enumerate(plan, 1):
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(given)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        total += loss.item()
        if step % 100 == 0:
            seconds = round(time.monotonic() - began)
            print(json.dumps({"step": step, "of": len(plan), "loss": round(total / 100, 4), "seconds": seconds}), flush=True)  # fmt: skip
            total = 0.0
    network.eval()


def write(network: Grown, folder: Path, weights: str, card: str, said: Mapping[str, object]) -> None:
    """Writes what ships into `folder`, and its card: what is `said`, the digests of the file and of the shared layers."""
    np.savez(folder / weights, **network.arrays())
    content = (folder / weights).read_bytes()
    about = {"sha256": hashlib.sha256(content).hexdigest(), "shared": model.load_shared()[1], **said}
    (folder / card).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"bytes": len(content)}))
