"""Train the law's second reader, an encoder taught to read prompts, and write its weights into the package.

    python scripts/law/train_reader.py --shared CHECKPOINT | --onward [--epochs 4] [--seed 1]

The embeddings and the first layers are shared ones, unchanged and not written again (`truthgpt.truth.crossencoder`); the layers
above and the head are trained on what `train.py` trains on, and what they make of the rest is printed as there. Needs PyTorch and the
public sets in `TRUTHGPT_DATASETS`; some three minutes an epoch on two cores. The layers above begin as
those of the network that `train_shared.py` left in CHECKPOINT, or with `--onward` as the reader's own in the package.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from prompts import LAWFUL

from grown_network import Batch, Grown, batches, fit, write
from train import OFFENCES, TERMS, epoch, found_at, given, held_back
from truthgpt.law.classifier import FOLDER
from truthgpt.law.reader import CARD, FORMAT, HEAD, LONGEST, OWN_LAYERS, WEIGHTS
from truthgpt.truth.crossencoder.words import alone

RATE, WARM, DECAY = 1.5e-4, 0.06, 0.01
TOKENS_A_STEP = 3_072
SHARE, TIMES = 0.6, 2
"""Of the rows of an epoch of `train.py`, which are many for a network that learns this fast."""


def labelled(rows: list[tuple[str, str]], classes: list[str], chance: random.Random) -> Iterator[Batch]:
    """Batches of (prompt, label), in random order."""
    made = alone([text for text, _ in rows], LONGEST)
    labels = torch.tensor([classes.index(label) for _, label in rows])
    for places, ids, segments, mask in batches(made, TOKENS_A_STEP, chance):
        yield ids, segments, mask, labels[places]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    begun = parser.add_mutually_exclusive_group(required=True)
    begun.add_argument("--shared", type=Path, help="begin from the network that train_shared.py left there")
    begun.add_argument("--onward", action="store_true", help="begin from the weights in the package")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    torch.manual_seed(asked.seed)
    classes = [LAWFUL, *OFFENCES]
    known = given()
    plan = [
        batch
        for _ in range(asked.epochs)
        for batch in labelled(epoch(chance, known, SHARE, TIMES), classes, chance)
    ]
    network = Grown(OWN_LAYERS, HEAD, len(classes))  # words left out do as well, and cost nothing
    if asked.onward:
        network.start_from(FOLDER / WEIGHTS)
    else:
        network.start_from_checkpoint(asked.shared)
    fit(network, plan, lambda batch: loss(network, *batch), rate=RATE, warm=WARM, decay=DECAY)
    print(json.dumps(validated(network, classes)))
    about = {"format": FORMAT, "script": "scripts/law/train_reader.py", "classes": classes}
    made = {"epochs": asked.epochs, "seed": asked.seed, "onward": asked.onward, **known.counts}
    write(network, FOLDER, WEIGHTS, CARD, {**about, "made": made, **TERMS})


def loss(
    network: Grown, ids: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    return functional.cross_entropy(network(ids, segments, mask).float(), labels, label_smoothing=0.02)


def validated(network: Grown, classes: list[str]) -> dict[str, dict[str, float]]:
    """As in `train.py`."""
    network.eval()
    found = {}
    for source, texts in held_back().items():
        with torch.no_grad():
            likely = torch.cat(
                [
                    1 - network(ids, segments, mask).softmax(1)[:, 0]
                    for ids, segments, mask, _ in labelled(
                        [(text, LAWFUL) for text in texts], classes, random.Random(1)
                    )
                ]
            )
        found |= found_at(source, likely.numpy())
    return found


if __name__ == "__main__":
    main()
