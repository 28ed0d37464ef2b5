"""What judges a claim against evidence, seen from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Verdict = Literal["supported", "refuted", "disputed", "not enough evidence"]
Stance = Literal["supports", "refutes", "neutral"]


@dataclass(frozen=True, slots=True)
class EvidenceStance:
    """How one piece of evidence stands to a claim; `probability` is that of the named stance."""

    stance: Stance
    probability: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the probability that it is right, and the stance of each piece of evidence, in its order.

    `probabilities` has the keys `supported`, `refuted` and `not enough evidence` and sums to 1; `reason` says in a few
    words what decided it ("the number 14 is not in the evidence").
    """

    verdict: Verdict
    confidence: float
    probabilities: dict[str, float]
    evidence: tuple[EvidenceStance, ...]
    reason: str = ""


class Verifier(Protocol):
    """Judges one claim against pieces of evidence. No evidence is `not enough evidence`; it never raises on text."""

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement: ...
