"""The learning rate over a run: it rises, stays, and falls (Hu et al. 2024, MiniCPM; the fall as a square root by Hägele et al. 2024)."""

from __future__ import annotations

import math


def share(step: int, steps: int, warmup: float, cooldown: float, floor: float) -> float:
    """The share of the highest rate that step number `step` (from 0) of `steps` takes.

    In the first `warmup` of the steps it rises evenly, in the last `cooldown` it falls by 1 - √t to `floor`.
    """
    rising, falling = round(warmup * steps), round(cooldown * steps)
    if step < rising:
        return (step + 1) / rising
    begun = step - (steps - falling)
    if begun < 0 or not falling:
        return 1.0
    return floor + (1 - floor) * (1 - math.sqrt(begun / falling))
