"""Train the law's second reader, the verifier's encoder taught to read prompts, and write its weights into the package.

    python scripts/law/train_reader.py [--epochs 4] [--seed 1] [--onward]

The embeddings and the first layers are the verifier's, unchanged and not written again (`truthgpt.truth.crossencoder`); the layers
above and the head are trained on what `train.py` trains on, and what they make of the rest is printed as there. Needs PyTorch and the
public sets in `TRUTHGPT_DATASETS`; some three minutes an epoch on two cores. `--onward` goes on from the weights in the package.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from prompts import LAWFUL

from export_verifier import eight_bits
from train import OFFENCES, epoch, found_at, given, held_back, keep_card
from train_verifier import floats
from truthgpt.law.kept import FOLDER
from truthgpt.law.reader import CARD, FORMAT, OWN_LAYERS, WEIGHTS, tokens
from truthgpt.truth.crossencoder import model
from verifier_network import LAYERS, WIDTH, CrossEncoder

RATE, WARM, DECAY = 1.5e-4, 0.06, 0.01
TOKENS_A_STEP = 3_072
SHARE, TIMES = 0.6, 2
"""Of the rows of an epoch of `train.py`, which are many for a network that learns this fast."""
WIDTHS = 8


class Reader(nn.Module):
    """Ids and mask (batch, tokens) in; logits (batch, classes) out."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        weights = floats(model.load_weights(model.FOLDER))
        self.encoder = CrossEncoder(
            len(weights["tokens.weight"]), drop=0.0
        )  # words left out do as well, and cost nothing
        self.encoder.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
        self.head = nn.Linear(2 * WIDTH, classes)
        self.encoder.requires_grad_(False)
        for layer in self.own():
            layer.requires_grad_(True)

    def start_from(self, path: Path) -> None:
        """Takes what `write` left in `path`."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = floats({name: stored[name] for name in stored.files})
        for number, layer in enumerate(self.own(), LAYERS - OWN_LAYERS):
            names = layer.state_dict()
            layer.load_state_dict(
                {name: torch.from_numpy(arrays[f"layers.{number}.{name}"]) for name in names}
            )
        self.head.load_state_dict(
            {name: torch.from_numpy(arrays[f"head.{name}"]) for name in self.head.state_dict()}
        )

    def own(self) -> nn.ModuleList:
        """The layers that are trained."""
        return self.encoder.layers[LAYERS - OWN_LAYERS :]

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        encoder = self.encoder
        with torch.no_grad():
            x = encoder.tokens(ids) + encoder.positions.weight[: ids.shape[1]] + encoder.segments.weight[0]
            x = encoder.norm(x)
            attended = mask[:, None, None, :].bool()
            for layer in encoder.layers[: LAYERS - OWN_LAYERS]:
                x = layer(x, attended)
        for layer in self.own():
            x = layer(x, attended)
        weights = mask[:, :, None].to(x.dtype)
        mean = (x * weights).sum(dim=1) / weights.sum(dim=1)
        pooled = functional.dropout(torch.cat((x[:, 0], mean), dim=1), 0.1, self.training)
        return self.head(pooled)


def batches(
    rows: list[tuple[str, str]], classes: list[str], chance: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """(ids, mask, labels) of rows of like length, in random order."""
    made = tokens([text for text, _ in rows])
    labels = [classes.index(label) for _, label in rows]
    by_width: dict[int, list[int]] = {}
    for row in chance.sample(range(len(rows)), len(rows)):
        by_width.setdefault(-(-len(made[row]) // WIDTHS) * WIDTHS, []).append(row)
    groups = [
        (width, held[start : start + TOKENS_A_STEP // width])
        for width, held in by_width.items()
        for start in range(0, len(held), TOKENS_A_STEP // width)
    ]
    chance.shuffle(groups)
    for width, group in groups:
        ids = torch.zeros(len(group), width, dtype=torch.long)
        mask = torch.zeros(len(group), width)
        for place, row in enumerate(group):
            ids[place, : len(made[row])] = torch.tensor(made[row])
            mask[place, : len(made[row])] = 1
        yield ids, mask, torch.tensor([labels[row] for row in group])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--onward", action="store_true", help="begin from the weights in the package")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    torch.manual_seed(asked.seed)
    classes = [LAWFUL, *OFFENCES]
    known = given()
    plan = [
        batch
        for _ in range(asked.epochs)
        for batch in batches(epoch(chance, known, SHARE, TIMES), classes, chance)
    ]
    network = Reader(len(classes))
    if asked.onward:
        network.start_from(FOLDER / WEIGHTS)
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98), fused=True)
    warm = int(WARM * len(plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (len(plan) - step) / (len(plan) - warm))
    )
    network.train()
    began, total = time.monotonic(), 0.0
    for step, (ids, mask, labels) in enumerate(plan, 1):
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(ids, mask)
        loss = functional.cross_entropy(logits.float(), labels, label_smoothing=0.02)
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
    print(json.dumps(validated(network, classes)))
    write(
        network, classes, {"epochs": asked.epochs, "seed": asked.seed, "onward": asked.onward, **known.counts}
    )


def validated(network: Reader, classes: list[str]) -> dict[str, dict[str, float]]:
    """As in `train.py`."""
    network.eval()
    found = {}
    for source, texts in held_back().items():
        with torch.no_grad():
            likely = torch.cat(
                [
                    1 - network(ids, mask).softmax(1)[:, 0]
                    for ids, mask, _ in batches([(text, LAWFUL) for text in texts], classes, random.Random(1))
                ]
            )
        found |= found_at(source, likely.numpy())
    return found


def write(network: Reader, classes: list[str], made: dict[str, int | bool]) -> None:
    """The weights and their card: matrices as int8 with a scale a row."""
    state = {
        f"layers.{LAYERS - OWN_LAYERS + number}.{name}": value
        for number, layer in enumerate(network.own())
        for name, value in layer.state_dict().items()
    }
    state |= {f"head.{name}": value for name, value in network.head.state_dict().items()}
    np.savez(FOLDER / WEIGHTS, **eight_bits(state))
    encoder = model.digests(model.FOLDER)
    keep_card(
        WEIGHTS,
        CARD,
        {"format": FORMAT, "encoder": encoder, "script": "scripts/law/train_reader.py"},
        classes,
        made,
    )


if __name__ == "__main__":
    main()
