"""The second reader: the verifier's encoder, taught to read prompts.

It is asked where the small network (`classifier`) is not sure: it reads words in their order, and knows of words that no phrase it was
trained on had what they mean; it takes some milliseconds where the small one takes a fraction of one. The embeddings and the first
layers are those of `truth.crossencoder`, the layers above are its own. `scripts/law/train_reader.py` makes the weights; their card is
in `docs/law.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from truthgpt.errors import BadInputError
from truthgpt.law import kept
from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.model import Encoder
from truthgpt.truth.crossencoder.text import FIRST, SEPARATOR, Tokens, parted, readable, tokenizer

WEIGHTS, CARD = "reader.npz", "reader.json"
FORMAT = 1

HEAD = "head"

OWN_LAYERS = 4
"""Layers above the verifier's."""

LONGEST = 96
"""Tokens of a piece that are read."""


class Reader:
    """The network: `classes[0]` is `classifier.LAWFUL`, the others are offences. Threads may share it."""

    def __init__(self, classes: tuple[str, ...], encoder: Encoder) -> None:
        self.classes = classes
        self._encoder = encoder

    def probabilities(self, piece: str) -> dict[str, float]:
        """How likely each offence is asked help for in `piece`, of which `LONGEST` tokens are read."""
        (ids,) = tokens([piece])
        logits = self._encoder.logits([Tokens(ids, [0] * len(ids))])[0]
        exp = np.exp(logits - logits.max())
        return {
            name: float(p) for name, p in zip(self.classes[1:], (exp[1:] / exp.sum()).tolist(), strict=True)
        }


def tokens(texts: Sequence[str]) -> list[list[int]]:
    """The token ids of each text."""
    encoded = tokenizer().encode_batch_fast(
        [parted(readable(text)) for text in texts], add_special_tokens=False
    )
    return [[FIRST, *each.ids[: LONGEST - 2], SEPARATOR] for each in encoded]


@lru_cache(maxsize=1)
def load() -> Reader:
    """The network that ships with the package, opened once a process.

    Raises `MissingError` where its files are absent, and `BadInputError` where they are damaged.
    """
    own, card = kept.read(WEIGHTS, CARD, FORMAT)
    shared = model.load_weights(model.FOLDER)
    if model.digests(model.FOLDER) != card["encoder"]:
        raise BadInputError(f"{WEIGHTS}: made for another encoder; install truthgpt again")
    return Reader(tuple(card["classes"]), Encoder(shared | own, (HEAD,)))
