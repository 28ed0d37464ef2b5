"""Moves the rows of Portuguese and Chinese tokens to where the English ones of the same meaning are.

English rows stay as they are, to the bit: what is found among English posts does not change. Words are drawn to the sum of the
rows of their English words, which gives them their direction and their weight; sentences to their translations, away from
those of others; and each language's own pairs hold together what they held before, so that words which nobody translated
follow those that they stand beside.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding, embedding_bag, normalize

from truthgpt.search.embedding import Embedding
from vectors_parts import Parts
from vectors_train import Bags, Drawn, Source, contrastive
from vectors_translations import Line, Meaning

Rows = npt.NDArray[np.float32]


class Aligned:
    """A table of which the rows `moving` are trained, each as a vector of its own and the mean of its parts'."""

    def __init__(self, table: Rows, tokens: Sequence[str], moving: npt.NDArray[np.int64]) -> None:
        self.parts = Parts.of([tokens[row] for row in moving])
        self.own = torch.nn.Parameter(torch.from_numpy(table[moving]))
        self.shared = torch.nn.Parameter(torch.zeros(self.parts.count, table.shape[1]))
        self.moving = torch.from_numpy(moving)
        self.fixed = torch.from_numpy(table.copy())
        self.place = torch.full((len(table),), -1)
        self.place[self.moving] = torch.arange(len(moving))

    def sums(self, drawn: Drawn) -> torch.Tensor:
        """The sums (texts, dimensions) of the rows of each text."""
        rows, offsets = drawn
        used, places = torch.unique(rows, return_inverse=True)
        table = embedding(used, self.fixed)
        moved = torch.nonzero(self.place[used] >= 0)[:, 0]
        table = table.index_copy(0, moved, self.parts.rows(self.own, self.shared, self.place[used[moved]]))
        return embedding_bag(places, table, offsets, mode="sum")

    def finished(self) -> Rows:
        """All rows (tokens, dimensions)."""
        with torch.inference_mode():
            made = self.fixed.clone()
            made[self.moving] = self.parts.rows(self.own, self.shared, torch.arange(len(self.moving)))
        return np.asarray(made.numpy(), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Glossed:
    """Texts that are not English, and the sums (texts, dimensions) that theirs shall be."""

    bags: Bags
    sums: Rows

    @classmethod
    def of(cls, embedding: Embedding, table: Rows, meanings: Sequence[Meaning]) -> Glossed:
        english = [" ".join(meaning.english) for meaning in meanings]
        counts = np.array([max(1, len(meaning.english)) for meaning in meanings], np.float32)
        sums = summed(Bags.of(embedding, english), table) / counts[:, None]
        bags = Bags.of(embedding, [meaning.text for meaning in meanings])
        known = np.flatnonzero((np.diff(bags.starts) > 0) & (np.linalg.norm(sums, axis=1) > 0))
        texts = [meanings[at].text for at in known]
        return cls(Bags.of(embedding, texts), sums[known])


def summed(bags: Bags, table: Rows) -> Rows:
    """The sums (texts, dimensions) of the rows of each text."""
    ends = np.concatenate(
        [np.zeros((1, table.shape[1])), np.cumsum(table[bags.rows], axis=0, dtype=np.float64)]
    )
    return np.asarray(ends[bags.starts[1:]] - ends[bags.starts[:-1]], dtype=np.float32)


def begin(tokens: Sequence[str], known: int, table: Rows, glossed: Glossed) -> Rows:
    """`table`, of the first `known` of `tokens`, with rows for the others: what they mean, else the sum of what spells them."""
    splitter = Embedding(tokens[:known], table)
    grown = np.concatenate([table, summed(Bags.of(splitter, list(tokens[known:])), table)])
    sums = np.zeros_like(grown)
    counts = np.zeros(len(tokens), np.float32)
    single = np.flatnonzero(np.diff(glossed.bags.starts) == 1)
    rows = glossed.bags.rows[glossed.bags.starts[single]]
    np.add.at(sums, rows, glossed.sums[single])
    np.add.at(counts, rows, 1)
    new = np.flatnonzero(counts[known:]) + known
    grown[new] = sums[new] / counts[new, None]
    return grown


def translated(embedding: Embedding, lines: Sequence[Line]) -> list[Source]:
    """The sentences as pairs with the English: those in Portuguese and those in Chinese."""
    english = Bags.of(embedding, [line.english for line in lines])
    return [
        Source(name, Bags.of(embedding, texts), english, 1.0, 64)
        for name, texts in (
            ("english_pt", [line.portuguese for line in lines]),
            ("english_zh", [line.chinese for line in lines]),
        )
    ]


def align(
    table: Aligned,
    glossed: Glossed,
    sentences: Sequence[Source],
    sources: Sequence[Source],
    *,
    steps: int = 1500,
    size: int = 512,
    rate: float = 3e-3,
    temperature: float = 0.05,
    meaning: float = 1.0,
    seed: int = 0,
) -> Rows:
    """The trained rows (tokens, dimensions). `meaning` weighs the distance of words from theirs against the contrasts."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    optimiser = torch.optim.Adam([table.own, table.shared], lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    shares = np.array([source.share for source in sources])
    for step in range(steps):
        words = random.choice(len(glossed.bags), size=2 * size, replace=False)
        wanted = torch.from_numpy(glossed.sums[words])
        apart = (table.sums(glossed.bags.take(words)) - wanted).square().sum(dim=1)
        loss = meaning * (apart / wanted.square().sum(dim=1)).clamp(max=4).mean()
        own = sources[int(random.choice(len(sources), p=shares / shares.sum()))]
        for source in (sentences[step % len(sentences)], own):
            chosen = random.choice(len(source.queries), size=min(size, len(source.queries)), replace=False)
            left, right = (normalize(table.sums(drawn), dim=1) for drawn in source.draw(chosen, random))
            loss = loss + contrastive(left, right, temperature)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step:5d}  {own.name:12s} loss {loss.item():.3f}", flush=True)
    return table.finished()


def movable(tokens: Sequence[str], known: int, foreign: Collection[str]) -> npt.NDArray[np.int64]:
    """The rows that may move: those of Han characters, of new tokens and of `foreign` words."""
    return np.array(
        [
            row
            for row, token in enumerate(tokens)
            if row >= known or "\u3400" <= token[:1] <= "\u9fff" or token in foreign
        ]
    )
