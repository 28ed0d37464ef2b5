"""Which token of the evidence each token of a claim stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truthgpt.truth.tokens import Token

_CANDIDATES = 6
_BACKWARD, _NEW_SENTENCE, _NEW_CLAUSE, _GAP, _FAR, _OTHER_GOVERNOR = 2.0, 1.5, 0.5, 0.15, 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Alignment:
    """`match[i]` is the evidence token for the claim's token `i`, or None; `cost` is low where they lie as in the claim."""

    match: tuple[Token | None, ...]
    cost: float

    @property
    def coverage(self) -> float:
        """The share of the claim's tokens that are matched, in [0, 1]."""
        return sum(token is not None for token in self.match) / len(self.match)


def align(claim: Sequence[Token], evidence: Sequence[Token]) -> Alignment:
    """The cheapest assignment of `claim` to equal tokens of `evidence`, by dynamic programming over the claim.

    Cost is paid for jumps: backwards, over other tokens, into another clause or sentence. Each token has at most
    `_CANDIDATES` candidates, so the time is linear in the claim. A token without a candidate is left unmatched.
    """
    places: dict[str, list[Token]] = {}
    for token in evidence:
        places.setdefault(token.key, []).append(token)
    frontier: list[tuple[float, Token | None, tuple[Token | None, ...]]] = [(0.0, None, ())]
    for wanted in claim:
        candidates = places.get(wanted.key)
        if not candidates:
            frontier = [(cost, last, (*path, None)) for cost, last, path in frontier]
            continue
        reached: list[tuple[float, Token | None, tuple[Token | None, ...]]] = []
        for token in candidates[:_CANDIDATES]:
            cost, path = min(
                ((cost + _jump(last, token), path) for cost, last, path in frontier),
                key=lambda option: option[0],
            )
            if token.prep != wanted.prep or token.negated != wanted.negated:
                cost += _OTHER_GOVERNOR
            reached.append((cost, token, (*path, token)))
        frontier = reached
    cost, _, path = min(frontier, key=lambda option: option[0])
    return Alignment(path, cost)


def _jump(last: Token | None, token: Token) -> float:
    if last is None:
        return 0.0
    distance = token.pos - last.pos
    if distance == 0:
        return _BACKWARD * 2  # one token cannot stand for two
    cost = min(_FAR, _GAP * (abs(distance) - 1)) + (_BACKWARD if distance < 0 else 0.0)
    if token.sentence != last.sentence:
        cost += _NEW_SENTENCE
    elif token.chunk != last.chunk:
        cost += _NEW_CLAUSE
    return cost
