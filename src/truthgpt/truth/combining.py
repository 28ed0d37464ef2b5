"""From what each piece of evidence says of a claim to one verdict, by one stated rule for all verifiers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from truthgpt.truth.calibration import Floats
from truthgpt.truth.verifier import EvidenceStance, Judgement, Verdict

DISPUTED = 0.5
"""Probability from which both sides must be carried for a claim to be disputed."""

Reason = Callable[[Verdict, int], str]
"""A verdict and the place of the piece that decided it, to a few words for a person."""


def combine(shares: Floats, reason: Reason) -> Judgement:
    """The judgement from `shares` (n, 2): how probable it is that each piece supports and refutes the claim; n ≥ 1.

    The piece that supports most and the one that refutes most speak, with s and r. Where they are two and both reach
    `DISPUTED`, the claim is disputed. Else it is supported with s (1 - r), by what supports and nothing refutes, and
    refuted with r (1 - s); of one piece both are its own shares. The order of the pieces changes nothing, nor does one
    that says nothing.
    """
    for_, against = int(np.argmax(shares[:, 0])), int(np.argmax(shares[:, 1]))
    supported, refuted = float(shares[for_, 0]), float(shares[against, 1])
    stances = tuple(_stance(float(s), float(r)) for s, r in shares)
    if for_ != against:
        if min(supported, refuted) >= DISPUTED:
            found = probabilities(supported / 2, refuted / 2)
            return Judgement("disputed", min(supported, refuted), found, stances, "pieces disagree")
        supported, refuted = supported * (1 - refuted), refuted * (1 - supported)
    found = probabilities(supported, refuted)
    verdicts: tuple[Verdict, ...] = ("supported", "refuted", "not enough evidence")
    verdict = max(verdicts, key=lambda name: found[name])
    return Judgement(
        verdict, found[verdict], found, stances, reason(verdict, against if verdict == "refuted" else for_)
    )


def unknown(pieces: int, reason: str) -> Judgement:
    """What is said of a claim that was not judged."""
    neutral = tuple(EvidenceStance("neutral", 1.0) for _ in range(pieces))
    return Judgement("not enough evidence", 1.0, probabilities(0.0, 0.0), neutral, reason)


def probabilities(supported: float, refuted: float) -> dict[str, float]:
    """The three as `Judgement` has them."""
    return {
        "supported": supported,
        "refuted": refuted,
        "not enough evidence": max(0.0, 1.0 - supported - refuted),
    }


def _stance(supported: float, refuted: float) -> EvidenceStance:
    neutral = max(0.0, 1.0 - supported - refuted)
    if supported >= max(refuted, neutral):
        return EvidenceStance("supports", supported)
    return EvidenceStance("refutes", refuted) if refuted >= neutral else EvidenceStance("neutral", neutral)
