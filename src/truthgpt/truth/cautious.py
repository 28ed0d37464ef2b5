"""The trained verifier where it is surest: it abstains from a verdict that would be wrong more often than a stated risk.

A piece of evidence takes a side where the rules find one, or where the calibrated probability reaches that from which at most
`trained.RISK` of such verdicts were wrong on pairs kept back from the network. Else it says nothing. `truthgpt verify --sure`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truthgpt.truth import confidence
from truthgpt.truth.calibration import Floats
from truthgpt.truth.trained import Reading, TrainedVerifier, estimate, sure_from


class CautiousVerifier(TrainedVerifier):
    """Judges claims as `Verifier` says, and takes no side where it is not sure; threads may share it."""

    def shares(self, readings: Sequence[Reading]) -> Floats:
        """As of the trained verifier, and 0 of a side that is not sure."""
        return np.array(
            [_sides(*each) for each in zip(readings, estimate(readings), strict=True)], dtype=np.float64
        ).reshape(-1, 2)


def _sides(reading: Reading, estimated: Floats) -> tuple[float, float]:
    finding, by_rule = reading.finding, confidence.estimate(reading.finding)
    supported, refuted = (float(value) for value in estimated)
    at = sure_from()[reading.kind]
    if finding.entailed:
        return max(supported, by_rule.supported), 0.0
    if finding.contrary:
        return 0.0, max(refuted, by_rule.refuted)
    if supported >= at[0]:
        return supported, 0.0
    return (0.0, refuted) if refuted >= at[1] else (0.0, 0.0)
