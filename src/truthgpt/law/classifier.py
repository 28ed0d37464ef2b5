"""Whether a prompt asks for help with an offence, by a small network that was trained on prompts; plain NumPy.

The words of the offences (`terms`) know what is written in them. This network reads meaning from the static token vectors that
search ships (`search.embedding`) and from smaller ones of its own, which only the tokens that it was trained on have: two
convolutions over them see which words stand beside which, the largest and the mean value of each feature over the text are kept, and
one hidden layer tells the offences apart from everything lawful. It names an offence, never a statute: `decide` refuses only where a
rule of the jurisdiction forbids that offence. `scripts/law/train.py` makes the weights; their card is in `docs/law.md`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.truth.crossencoder import kept

if TYPE_CHECKING:
    from truthgpt.search.embedding import Embedding

FOLDER = Path(__file__).parent / "weights"
WEIGHTS, CARD = "weights.npz", "card.json"
FORMAT = 2

LONGEST = 64
"""Tokens of one piece that are read."""

PIECE = 280
"""Characters of one piece, of which a token takes some four; of Chinese, where it takes one or two, `PIECE_HAN`."""

PIECE_HAN = 80

FIRST, LAST = 5, 3
"""Pieces that are read at a prompt's two ends: the time of a decision is bounded."""

LAWFUL = "lawful"
"""The first class: nothing unlawful is asked for."""

Floats = npt.NDArray[np.float32]

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_HAN = re.compile(r"[\u3400-\u9fff]")


def pieces(text: str) -> list[str]:
    """`text` cut where sentences end into pieces of bounded length; of many, those at the two ends."""
    found: list[str] = []
    size = 0
    for sentence in _SENTENCE.split(text):
        for part in _parts(sentence.strip()):
            longest = PIECE_HAN if _HAN.search(part) else PIECE
            if found and size + len(part) < longest:
                found[-1] += " " + part
                size += len(part) + 1
            else:
                found.append(part)
                size = len(part)
    return found if len(found) <= FIRST + LAST else found[:FIRST] + found[-LAST:]


def _parts(sentence: str) -> list[str]:
    longest = PIECE_HAN if _HAN.search(sentence) else PIECE
    return [sentence[start : start + longest] for start in range(0, len(sentence), longest)]


class Classifier:
    """The network: `classes[0]` is `LAWFUL`, the others are offences.

    `arrays` holds, in float32: `own` (rows of the embedding's table, own dimensions), `reduce` (dimensions of both, width), `near` and
    `far` (3 x width, width) with their biases, `hidden` (2 x width, units), `out` (units, classes).
    """

    def __init__(self, embedding: Embedding, classes: tuple[str, ...], arrays: dict[str, Floats]) -> None:
        self.classes = classes
        self._embedding = embedding
        self._arrays = arrays

    def probabilities(self, text: str, among: Collection[str] | None = None) -> dict[str, float]:
        """How likely each offence is asked help for, in [0, 1], in the piece of `text` where those `among` (all, if None) are likeliest together."""
        return self.likeliest(text, among)[1]

    def likeliest(self, text: str, among: Collection[str] | None = None) -> tuple[str, dict[str, float]]:
        """That piece, and its probabilities."""
        counted = np.array([among is None or name in among for name in self.classes[1:]])
        best, where = np.zeros(len(self.classes) - 1, dtype=np.float32), ""
        for piece in pieces(text):
            found = self._read(piece)[1:]
            if found[counted].sum() >= best[counted].sum():
                best, where = found, piece
        return where, {name: float(p) for name, p in zip(self.classes[1:], best.tolist(), strict=True)}

    def _read(self, piece: str) -> Floats:
        """The probabilities (classes,) of one piece."""
        w = self._arrays
        rows = self._embedding.tokenize([piece])[0][:LONGEST]
        if not len(rows):
            return np.zeros(len(self.classes), dtype=np.float32)
        tokens = np.concatenate([self._embedding.rows(rows), w["own"].take(rows, axis=0)], axis=1)
        x = np.maximum(tokens @ w["reduce"] + w["reduce.bias"], 0)  # (tokens, width)
        x = x + np.maximum(_beside(x, 1) @ w["near"] + w["near.bias"], 0)
        x = x + np.maximum(_beside(x, 2) @ w["far"] + w["far.bias"], 0)
        pooled = np.concatenate([x.max(axis=0), x.mean(axis=0)])
        hidden = np.maximum(pooled @ w["hidden"] + w["hidden.bias"], 0)
        logits = hidden @ w["out"] + w["out.bias"]
        exp = np.exp(logits - logits.max())
        probabilities: Floats = exp / exp.sum()
        return probabilities


def _beside(x: Floats, apart: int) -> Floats:
    """Each row of `x` (tokens, width) between the rows `apart` before and after it (tokens, 3 x width); zeros past the ends."""
    padded = np.pad(x, ((apart, apart), (0, 0)))
    count = len(x)
    return np.concatenate([padded[:count], x, padded[2 * apart : 2 * apart + count]], axis=1)


@lru_cache(maxsize=1)
def load() -> Classifier:
    """The network that ships with the package.

    Raises `MissingError` where its files are absent, and `BadInputError` where they are damaged.
    """
    stored, card = kept.read(FOLDER, WEIGHTS, CARD, FORMAT)
    from truthgpt.search.embedding import Embedding  # brings the store, which most commands do without

    embedding = Embedding.load()
    if embedding.identity != card["embedding"]:
        raise BadInputError(f"{WEIGHTS}: made for other token vectors; install truthgpt again")
    arrays = {
        name: _whole(values, stored[f"{name}.scale"]) if f"{name}.scale" in stored else values
        for name, values in stored.items()
        if not name.endswith(".scale")
    }
    return Classifier(embedding, tuple(card["classes"]), arrays)


def _whole(quantised: npt.NDArray[np.int8], scale: Floats) -> Floats:
    """Eight-bit weights (in, out) with a scale for each output, as float32."""
    return np.multiply(quantised, scale, dtype=np.float32)
