"""Trains the table of token vectors: a contrastive loss on pairs of one meaning, and the teacher's vectors as targets.

A text's vector is the normalised sum of its tokens' rows, exactly as `Embedding.encode` makes it, so that what is
trained is what runs. A row's length is its weight: training makes "the" short and "earthquake" long by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, embedding_bag, normalize

from truthgpt.search.embedding import Embedding


@dataclass(frozen=True, slots=True)
class Bags:
    """Token rows of many texts, one after the other; text i owns `rows[starts[i]:starts[i + 1]]`."""

    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, embedding: Embedding, texts: Sequence[str]) -> Bags:
        rows = [np.array(embedding.tokenize(text), dtype=np.int64) for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
        return cls(np.concatenate(rows), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(
        self,
        chosen: npt.NDArray[np.int64],
        crop: int | None = None,
        random: np.random.Generator | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows and offsets of the chosen texts; with `crop`, at most so many tokens of each from a random place."""
        parts = []
        for index in chosen:
            bag = self.rows[self.starts[index] : self.starts[index + 1]]
            if crop is not None and random is not None and len(bag) > crop:
                at = int(random.integers(0, len(bag) - crop + 1))
                bag = bag[at : at + crop]
            parts.append(bag)
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts[:-1]])])
        return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(offsets.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Source:
    """Pairs that are trained on together: a batch holds pairs of one source, so that its negatives are fair.

    `share` is the source's share of the steps; `crop` is the most tokens of a text that a step looks at.
    """

    name: str
    queries: Bags
    texts: Bags
    share: float
    crop: int | None = None


def vectors(table: torch.Tensor, rows: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    return normalize(embedding_bag(rows, table, offsets, mode="sum"), dim=1)


def contrastive(queries: torch.Tensor, texts: torch.Tensor, temperature: float) -> torch.Tensor:
    """Symmetric InfoNCE with the other pairs of the batch as negatives (van den Oord et al. 2018)."""
    scores = queries @ texts.T / temperature
    target = torch.arange(len(scores))
    return (cross_entropy(scores, target) + cross_entropy(scores.T, target)) / 2


def batches(
    sources: Sequence[Source], steps: int, size: int, seed: int
) -> Iterator[tuple[Source, npt.NDArray[np.int64]]]:
    """`steps` batches, each of one source, drawn by the sources' shares."""
    random = np.random.default_rng(seed)
    shares = np.array([source.share for source in sources])
    for _ in range(steps):
        source = sources[int(random.choice(len(sources), p=shares / shares.sum()))]
        yield source, random.choice(len(source.queries), size=min(size, len(source.queries)), replace=False)


def train(
    initial: npt.NDArray[np.float32],
    sources: Sequence[Source],
    taught: tuple[Bags, npt.NDArray[np.float32]] | None,
    *,
    steps: int,
    size: int = 1024,
    rate: float = 2e-3,
    temperature: float = 0.06,
    teaching: float = 1.0,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """The trained table, from `initial` (tokens, dimensions); `taught` is texts and their target unit vectors."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    table = torch.nn.Parameter(torch.from_numpy(initial.copy()))
    optimiser = torch.optim.Adam([table], lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    for step, (source, chosen) in enumerate(batches(sources, steps, size, seed)):
        queries = vectors(table, *source.queries.take(chosen, source.crop, random))
        texts = vectors(table, *source.texts.take(chosen, source.crop, random))
        loss = contrastive(queries, texts, temperature)
        if taught is not None:
            bags, targets = taught
            some = random.choice(len(bags), size=min(size, len(bags)), replace=False)
            said = vectors(table, *bags.take(some))
            loss = loss + teaching * (1 - (said * torch.from_numpy(targets[some])).sum(dim=1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step:5d}  {source.name:12s} loss {loss.item():.3f}", flush=True)
    return table.detach().numpy()
