"""Train the law's classifier and write `truthgpt/law/weights`.

    python scripts/law/train.py [--epochs 12] [--seed 1]

Each epoch frames the phrases anew (`prompts`), wraps some in greetings and jailbreak openings, drops or misspells words, and puts lawful sentences before
others. The network is that of `truthgpt.law.classifier`; its matrices are written as 8-bit integers with a scale an output. Needs PyTorch and the
public sets in `TRUTHGPT_DATASETS`; some ten minutes on two cores. An eighth of the topics and of the lawful prompts is
never trained on; what the network makes of it is printed, at several thresholds: those of `truthgpt.law.decide` are set by it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import prompts as sources
import torch
from prompts import LAWFUL, Prompt
from torch import nn
from torch.nn import functional

from truthgpt.corpus.fold import plain
from truthgpt.law.classifier import CARD, FOLDER, FORMAT, LONGEST, WEIGHTS
from truthgpt.search.embedding import Embedding

WIDTH, UNITS = 128, 128
REQUESTS, ABOUT, FINE, FINE_ABOUT, TITLES, INSTRUCTIONS = 10_000, 9_000, 9_000, 1_500, 7_000, 7_000
PREFIXED, WRAPPED, DROPPED, MISSPELT = 0.12, 0.2, 0.15, 0.12
UNSEEN, STRANGE = 0.08, 0.3
OWN = 24
BATCH, RATE = 192, 2e-3


class Network(nn.Module):
    def __init__(self, table: torch.Tensor, classes: int) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)
        self.own = nn.Embedding(len(table), OWN)
        nn.init.zeros_(self.own.weight)  # so it stays for tokens that are never read
        self.reduce = nn.Linear(table.shape[1] + OWN, WIDTH)
        self.near = nn.Linear(3 * WIDTH, WIDTH)
        self.far = nn.Linear(3 * WIDTH, WIDTH)
        self.hidden = nn.Linear(2 * WIDTH, UNITS)
        self.out = nn.Linear(UNITS, classes)
        self.drop = nn.Dropout(0.15)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """`rows` (batch, length) of the table, `mask` (batch, length, 1) → logits (batch, classes)."""
        given, own = self.table[rows] * mask, self.own(rows) * mask
        if self.training:  # a token that is not read, or only as one that was never trained on
            seen = torch.rand_like(mask) >= UNSEEN
            given, own = given * seen, own * seen * (torch.rand_like(mask) >= STRANGE)
        tokens = torch.cat([given, own], 2)
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


@dataclass(frozen=True)
class Given:
    """What epochs are drawn from: phrases of offences and of lawful neighbours, whole prompts, lawful ones in bulk."""

    unlawful: Phrases
    fine: Phrases
    read: list[Prompt]
    lawful: list[Prompt]

    @property
    def counts(self) -> dict[str, int]:
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}


def given() -> Given:
    """What is trained on, without what is near to a measured prompt."""
    measured = sources.labelled("measure")
    return Given(
        sources.unlawful_phrases("train"),
        sources.lawful_phrases("train"),
        sources.distinct([*sources.written("train"), *sources.labelled("train")], measured),
        sources.distinct(sources.bulk("train"), measured),
    )


def epoch(chance: random.Random, known: Given, share: float = 1.0, times: int = 6) -> list[tuple[str, str]]:
    """The (text, label) of one epoch, or of a `share` of one, with each whole prompt `times` over."""
    unlawful, fine, read, lawful = known.unlawful, known.fine, known.read, known.lawful
    by_language = {code: [item for item in unlawful if item[2] == code] for code in ("en", "pt", "zh")}
    rows: list[tuple[str, str, str]] = []

    def drawn(count: int, pool: dict[str, list[tuple[str, str, str]]], kind: str, label: str | None) -> None:
        for _ in range(round(share * count)):
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
        rows += [(prompt.text, prompt.label, prompt.language)] * times
    for source, count in (("alpaca", INSTRUCTIONS), ("reddit", TITLES)):
        pool = [prompt for prompt in lawful if prompt.source == source]
        rows += [
            (prompt.text[:280], LAWFUL, prompt.language)
            for prompt in chance.choices(pool, k=round(share * count))
        ]
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
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """(rows of the table, mask, labels) of rows of like length, in random order."""
    labels = np.array([classes.index(label) for _, label in rows])
    flat, counts = embedding.tokenize([text for text, _ in rows])
    ends = np.cumsum(counts)
    cut = [flat[end - count : end][:LONGEST] for end, count in zip(ends, counts, strict=True)]
    order = sorted(range(len(rows)), key=lambda row: len(cut[row]) + chance.random())
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    for group in groups:
        longest = max(1, max(len(cut[row]) for row in group))
        rows_ = torch.zeros(len(group), longest, dtype=torch.long)
        mask = torch.zeros(len(group), longest, 1)
        for place, row in enumerate(group):
            rows_[place, : len(cut[row])] = torch.from_numpy(cut[row].astype(np.int64))
            mask[place, : len(cut[row])] = 1
        yield rows_, mask, torch.from_numpy(labels[group])


OFFENCES = sorted(sources.phrases())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    torch.manual_seed(asked.seed)
    embedding = Embedding.load()
    classes = [LAWFUL, *OFFENCES]
    known = given()
    table = torch.from_numpy(embedding.rows(np.arange(embedding.size, dtype=np.int32)))
    network = Network(table, len(classes))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    for number in range(asked.epochs):
        started = time.perf_counter()
        rate = RATE * (1 - number / asked.epochs) ** 0.9
        for group in optimiser.param_groups:
            group["lr"] = rate
        network.train()
        total = count = 0.0
        rows = epoch(chance, known)
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
    print(json.dumps(validated(network, classes, embedding)))
    write(network, classes, embedding, {"epochs": asked.epochs, "seed": asked.seed, **known.counts})


THRESHOLDS = 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98


def held_back() -> dict[str, list[str]]:
    """The texts that thresholds are set by: lawful neighbours and questions about offences, lawful in bulk, unlawful phrases and whole prompts."""
    chance = random.Random(3)
    rows: dict[str, list[str]] = {"lawful": [], "bulk": [], "unlawful": [], "whole": []}
    for phrase, _, language in sources.unlawful_phrases("validate"):
        rows["unlawful"].append(sources.framed(phrase, "asking", language, chance))
        rows["lawful"].append(sources.framed(phrase, "about", language, chance))
    for phrase, _, language in sources.lawful_phrases("validate"):
        rows["lawful"].append(sources.framed(phrase, "asking", language, chance))
    for prompt in (*sources.written("validate"), *sources.labelled("validate")):
        rows["lawful" if prompt.label == LAWFUL else "whole"].append(prompt.text)
    rows["bulk"] = [prompt.text for prompt in chance.sample(sources.bulk("train"), 5000)]
    return {source: [plain(text) for text in texts] for source, texts in rows.items()}


def found_at(source: str, likely: np.ndarray) -> dict[str, dict[str, float]]:
    """At each threshold, the share of lawful prompts that is refused or of unlawful ones that is let through, by how `likely` (n,) each is unlawful."""
    let = source in ("unlawful", "whole")
    return {
        f"{source}, {'let through' if let else 'refused'}, of {len(likely)}": {
            str(threshold): round(float(((likely < threshold) if let else (likely >= threshold)).mean()), 4)
            for threshold in THRESHOLDS
        }
    }


def validated(network: Network, classes: list[str], embedding: Embedding) -> dict[str, dict[str, float]]:
    """What the network makes of what was held back."""
    network.eval()
    found: dict[str, dict[str, float]] = {}
    for source, texts in held_back().items():
        with torch.no_grad():
            likely = torch.cat(
                [
                    1 - network(rows, mask).softmax(1)[:, 0]
                    for rows, mask, _ in batches(
                        [(text, LAWFUL) for text in texts], embedding, classes, random.Random(1)
                    )
                ]
            )
        found |= found_at(source, likely.numpy())
    return found


TERMS = {
    "data": "phrases, prompts and examples written for the project; hh-rlhf's harmless test set, HarmBench and Do-Not-Answer's malicious uses, labelled"
    " by reading; Reddit's titles (PDDL); Alpaca's instructions (CC BY-NC)",
    "terms": "Alpaca is for non-commercial use (CC BY-NC). Who sells a service on these weights trains them anew without it.",
    "limits": "docs/law.md",
}


def write(network: Network, classes: list[str], embedding: Embedding, made: dict[str, int]) -> None:
    """The weights and their card."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in network.state_dict().items():
        layer, kind = name.split(".")
        values = value.numpy()
        if layer == "own":
            values = values.T  # a scale for each dimension, not for each token
        if kind == "weight":
            scale = (np.maximum(np.abs(values).max(axis=1), 1e-12) / 127).astype(np.float32)
            arrays[layer] = np.rint(values / scale[:, None]).astype(np.int8).T.copy()
            arrays[f"{layer}.scale"] = scale
        else:
            arrays[f"{layer}.bias"] = values
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / WEIGHTS, **arrays)
    content = (FOLDER / WEIGHTS).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    about = {"format": FORMAT, "embedding": embedding.identity, "script": "scripts/law/train.py"}
    said = {**about, "sha256": digest, "classes": classes, "made": made, **TERMS}
    (FOLDER / CARD).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"bytes": len(content)}))


if __name__ == "__main__":
    main()
