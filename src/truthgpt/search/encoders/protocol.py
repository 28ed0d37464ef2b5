"""What a search needs of an encoder, and how near its vectors have to be for two texts to have to do with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Texts to unit vectors (n, dimensions), float32; zeros for a text that it knows nothing of. What is asked may be encoded in
    another way than what is found. `translated` gives the English for the words of a text that are not English, as far as it knows
    it. `identity` is equal for encoders whose vectors may stand in one store. `near`: the cosines from which a post that has
    none of the words looked for is found at all, where other posts have some of them, and where none has any."""

    @property
    def dimensions(self) -> int: ...
    @property
    def identity(self) -> str: ...
    @property
    def near(self) -> tuple[float, float]: ...
    def encode(self, texts: Sequence[str]) -> Floats: ...
    def encode_query(self, text: str) -> Floats: ...
    def translated(self, text: str) -> str: ...


_UNRELATED = (
    "The ferry to the island was cancelled because of the storm.",
    "Which graphics card should I buy for less than 300 dollars?",
    "My sourdough did not rise overnight, the kitchen was too cold.",
    "The central bank left interest rates where they were.",
    "He scored twice in the last ten minutes of the final.",
    "Is it safe to take ibuprofen on an empty stomach?",
    "Found this poem in a second-hand book and it made me cry.",
    "A lagarta comeu todas as folhas da minha couve.",
    "O metrô parou de novo hoje de manhã.",
    "Alguém sabe consertar violão com o braço empenado?",
    "A votação do orçamento ficou para a semana que vem.",
    "这家店的牛肉面汤很清。",
    "望远镜第一次看到土星环。",
    "房东说下个月要涨租金。",
    "孩子学钢琴应该几岁开始？",
    "Penguins huddle to keep warm and take turns on the outside.",
)
"""Texts no two of which have to do with each other, in the languages that are served best."""
_APART, _ALONE = 3.0, 4.5
"""Standard deviations above the middle cosine of unrelated texts."""
_TO_DEVIATION = 1.4826
"""What the median distance from the middle is multiplied by to be a standard deviation (Rousseeuw and Croux 1993)."""


def told_apart(encode: Callable[[Sequence[str]], Floats]) -> tuple[float, float]:
    """`Encoder.near` of an encoder, by what it makes of texts that have nothing to do with each other: of some, no two texts have a
    cosine below 0.7."""
    vectors = encode(_UNRELATED).astype(np.float64)
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    # Of the middle, not the mean: to an encoder of one language all texts in another are alike.
    middle = float(np.median(cosines))
    deviation = _TO_DEVIATION * float(np.median(np.abs(cosines - middle)))
    near, alone = (middle + times * deviation for times in (_APART, _ALONE))
    return min(near, 0.95), min(alone, 0.97)
