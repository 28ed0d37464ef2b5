"""How a cross-encoder is trained on claims, edits and stances, whichever encoder it began as. Needs the extra `weights`.

Only the training parts of `claim_sets` and `claim_edits` are read; one topic in twelve of them is kept back, on which
`fit_verifier.py` fits what probabilities the logits are worth. Arithmetic is bfloat16's where torch thinks that safe.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import log_softmax

from claim_sets import DATASETS, Pair
from truthgpt.truth.crossencoder.text import Asked, Tokens
from verifier_network import CrossEncoder
from verifier_pairs import is_kept_back

Cut = Callable[[Sequence[tuple[str, str]], Asked], list[Tokens]]

VERDICTS = {
    "supported": (0,), "refuted": (1,), "neither": (2,), "not supported": (1, 2),
}  # fmt: skip
STANCES = {"favor": (0,), "against": (1,), "none": (2,)}
TOKENS_A_STEP = 6_144
WIDTHS = 8
"""Tokens of a batch's texts, padding counted, are a multiple of this."""
WARM, DECAY = 0.06, 0.01
AVERAGED = (0.81, 0.97, 1.0)
"""Shares of the steps after which weights are taken; their mean is what is kept (Izmailov et al. 2018)."""


SAVED = 100
"""Steps between two checkpoints, from which training goes on where it was ended."""


@dataclass(frozen=True, slots=True)
class Example:
    """Tokens, what is asked, and the classes of which one is right."""

    ids: list[int]
    segments: list[int]
    asked: Asked
    right: tuple[int, ...]


def floats(weights: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[np.float32]]:
    """The package's arrays with their scales multiplied in, by their names in the network."""
    return {
        name: np.asarray(values * weights[f"{name}.scale"][:, None] if f"{name}.scale" in weights else values, np.float32)
        for name, values in weights.items()
        if not name.endswith(".scale")
    }  # fmt: skip


def examples(cut: Cut, pairs: Sequence[Pair], rows: Sequence[tuple[str, str, str]]) -> list[Example]:
    """Those that `verdict_pairs` and `stance_rows` make but what is kept back, in the tokens that `cut` makes."""
    pairs = [pair for pair in pairs if not is_kept_back(pair.topic)]
    # Chinese is learned from these alone, and they are short.
    pairs += [pair for pair in pairs if pair.source in ("ocnli", "turned")]
    made = [
        Example(*found, "verdict", VERDICTS[pair.label])
        for pair, found in zip(pairs, cut([(p.claim, p.evidence) for p in pairs], "verdict"), strict=True)
    ]
    made += [
        Example(*found, "stance", STANCES[stance])
        for (_, _, stance), found in zip(rows, cut([row[:2] for row in rows], "stance"), strict=True)
    ]
    return made


def batches(made: Sequence[Example], dice: random.Random) -> list[list[Example]]:
    """Batches of examples of like length, in a random order, each of about `TOKENS_A_STEP` tokens with its padding."""
    by_width: dict[int, list[Example]] = {}
    for one in dice.sample(made, len(made)):
        by_width.setdefault(-(-len(one.ids) // WIDTHS) * WIDTHS, []).append(one)
    # Few shapes, each met often: the kernels are made once for each.
    found = [
        held[start : start + TOKENS_A_STEP // width]
        for width, held in by_width.items()
        for start in range(0, len(held), TOKENS_A_STEP // width)
    ]
    dice.shuffle(found)
    return found


def padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, segments and mask, (batch, longest)."""
    longest = -(-max(len(one.ids) for one in batch) // WIDTHS) * WIDTHS
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    segments, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        segments[row, : len(one.ids)] = torch.tensor(one.segments)
        mask[row, : len(one.ids)] = 1
    return ids, segments, mask


def loss_of(network: CrossEncoder, batch: Sequence[Example]) -> torch.Tensor:
    """Mean of -log of the probability that the class is one of those that may be right."""
    with torch.autocast("cpu", torch.bfloat16):
        verdict, stance = (logits.float() for logits in network(*padded(batch)))
    asked = torch.tensor([one.asked == "stance" for one in batch])[:, None]
    chances = log_softmax(torch.where(asked, stance, verdict), dim=1)
    allowed = torch.full_like(chances, -math.inf)
    for row, one in enumerate(batch):
        allowed[row, list(one.right)] = 0.0
    return -torch.logsumexp(chances + allowed, dim=1).mean()


def warmed(
    weights: Sequence[torch.nn.Parameter], steps: int, rate: float, share: float, decay: float
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """AdamW, and its schedule: up to `rate` over the `share` of the steps, then falling to nothing."""
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=decay, betas=(0.9, 0.98), fused=True)
    rising = int(share * steps)
    return optimiser, torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / rising, (steps - step) / (steps - rising))
    )


def prepare(checkpoint: Path) -> None:
    """Sees that the data is there, makes the folder `checkpoint`, and makes chance the same in each run."""
    if not DATASETS.is_dir():
        raise SystemExit(f"{DATASETS} is not there; name the data's folder in TRUTHGPT_DATASETS")
    torch.manual_seed(0)
    checkpoint.mkdir(parents=True, exist_ok=True)


def train(network: CrossEncoder, made: Sequence[Example], epochs: int, rate: float, checkpoint: Path) -> None:
    """Trains in place and leaves the mean of the last weights as `network.pt` in `checkpoint`; prints what is read, and a JSON line
    every 50 steps.

    What was ended goes on from `state.pt`, which the same call left there.
    """
    print(json.dumps({"examples": len(made), "tokens": sum(len(one.ids) for one in made)}), flush=True)
    dice = random.Random(1)
    plan = [batch for _ in range(epochs) for batch in batches(made, dice)]
    optimiser, schedule = warmed(list(network.parameters()), len(plan), rate, WARM, DECAY)
    taken = [round(share * len(plan)) for share in AVERAGED]
    mean = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    kept, first = checkpoint / "state.pt", 0
    if kept.exists():
        first, state, mean, *rest = torch.load(kept, weights_only=True)
        network.load_state_dict(state)
        for part, found in zip((optimiser, schedule), rest, strict=True):
            part.load_state_dict(found)
    network.train()
    began, total = time.monotonic(), 0.0
    for step, batch in enumerate(plan[first:], first + 1):
        loss = loss_of(network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        total += loss.item()
        if step % 50 == 0:
            seconds = round(time.monotonic() - began)
            print(json.dumps({"step": step, "of": len(plan), "loss": round(total / 50, 4), "seconds": seconds}), flush=True)  # fmt: skip
            total = 0.0
        if step in taken:
            for name, value in network.state_dict().items():
                mean[name] += value / len(taken)
        if step % SAVED == 0:
            parts = (step, network.state_dict(), mean, optimiser.state_dict(), schedule.state_dict())
            torch.save(parts, kept)
    torch.save(mean, checkpoint / "network.pt")
