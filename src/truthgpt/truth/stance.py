"""How a text stands to a target: for it, against it, or neither, by the trained cross-encoder's second head."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.fold import fold
from truthgpt.truth.calibration import Floats
from truthgpt.truth.crossencoder import model

FITTED = Path(__file__).with_name("stance.json")

Side = Literal["favor", "against", "none"]
SIDES: tuple[Side, ...] = ("favor", "against", "none")


@dataclass(frozen=True, slots=True)
class Stance:
    """The likeliest side, and the probability of each; they sum to 1."""

    side: Side
    probabilities: dict[Side, float]


def stances(pairs: Sequence[tuple[str, str]]) -> list[Stance]:
    """The stance of each (target, text). A target may be a name ("Atheism") or a statement ("We should ban zoos").

    Nothing to read, or no target, is `none`. Never raises on text.
    """
    if not pairs:
        return []
    made = []
    for (target, text), row in zip(pairs, probabilities(model.shipped().stances(pairs)), strict=True):
        shares = row if fold(target).strip() and fold(text).strip() else np.array([0.0, 0.0, 1.0])
        made.append(
            Stance(
                SIDES[int(np.argmax(shares))],
                dict(zip(SIDES, (float(share) for share in shares), strict=True)),
            )
        )
    return made


def probabilities(logits: npt.NDArray[np.floating]) -> Floats:
    """(n, 3): the softmax of logits over a temperature, with what the fitted offsets add."""
    temperature, offsets = fitted()
    values = logits.astype(np.float64) / temperature + offsets
    values = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(values / values.sum(axis=1, keepdims=True))


@lru_cache(maxsize=1)
def fitted() -> tuple[float, Floats]:
    """Temperature and offsets (3,), which `scripts/fit_stance.py` fits on TweetEval's validation part."""
    found = json.loads(FITTED.read_text(encoding="utf-8"))
    return float(found["temperature"]), np.array([found["offsets"][side] for side in SIDES])
