"""What answers are checked by: the trained verifier where it is surest, and the rules, which are right where they speak.

A piece of evidence takes a side where the rules find one, or where the calibrated probability reaches that from which at
most `trained.RISK` of such verdicts were wrong on pairs kept back from the network. Else it says nothing: a sentence that is
struck though true costs less than one that is shown though false.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truthgpt.truth import confidence
from truthgpt.truth.checkable import stripped
from truthgpt.truth.combining import combine, unknown
from truthgpt.truth.rules import MAX_PIECES, unread
from truthgpt.truth.trained import Reading, TrainedVerifier, estimate, reason_of, sure_from
from truthgpt.truth.verifier import Judgement

LEAST = 0.34
"""Share of a claim's words that a piece must have to be read by the network: most of what a search brings is beside the point."""


class CautiousVerifier:
    """Judges claims as `Verifier` says, and takes no side where it is not sure; threads may share it."""

    def __init__(self) -> None:
        self._trained = TrainedVerifier(LEAST)

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """The verdict on `claim`; see `Verifier`. Never raises on text."""
        text = stripped(claim)
        if reason := unread(text, evidence):
            return unknown(len(evidence), reason)
        read = [place for place, piece in enumerate(evidence[:MAX_PIECES]) if piece.strip()]
        readings = dict(
            zip(read, self._trained.read([(text, evidence[place]) for place in read]), strict=True)
        )
        shares = np.zeros((len(evidence), 2))
        for (place, reading), found in zip(readings.items(), estimate(list(readings.values())), strict=True):
            shares[place] = _sides(reading, *found)
        findings = {place: reading.finding for place, reading in readings.items()}
        return combine(shares, lambda verdict, place: reason_of(verdict, findings.get(place)))


def _sides(reading: Reading, supported: float, refuted: float) -> tuple[float, float]:
    """The probabilities that a piece supports and refutes, of which one at most is above 0."""
    finding, by_rule = reading.finding, confidence.estimate(reading.finding)
    at = sure_from()[reading.kind]
    if finding.entailed:
        return max(supported, by_rule.supported), 0.0
    if finding.contrary:
        return 0.0, max(refuted, by_rule.refuted)
    if supported >= at[0]:
        return supported, 0.0
    return (0.0, refuted) if refuted >= at[1] else (0.0, 0.0)
