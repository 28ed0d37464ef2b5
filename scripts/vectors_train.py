"""Trains the table of token vectors: pairs of one meaning, the teacher's vectors, and its ranking of sentences.

A text's vector is the normalised sum of its tokens' rows, exactly as `Embedding.encode` makes it, so that what is
trained is what runs. A row's length is its weight: training makes "the" short and "earthquake" long by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, embedding_bag, log_softmax, normalize, softmax

from truthgpt.search.embedding import Embedding
from vectors_parts import Parts

Drawn = tuple[torch.Tensor, torch.Tensor]
"""Token rows of some texts, one after the other, and where each text starts."""


@dataclass(frozen=True, slots=True)
class Bags:
    """Token rows of many texts, one after the other; text i owns `rows[starts[i]:starts[i + 1]]`."""

    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, embedding: Embedding, texts: Sequence[str]) -> Bags:
        rows, counts = embedding.tokenize(texts)
        return cls(rows.astype(np.int64), np.concatenate([[0], np.cumsum(counts)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(
        self,
        chosen: npt.NDArray[np.int64],
        crop: int | None = None,
        random: np.random.Generator | None = None,
    ) -> Drawn:
        """Rows and offsets of the chosen texts; with `crop`, at most so many tokens of each from a random place."""
        parts = []
        for index in chosen:
            bag = self.rows[self.starts[index] : self.starts[index + 1]]
            if crop is not None and random is not None and len(bag) > crop:
                at = int(random.integers(0, len(bag) - crop + 1))
                bag = bag[at : at + crop]
            parts.append(bag)
        return _drawn(parts)

    def deal(self, chosen: npt.NDArray[np.int64], random: np.random.Generator) -> tuple[Drawn, Drawn]:
        """Rows and offsets of two halves of the tokens of each chosen text, dealt out at random."""
        left, right = [], []
        for index in chosen:
            bag = random.permutation(self.rows[self.starts[index] : self.starts[index + 1]])
            left.append(bag[: len(bag) // 2])
            right.append(bag[len(bag) // 2 :])
        return _drawn(left), _drawn(right)


def _drawn(bags: Sequence[npt.NDArray[np.int64]]) -> Drawn:
    offsets = np.concatenate([[0], np.cumsum([len(bag) for bag in bags[:-1]])])
    return torch.from_numpy(np.concatenate(bags)), torch.from_numpy(offsets.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Source:
    """Pairs that are trained on together: a batch holds pairs of one source, so that its negatives are fair.

    Without `texts`, a pair is one text whose tokens are dealt out at random to two sides, anew each time. `share` is the
    source's share of the steps; `crop` is the most tokens of a text that a step looks at.
    """

    name: str
    queries: Bags
    texts: Bags | None
    share: float
    crop: int

    def draw(self, chosen: npt.NDArray[np.int64], random: np.random.Generator) -> tuple[Drawn, Drawn]:
        if self.texts is None:
            return self.queries.deal(chosen, random)
        return self.queries.take(chosen, self.crop, random), self.texts.take(chosen, self.crop, random)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the teacher says: texts and their target unit vectors (texts, dimensions)."""

    bags: Bags
    targets: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions, sentences, and the teacher's unit vectors of both; question i is of the post of sentence `own[i]`."""

    questions: Lessons
    sentences: Lessons
    own: npt.NDArray[np.int64]


class Table:
    """The rows being trained, as vectors of tokens and of their parts."""

    def __init__(self, own: npt.NDArray[np.float32], shared: npt.NDArray[np.float32], parts: Parts) -> None:
        self.own = torch.nn.Parameter(torch.from_numpy(own.copy()))
        self.shared = torch.nn.Parameter(torch.from_numpy(shared.copy()))
        self.parts = parts

    def encode(self, *drawn: Drawn) -> list[torch.Tensor]:
        """Unit vectors (texts, dimensions) of each of `drawn`."""
        tokens, places = torch.unique(torch.cat([rows for rows, _ in drawn]), return_inverse=True)
        table = self.parts.rows(self.own, self.shared, tokens)
        split = torch.split(places, [len(rows) for rows, _ in drawn])
        return [
            normalize(embedding_bag(rows, table, offsets, mode="sum"), dim=1)
            for rows, (_, offsets) in zip(split, drawn, strict=True)
        ]

    def finished(self) -> npt.NDArray[np.float32]:
        """All rows (tokens, dimensions)."""
        with torch.inference_mode():
            made = self.parts.rows(self.own, self.shared, torch.arange(len(self.own))).numpy()
        return np.asarray(made, dtype=np.float32)


def contrastive(queries: torch.Tensor, texts: torch.Tensor, temperature: float) -> torch.Tensor:
    """Symmetric InfoNCE with the other pairs of the batch as negatives (van den Oord et al. 2018)."""
    scores = queries @ texts.T / temperature
    target = torch.arange(len(scores))
    return (cross_entropy(scores, target) + cross_entropy(scores.T, target)) / 2


def distilled(ours: torch.Tensor, teachers: torch.Tensor, temperature: float) -> torch.Tensor:
    """Cross entropy of our ranking of the sentences for each question to the teacher's (Hinton et al. 2015).

    Both are cosines (questions, sentences).
    """
    wanted = softmax(teachers / temperature, dim=1)
    return -(wanted * log_softmax(ours / temperature, dim=1)).sum(dim=1).mean()


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
    table: Table,
    sources: Sequence[Source],
    lessons: Lessons,
    questions: Questions,
    *,
    steps: int,
    size: int = 512,
    rate: float = 4e-3,
    temperature: float = 0.05,
    teaching: float = 1.5,
    asking: float = 0.5,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """The trained rows (tokens, dimensions).

    `teaching` weighs one minus the cosine to the teacher's vectors, and `asking` the teacher's ranking of sentences,
    against the contrast of pairs.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    optimiser = torch.optim.Adam([table.own, table.shared], lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    for step, (source, chosen) in enumerate(batches(sources, steps, size, seed)):
        some = random.choice(len(lessons.bags), size=size, replace=False)
        asked = random.choice(len(questions.own), size=size // 2, replace=False)
        others = random.choice(len(questions.sentences.bags), size=size // 2, replace=False)
        given = np.unique(np.concatenate([questions.own[asked], others]))
        left, right, said, asks, answers = table.encode(
            *source.draw(chosen, random),
            lessons.bags.take(some),
            questions.questions.bags.take(asked),
            questions.sentences.bags.take(given),
        )
        agreed = (said * torch.from_numpy(lessons.targets[some])).sum(dim=1)
        wanted = torch.from_numpy(questions.questions.targets[asked] @ questions.sentences.targets[given].T)
        loss = contrastive(left, right, temperature) + teaching * (1 - agreed).mean()
        loss = loss + asking * distilled(asks @ answers.T, wanted, temperature)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step:5d}  {source.name:12s} loss {loss.item():.3f}", flush=True)
    return table.finished()
