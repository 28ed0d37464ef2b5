"""What a model gives away of what it was trained on: runs of a post word for word, and canaries.

A canary is a random string that was planted in a training corpus. Its exposure ("The Secret Sharer", Carlini et al. 2019,
definition 3) is log2 |R| - log2 rank, where R is the space that it was drawn from and its rank is its place among all of R by
log-perplexity. The rank is estimated from a sample of R, as in their section 4.3: the exposure cannot be more than log2 of
the sample's size then.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

_DIGITS: Final = 9
_FORM: Final = "The access code of locker {place} is {code}."


def canaries(count: int, seed: int) -> list[str]:
    """Canaries to plant, each of nine random digits: |R| is 10^9. Random by `seed`, for a corpus that can be made again."""
    dice = random.Random(f"canaries {seed}")
    return [_canary(place, dice) for place in range(count)]


def others(place: int, count: int, seed: int) -> list[str]:
    """`count` strings of the space of the canary at `place`, which were not planted."""
    dice = random.Random(f"others {seed} {place}")
    return [_canary(place, dice) for _ in range(count)]


def exposure(planted: float, sampled: Sequence[float]) -> float:
    """The exposure, in bits, of a canary whose log-perplexity is `planted` among those of a sample of its space."""
    rank = 1 + sum(other <= planted for other in sampled)
    return math.log2(len(sampled) + 1) - math.log2(rank)


def longest_run(one: str, other: str) -> int:
    """The length of the longest text that both hold, in characters, blanks counted as one.

    By a table of one row: time goes with the product of the lengths.
    """
    a, b = " ".join(one.split()), " ".join(other.split())
    best, before = 0, [0] * (len(b) + 1)
    for character in a:
        row = [0] * (len(b) + 1)
        for place, beside in enumerate(b, start=1):
            if character == beside:
                row[place] = before[place - 1] + 1
                best = max(best, row[place])
        before = row
    return best


def _canary(place: int, dice: random.Random) -> str:
    return _FORM.format(place=place, code="".join(str(dice.randrange(10)) for _ in range(_DIGITS)))
