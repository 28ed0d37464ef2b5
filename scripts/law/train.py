"""Train the law's classifier and write `truthgpt/law/weights`.

    python scripts/law/train.py [--epochs 11] [--seed 1] [--validate]

Each epoch frames the phrases anew (`prompts`), wraps some in greetings and jailbreak openings, drops or misspells words, and puts lawful sentences before
others. The network is that of `truthgpt.law.classifier`; its matrices are written as 8-bit integers with a scale an output. Needs PyTorch and the
public sets in `TRUTHGPT_DATASETS`; some ten minutes on two cores. `--validate` leaves out an eighth of the topics and of the lawful, writes nothing, and
prints what the network makes of them at several thresholds: those of `truthgpt.law.decide` are set by it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterator

import numpy as np
import prompts as sources
import torch
from prompts import LAWFUL, Part, Prompt
from torch import nn
from torch.nn import functional

from truthgpt.corpus.fold import plain
from truthgpt.law.classifier import CARD, FOLDER, FORMAT, LONGEST, WEIGHTS
from truthgpt.search.embedding import Embedding

WIDTH, UNITS = 128, 128
REQUESTS, ABOUT, FINE, FINE_ABOUT, TITLES = 10_000, 9_000, 7_000, 1_500, 9_000
PREFIXED, WRAPPED, DROPPED, MISSPELT = 0.12, 0.2, 0.15, 0.12
UNSEEN = 0.08
BATCH, RATE = 96, 2e-3


class Network(nn.Module):
    def __init__(self, dimensions: int, classes: int) -> None:
        super().__init__()
        self.reduce = nn.Linear(dimensions, WIDTH)
        self.near = nn.Linear(3 * WIDTH, WIDTH)
        self.far = nn.Linear(3 * WIDTH, WIDTH)
        self.hidden = nn.Linear(2 * WIDTH, UNITS)
        self.out = nn.Linear(UNITS, classes)
        self.drop = nn.Dropout(0.15)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """`tokens` (batch, length, dimensions), `mask` (batch, length, 1) → logits (batch, classes)."""
        x = functional.relu(self.reduce(self.drop(tokens))) * mask
        x = (x + functional.relu(self.near(_beside(x, 1)))) * mask
        x = (x + functional.relu(self.far(_beside(x, 2)))) * mask
        mean = x.sum(1) / mask.sum(1).clamp(min=1)
        pooled = torch.cat([x.amax(1), mean], 1)  # x is never negative: padding changes no maximum
        return self.out(self.drop(functional.relu(self.hidden(self.drop(pooled)))))


def _beside(x: torch.Tensor, apart: int) -> torch.Tensor:
    padded = functional.pad(x, (0, 0, apart, apart))
    count = x.shape[1]
    return torch.cat([padded[:, :count], x, padded[:, 2 * apart : 2 * apart + count]], 2)


Phrases = list[tuple[str, str, str]]


def epoch(
    chance: random.Random, unlawful: Phrases, fine: Phrases, read: list[Prompt], lawful: list[Prompt]
) -> list[tuple[str, str]]:
    """The (text, label) of one epoch."""
    by_language = {code: [item for item in unlawful if item[2] == code] for code in ("en", "pt", "zh")}
    rows: list[tuple[str, str, str]] = []

    def drawn(count: int, pool: dict[str, list[tuple[str, str, str]]], kind: str, label: str | None) -> None:
        for _ in range(count):
            language = chance.choices(("en", "pt", "zh"), (0.6, 0.2, 0.2))[0]
            offence = chance.choice(OFFENCES)
            items = [item for item in pool[language] if item[1] == offence] or pool[language]
            phrase, of, _ = chance.choice(items)
            rows.append((sources.framed(phrase, kind, language, chance), label or of, language))

    drawn(REQUESTS, by_language, "asking", None)
    drawn(ABOUT, by_language, "about", LAWFUL)
    fine_by = {code: [item for item in fine if item[2] == code] for code in ("en", "pt", "zh")}
    drawn(FINE, fine_by, "asking", LAWFUL)
    drawn(FINE_ABOUT, fine_by, "about", LAWFUL)
    for prompt in read:
        rows += [(prompt.text, prompt.label, prompt.language)] * 6
    rows += [(prompt.text[:280], LAWFUL, prompt.language) for prompt in chance.sample(lawful, TITLES)]
    return [(_altered(text, language, chance, lawful), label) for text, label, language in rows]


def _altered(text: str, language: str, chance: random.Random, lawful: list[Prompt]) -> str:
    if chance.random() < WRAPPED:
        text = chance.choice(sources.frames()["wraps"][language]).format(p=text)
    if chance.random() < PREFIXED:
        other = chance.choice(lawful).text[:120]
        text = f"{other}. {text}" if chance.random() < 0.7 else f"{text} {other}"
    if language != "zh" and chance.random() < DROPPED:
        words = text.split()
        text = " ".join(word for word in words if chance.random() > 0.1)
    if language != "zh" and chance.random() < MISSPELT:
        words = text.split()
        at = chance.randrange(len(words)) if words else 0
        if words and len(words[at]) > 4:
            cut = chance.randrange(1, len(words[at]) - 1)
            words[at] = words[at][:cut] + words[at][cut + 1 :]
        text = " ".join(words)
    return plain(text)


def batches(
    rows: list[tuple[str, str]],
    embedding: Embedding,
    classes: list[str],
    chance: random.Random,
    unseen: float = UNSEEN,
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """(tokens, mask, labels) of rows of like length, in random order."""
    labels = np.array([classes.index(label) for _, label in rows])
    flat, counts = embedding.tokenize([text for text, _ in rows])
    ends = np.cumsum(counts)
    cut = [flat[end - count : end][:LONGEST] for end, count in zip(ends, counts, strict=True)]
    order = sorted(range(len(rows)), key=lambda row: len(cut[row]) + chance.random())
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    table = torch.from_numpy(embedding._table)
    for group in groups:
        longest = max(1, max(len(cut[row]) for row in group))
        rows_ = torch.zeros(len(group), longest, dtype=torch.long)
        mask = torch.zeros(len(group), longest, 1)
        for place, row in enumerate(group):
            rows_[place, : len(cut[row])] = torch.from_numpy(cut[row].astype(np.int64))
            mask[place, : len(cut[row])] = 1
        seen = mask * (torch.rand_like(mask) >= unseen)  # a token that is not read
        yield table[rows_] * seen, mask, torch.from_numpy(labels[group])


OFFENCES = sorted(sources.phrases())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=11)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--validate", action="store_true")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    torch.manual_seed(asked.seed)
    embedding = Embedding.load()
    classes = [LAWFUL, *OFFENCES]
    parts: list[Part] = ["train"] if asked.validate else ["train", "validate"]
    unlawful = [phrase for part in parts for phrase in sources.unlawful_phrases(part)]
    fine = [phrase for part in parts for phrase in sources.lawful_phrases(part)]
    measured = sources.labelled("measure")
    read = sources.distinct(
        [prompt for part in parts for prompt in (*sources.written(part), *sources.labelled(part))], measured
    )
    lawful = sources.distinct(sources.bulk("train"), measured)
    network = Network(embedding.dimensions, len(classes))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    for number in range(asked.epochs):
        started = time.perf_counter()
        rate = RATE * (1 - number / asked.epochs) ** 0.9
        for group in optimiser.param_groups:
            group["lr"] = rate
        network.train()
        total = count = 0.0
        rows = epoch(chance, unlawful, fine, read, lawful)
        for tokens, mask, labels in batches(rows, embedding, classes, chance):
            loss = functional.cross_entropy(network(tokens, mask), labels, label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total, count = total + loss.item(), count + 1
        done = {
            "epoch": number,
            "loss": round(total / count, 4),
            "seconds": round(time.perf_counter() - started, 1),
        }
        print(json.dumps(done), flush=True)
    if asked.validate:
        print(json.dumps(validated(network, classes, embedding)))
        return
    made = {"epochs": asked.epochs, "seed": asked.seed, "phrases": len(unlawful), "fine": len(fine)}
    write(network, classes, embedding, {**made, "read": len(read), "lawful": len(lawful)})


THRESHOLDS = 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98


def validated(network: Network, classes: list[str], embedding: Embedding) -> dict[str, dict[str, float]]:
    """At each threshold, by source, the share of lawful prompts that it refuses and of unlawful ones that it lets through."""
    chance = random.Random(3)
    rows: dict[str, list[str]] = {"lawful": [], "bulk": [], "unlawful": [], "whole": []}
    for phrase, _, language in sources.unlawful_phrases("validate"):
        rows["unlawful"].append(sources.framed(phrase, "asking", language, chance))
        rows["lawful"].append(sources.framed(phrase, "about", language, chance))
    for phrase, _, language in sources.lawful_phrases("validate"):
        rows["lawful"].append(sources.framed(phrase, "asking", language, chance))
    for prompt in (*sources.written("validate"), *sources.labelled("validate")):
        rows["lawful" if prompt.label == LAWFUL else "whole"].append(prompt.text)
    rows["bulk"] = [prompt.text for prompt in random.Random(4).sample(sources.bulk("train"), 5000)]
    network.eval()
    found: dict[str, dict[str, float]] = {}
    for source, texts in rows.items():
        ready = [(plain(text), LAWFUL) for text in texts]
        with torch.no_grad():
            likely = torch.cat(
                [
                    1 - network(tokens, mask).softmax(1)[:, 0]
                    for tokens, mask, _ in batches(ready, embedding, classes, chance, unseen=0.0)
                ]
            )
        refused = [float((likely >= threshold).float().mean()) for threshold in THRESHOLDS]
        let = source in ("unlawful", "whole")
        found[f"{source}, {'let through' if let else 'refused'}, of {len(texts)}"] = {
            str(threshold): round(1 - share if let else share, 4)
            for threshold, share in zip(THRESHOLDS, refused, strict=True)
        }
    return found


def write(network: Network, classes: list[str], embedding: Embedding, made: dict[str, int]) -> None:
    """The weights and their card."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in network.state_dict().items():
        layer, kind = name.split(".")
        values = value.numpy()
        if kind == "weight":
            scale = (np.maximum(np.abs(values).max(axis=1), 1e-12) / 127).astype(np.float32)
            arrays[layer] = np.rint(values / scale[:, None]).astype(np.int8).T.copy()
            arrays[f"{layer}.scale"] = scale
        else:
            arrays[f"{layer}.bias"] = values
    FOLDER.mkdir(exist_ok=True)
    np.savez(FOLDER / WEIGHTS, **arrays)
    card = {
        "format": FORMAT,
        "sha256": hashlib.sha256((FOLDER / WEIGHTS).read_bytes()).hexdigest(),
        "embedding": embedding.identity,
        "classes": classes,
        "script": "scripts/law/train.py",
        "made": made,
        "data": "phrases and examples written for the project; hh-rlhf's harmless test set, HarmBench and Do-Not-Answer's malicious uses, labelled by"
        " reading; Reddit's titles (PDDL); Alpaca's instructions (CC BY-NC)",
        "terms": "Alpaca is for non-commercial use (CC BY-NC). Who sells a service on these weights trains them anew without it.",
        "limits": "docs/law.md",
    }
    (FOLDER / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"bytes": (FOLDER / WEIGHTS).stat().st_size}))


if __name__ == "__main__":
    main()
