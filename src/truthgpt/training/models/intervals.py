"""What a share or a rate over items may have been with other items of the same kind: the bootstrap (Efron, 1979)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_DRAWS: Final = 1_000
_TAILS: Final = (2.5, 97.5)


def ratio(over: npt.ArrayLike, under: npt.ArrayLike, seed: int = 0) -> tuple[float, float] | None:
    """The interval of 95% of sum(over) / sum(under), both (n,), by drawing the n items anew a thousand times.

    None with fewer than two items that count, of which no spread can be told. The same `seed` gives the same interval.
    """
    top, bottom = np.asarray(over, np.float64), np.asarray(under, np.float64)
    counted = bottom > 0
    top, bottom = top[counted], bottom[counted]
    if len(top) < 2:
        return None
    dice = np.random.default_rng(seed)
    found: npt.NDArray[Any] = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        chosen = dice.integers(0, len(top), len(top))
        found[draw] = top[chosen].sum() / bottom[chosen].sum()
    low, high = np.percentile(found, _TAILS)
    return float(low), float(high)
