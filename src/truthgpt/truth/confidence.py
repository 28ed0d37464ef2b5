"""How probable it is that a finding is right: logistic curves over what the rules found, fitted on public pairs.

The curves are monotone by construction: a finding that entails more, covers more or has fewer faults is never less
probable to support the claim. `scripts/fit_rules.py` fits the coefficients in `fitted.json` and says on what.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from truthgpt.truth.entailment import Finding
from truthgpt.truth.verifier import EvidenceStance

FITTED = Path(__file__).with_name("fitted.json")

FEATURES = ("constant", "entailed", "contrary", "coverage", "density", "faultless")
"""What a probability is made of, in the order of the coefficients; all but the constant lie in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The probabilities that one piece of evidence supports and that it refutes a claim; their sum is at most 1."""

    supported: float
    refuted: float


def features(finding: Finding) -> tuple[float, ...]:
    """The values of `FEATURES` for `finding`."""
    return (
        1.0,
        float(finding.entailed),
        float(bool(finding.contrary)),
        finding.coverage,
        finding.density * finding.entailed,
        1.0 / (1 + len(finding.faults)),
    )


@lru_cache(maxsize=1)
def coefficients() -> dict[str, tuple[float, ...]]:
    """The fitted coefficients of `supported` and `refuted`, in the order of `FEATURES`."""
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    return {name: tuple(fitted[name][feature] for feature in FEATURES) for name in ("supported", "refuted")}


def estimate(finding: Finding) -> Estimate:
    """The probabilities for one finding, each `1 / (1 + exp(-w·x))`, scaled down where they exceed 1 together."""
    values = features(finding)
    shares = [
        1.0 / (1.0 + math.exp(-sum(w * x for w, x in zip(weights, values, strict=True))))
        for weights in coefficients().values()
    ]
    total = max(1.0, sum(shares))
    return Estimate(shares[0] / total, shares[1] / total)


def stance(finding: Finding, estimate: Estimate) -> EvidenceStance:
    """The stance of one piece of evidence with its probability."""
    if finding.entailed:
        return EvidenceStance("supports", estimate.supported)
    if finding.contrary:
        return EvidenceStance("refutes", estimate.refuted)
    return EvidenceStance("neutral", max(0.0, 1.0 - estimate.supported - estimate.refuted))
