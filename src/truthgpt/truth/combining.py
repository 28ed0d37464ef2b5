"""From what each piece of evidence says of a claim to one verdict, by one stated rule for all verifiers."""

from __future__ import annotations

from collections.abc import Callable

from truthgpt.truth.calibration import Floats
from truthgpt.truth.verifier import EvidenceStance, Judgement, Verdict

DISPUTED = 0.5
"""Probability from which both sides must be carried for a claim to be disputed."""

Reason = Callable[[Verdict, int], str]
"""A verdict and the place of the piece that decided it, to a few words for a person."""


def combine(shares: Floats, reason: Reason) -> Judgement:
    """The judgement from `shares` (n, 2): how probable it is that each piece supports and refutes the claim; n ≥ 1.

    A piece speaks for the claim or against it, whichever is more probable. Of those on each side the strongest is heard,
    with s and r. Where both sides are heard and both reach `DISPUTED`, the claim is disputed; else it is supported with
    s (1 - r), by what supports and nothing refutes, and refuted with r (1 - s). Where one side alone is heard, both
    probabilities are those of its strongest piece. The order of the pieces changes nothing, nor does a copy of one, nor one
    that says nothing.
    """
    places = range(len(shares))
    for_ = max(places, key=lambda n: (shares[n, 0] >= shares[n, 1], shares[n, 0], -shares[n, 1]))
    against = max(places, key=lambda n: (shares[n, 1] > shares[n, 0], shares[n, 1], -shares[n, 0]))
    stances = tuple(_stance(float(s), float(r)) for s, r in shares)
    heard_for = shares[for_, 0] >= shares[for_, 1] and shares[for_, 0] > 0
    heard_against = shares[against, 1] > shares[against, 0]
    if heard_for and heard_against:
        supported, refuted = float(shares[for_, 0]), float(shares[against, 1])
        if min(supported, refuted) >= DISPUTED:
            found = probabilities(supported / 2, refuted / 2)
            return Judgement("disputed", min(supported, refuted), found, stances, "pieces disagree")
        supported, refuted = supported * (1 - refuted), refuted * (1 - supported)
    else:
        supported, refuted = (float(value) for value in shares[against if heard_against else for_])
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
