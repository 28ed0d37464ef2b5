"""The second reader: an encoder of six layers, taught to read prompts.

It is asked where the small network (`classifier`) is not sure: it reads words in their order, and knows of words that no phrase it was
trained on had what they mean; it takes some milliseconds where the small one takes a fraction of one. The embeddings and the lowest
layers are the shared ones of `truth.crossencoder`, the layers above are its own. `scripts/law/train_reader.py` makes the weights; their card is
in `docs/law.md`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from truthgpt.law.classifier import FOLDER
from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.model import Encoder
from truthgpt.truth.crossencoder.words import alone

WEIGHTS, CARD = "reader.npz", "reader.json"
FORMAT = 1

HEAD = "head"

OWN_LAYERS = 4
"""Layers above the shared ones."""

LONGEST = 96
"""Tokens of a piece that are read."""


class Reader:
    """The network: `classes[0]` is `classifier.LAWFUL`, the others are offences. Threads may share it."""

    def __init__(self, classes: tuple[str, ...], encoder: Encoder) -> None:
        self.classes = classes
        self._encoder = encoder

    def probabilities(self, piece: str) -> dict[str, float]:
        """How likely each offence is asked help for in `piece`, of which `LONGEST` tokens are read."""
        logits = self._encoder.outputs(alone([piece], LONGEST))[0]
        exp = np.exp(logits - logits.max())
        return {
            name: float(p) for name, p in zip(self.classes[1:], (exp[1:] / exp.sum()).tolist(), strict=True)
        }


@lru_cache(maxsize=1)
def load() -> Reader:
    """The network that ships with the package, opened once a process.

    Raises `MissingError` where its files are absent, and `BadInputError` where they are damaged.
    """
    encoder, card = model.grown(FOLDER, WEIGHTS, CARD, FORMAT, HEAD)
    return Reader(tuple(card["classes"]), encoder)
