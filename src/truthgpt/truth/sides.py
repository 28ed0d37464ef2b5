"""Who is for what a question asks and who against, and whether it is contested at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from truthgpt.truth.proposition import mirrored
from truthgpt.truth.stance import Side, Stance, stances

CLEAR = 0.6
"""Probability of a side from which a text is taken to be on it."""
VOICES = 2
"""Independent texts that a side has at the least: one post is not a side."""
CONTESTED = 0.15
"""Share of those with a side that the smaller side has at the least, where a question is contested."""

Read = Callable[[Sequence[tuple[str, str]]], list[Stance]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The places, in the order given, of the texts that are for and against; strongest first."""

    favor: tuple[int, ...]
    against: tuple[int, ...]

    @property
    def contested(self) -> bool:
        """Whether both sides have enough voices of their own."""
        fewer = min(len(self.favor), len(self.against))
        return fewer >= VOICES and fewer >= CONTESTED * (len(self.favor) + len(self.against))


def take_sides(target: str, texts: Sequence[str], read: Read = stances) -> Sides:
    """The sides of independent `texts` on `target`. `read` tells stances.

    A comparison is read both ways, so that "A better than B" and "B better than A" give the same sides, swapped, exactly:
    who is for the one counts by the mean of being for it and against the other.
    """
    shares = [_shares(stance) for stance in read([(target, text) for text in texts])]
    other = mirrored(target)
    if other is not None:
        turned = [_shares(stance) for stance in read([(other, text) for text in texts])]
        shares = [
            ((favor + turned_against) / 2, (against + turned_favor) / 2)
            for (favor, against), (turned_favor, turned_against) in zip(shares, turned, strict=True)
        ]
    order = range(len(texts))
    return Sides(
        tuple(sorted((n for n in order if shares[n][0] >= CLEAR), key=lambda n: (-shares[n][0], n))),
        tuple(sorted((n for n in order if shares[n][1] >= CLEAR), key=lambda n: (-shares[n][1], n))),
    )


def _shares(stance: Stance) -> tuple[float, float]:
    favor, against = (stance.probabilities[side] for side in _TAKEN)
    return favor, against


_TAKEN: tuple[Side, Side] = ("favor", "against")
