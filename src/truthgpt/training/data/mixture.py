"""How often documents are read: weights by community and language, and by them the copies that an epoch has of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.key import Keys
from truthgpt.errors import BadInputError
from truthgpt.training.data.shards import ShardSet, Split
from truthgpt.training.data.splits import hashed


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights by name, 1 where none is given: a document's is that of its community times that of its language.

    A document of weight w is read w times an epoch: of 2, twice; of 0, never; of 0.25, in every fourth epoch.
    """

    communities: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, weights in (("community", self.communities), ("language", self.languages)):
            for name, weight in weights.items():
                if isinstance(weight, bool) or not isinstance(weight, int | float):
                    raise BadInputError(f"the weight of {kind} {name!r} is {weight!r}; it is a number")
                if not (math.isfinite(weight) and 0 <= weight <= MOST):
                    raise BadInputError(f"the weight of {kind} {name!r} is {weight}; it is from 0 to {MOST}")

    def weights(self, shards: ShardSet, split: Split) -> npt.NDArray[np.float64]:
        """The weight of each document of `split` (n,). Raises `BadInputError` for a name that the shards do not have."""
        communities = _by_number(self.communities, shards.manifest.communities, "community")
        languages = _by_number(self.languages, shards.manifest.languages, "language")
        found: npt.NDArray[np.float64] = communities[split.communities] * languages[split.languages]
        return found


MOST = 1_000
"""The largest weight: what is read more often in an epoch is learnt by heart."""


@dataclass(frozen=True, slots=True)
class Data:
    """How the corpus is cut and read.

    validation            share of the documents that are kept for measuring, 0 to 0.5
    validation_documents  how many there are at the least; at the most every second one
    communities, languages  weights by name, see `Mixture`; what is not named has weight 1
    """

    validation: float = 0.01
    validation_documents: int = 8
    communities: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.validation <= 0.5:
            raise BadInputError(f"validation is {self.validation}; it is a share, from 0 to 0.5")
        if self.validation_documents < 0:
            raise BadInputError(f"validation_documents is {self.validation_documents}; it is at least 0")
        Mixture(self.communities, self.languages)

    @property
    def mixture(self) -> Mixture:
        """The weights."""
        return Mixture(self.communities, self.languages)


def copies(weights: npt.NDArray[np.float64], keys: Keys, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """How often each document is in `epoch` (n,): floor(w (e + 1) + u) - floor(w e + u), with u from 0 to 1 a hash of the
    document's key and the seed.

    Systematic sampling over epochs: in any k epochs in a row a document is read k w times, give or take less than one.
    """
    # Of 32 bits, so that the sums below are exact and a whole weight is never rounded.
    shift = (hashed(keys, salt(seed, _ROUNDING)) >> np.uint64(32)).astype(np.float64) / 2**32
    found: npt.NDArray[np.int64] = (
        np.floor(weights * (epoch + 1) + shift) - np.floor(weights * epoch + shift)
    ).astype(np.int64)
    return found


_ROUNDING = 1 << 63


def salt(*numbers: int) -> np.uint64:
    """64 bits that hang on all of `numbers` and their order."""
    value = np.zeros(1, np.int64)
    for number in numbers:
        value = hashed(value, number & (2**64 - 1)).view(np.int64)
    return np.uint64(value.view(np.uint64)[0])


def _by_number(weights: Mapping[str, float], names: tuple[str, ...], kind: str) -> npt.NDArray[np.float64]:
    for name in weights:
        if name not in names:
            some = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
            raise BadInputError(f"no document is of {kind} {name!r}; there are {some}")
    return np.array([float(weights.get(name, 1)) for name in names])
