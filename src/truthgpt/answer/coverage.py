"""How much of one text another has: token by token, where a token of near meaning counts in part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

_NEAR = 0.35
"""Cosine of two tokens' vectors from which one counts, in part, for the other."""
PART = 0.9
"""What another token than the one looked for counts at the most."""

Floats = npt.NDArray[np.float32]
Tokens = tuple[Floats, Floats]
"""The unit vectors (n, d) of a text's tokens, and their weights (n,)."""


class Encoder(Protocol):
    """The embedding, as far as answers need it (`search.embedding.Embedding`)."""

    def encode(self, texts: Sequence[str]) -> Floats: ...
    def tokens(self, text: str) -> Tokens: ...


def covered(asked: Tokens, text: str, encoder: Encoder) -> float:
    """The share, by weight, of the tokens `asked` (`Encoder.tokens`) that `text` has; one of near meaning counts in part."""
    vectors, weights = asked
    total = float(weights.sum())
    return float(weights @ nearness(vectors, encoder.tokens(text)[0])) / total if total else 0.0


def nearness(vectors: Floats, tokens: Floats) -> Floats:
    """For each of `vectors` (n, d) how near, in [0, 1], the nearest of `tokens` (m, d) is; 1 only for the same token."""
    if not len(tokens) or not len(vectors):
        return np.zeros(len(vectors), dtype=np.float32)
    nearest = (vectors @ tokens.T).max(axis=1)
    counted: Floats = np.where(nearest > 0.999, 1.0, np.clip((nearest - _NEAR) / (1 - _NEAR), 0.0, PART))
    return counted
