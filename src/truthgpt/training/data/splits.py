"""Which documents are read to measure a model and never to train it: told by a hash of their keys."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.key import Keys

TRAIN: Final = "train"
VALIDATION: Final = "validation"
SPLITS: Final = (TRAIN, VALIDATION)

_SALT: Final = np.uint64(0x7C5C_B1A9_0D6B_3E25)
"""Fixed for ever: another one would put what models were trained on into the validation split."""


def hashed(keys: Keys, salt: np.uint64 | int) -> npt.NDArray[np.uint64]:
    """64 bits of each of `keys`, another set of them for each `salt`: the finaliser of MurmurHash3, as `compiled.mix`."""
    value: npt.NDArray[np.uint64] = keys.view(np.uint64) ^ np.uint64(salt)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ (value >> np.uint64(33))) * np.uint64(factor)
    return value ^ (value >> np.uint64(33))


def in_validation(keys: Keys, share: float, least: int) -> npt.NDArray[np.bool_]:
    """Which of the documents with these `keys` (n,) are in the validation split: those whose hash is below `share` of all
    hashes, so that a document stays on its side however the corpus grows.

    Where these are fewer than `least`, the documents with the `least` lowest hashes, at most every second one: a corpus of
    less than `least / share` documents gives back some of them to training as it grows.
    """
    values = hashed(keys, _SALT)
    chosen = values < np.uint64(min(int(share * 2**64), 2**64 - 1))
    least = min(least, len(keys) // 2)
    if share > 0 and np.count_nonzero(chosen) < least:
        chosen[np.argsort(values, kind="stable")[:least]] = True
    return chosen
