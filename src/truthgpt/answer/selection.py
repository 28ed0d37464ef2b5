"""Answer sentence selection: how near a sentence of a post is to what answers a question, rather than only sharing its words.

A question and a sentence are each read by a small network into a vector; an answer lies near its question. The embeddings are the
shared ones of `truth.crossencoder`, the six layers began as all-MiniLM-L6-v2's and were trained on with questions that were written for it and with
sentences of posts that were judged (`scripts/selection/`). Task: Yang et al. 2015 (WikiQA); method:
Reimers and Gurevych 2019 (Sentence-BERT), Henderson et al. 2017 (the other answers of a batch are wrong). Its card is in
`docs/selection.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.model import Encoder, Floats
from truthgpt.truth.crossencoder.words import alone

FOLDER = Path(__file__).parent / "weights"
WEIGHTS, CARD = "selection.npz", "selection.json"
FORMAT = 2

LANGUAGE = "en"
"""Of the questions whose sentences are read: what the network makes of posts in others nobody has judged."""
LONGEST = 128
"""Tokens of a question and of a sentence that are read."""


class Selection:
    """The network, opened. Threads may share it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def nearness(self, question: str, sentences: Sequence[str]) -> Floats:
        """For each sentence (n,) the cosine between it and the question, in [-1, 1]."""
        if not sentences:
            return np.zeros(0, np.float32)
        vectors = self._encoder.outputs(alone([question, *sentences], LONGEST))
        found: Floats = vectors[1:] @ vectors[0]
        return found


@lru_cache(maxsize=1)
def shipped() -> Selection:
    """The network that comes with the package, opened once a process.

    Raises `MissingError` where its files are absent, and `BadInputError` where they are damaged.
    """
    encoder, _ = model.grown(FOLDER, WEIGHTS, CARD, FORMAT)
    return Selection(encoder)
