"""Fits what the trained verifier's logits and the rules' findings are worth, on training pairs kept back from the network.

    python scripts/fit_verifier.py

Needs what answering needs, and no torch. Writes `src/truthgpt/truth/trained.json` and prints a JSON line a kind of pair:
how many, the cross-validated Brier score of the curves alone and of Platt's, beta and isotonic calibration on top, and from
which probability at most one verdict in fifty was wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np

import claim_sets
from claim_sets import Pair
from truthgpt.truth import calibration, trained
from truthgpt.truth.calibration import Beta, Floats, Isotonic, Platt
from truthgpt.truth.checkable import stripped, uncheckable
from truthgpt.truth.trained import FEATURES, Reading, TrainedVerifier
from verifier_pairs import is_kept_back, verdict_pairs

FOLDS = 5


def weights_of(pairs: list[Pair]) -> Floats:
    """Sets count by the square root of their size, so that a large one does not decide alone."""
    sizes = Counter(pair.source for pair in pairs)
    return np.array([1 / np.sqrt(sizes[pair.source]) for pair in pairs])


def main() -> None:
    # Turned pairs teach; how often a claim is refuted they do not tell.
    pairs = [pair for pair in verdict_pairs() if is_kept_back(pair.topic) and pair.source != "turned"]
    pairs = [pair for pair in pairs if pair.evidence and not uncheckable(stripped(pair.claim))]
    readings = TrainedVerifier().read([(stripped(pair.claim), pair.evidence) for pair in pairs])
    fitted: dict[str, Any] = {
        "from": "scripts/fit_verifier.py, training pairs kept back from the network",
        "kinds": {},
    }
    for kind in sorted({reading.kind for reading in readings}):
        chosen = [row for row, reading in enumerate(readings) if reading.kind == kind]
        fitted["kinds"][kind] = _fit(kind, [pairs[row] for row in chosen], [readings[row] for row in chosen])
    trained.FITTED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def _fit(kind: str, pairs: list[Pair], readings: list[Reading]) -> dict[str, dict[str, float]]:
    values = np.array([reading.features() for reading in readings])
    weights = weights_of(pairs)
    folds = np.array([int(claim_sets.share(f"fold {pair.topic}") * FOLDS) for pair in pairs])
    coefficients: dict[str, dict[str, float]] = {}
    for verdict in ("supported", "refuted"):
        known = np.array([verdict == "supported" or pair.label != "not supported" for pair in pairs])
        hits = np.array([float(pair.label == verdict) for pair in pairs])[known]
        x, w, f = values[known], weights[known], folds[known]
        scores = np.empty(len(hits))
        for fold in range(FOLDS):
            out = f == fold
            if out.any():
                scores[out] = calibration.sigmoid(x[out] @ calibration.logistic(x[~out], hits[~out], w[~out]))
        _, tried = calibration.choose((Platt(), Beta(), Isotonic()), scores, hits, f)
        print(json.dumps({
            "kind": kind, "verdict": verdict, "pairs": len(hits), "right": round(float(hits.mean()), 3),
            "brier": dict(zip(("curve", "platt", "beta", "isotonic"), (round(one, 4) for one in (calibration.brier(scores, hits), *tried)), strict=True)),
            "ece": round(calibration.expected_error(scores, hits), 4),
            "sure": round(calibration.threshold_for(trained.RISK, scores, hits), 4),
        }))  # fmt: skip
        found = calibration.logistic(x, hits, w)
        coefficients[verdict] = {
            name: round(float(value), 4) for name, value in zip(FEATURES, found, strict=True)
        }
        coefficients[verdict]["sure"] = round(calibration.threshold_for(trained.RISK, scores, hits), 4)
    return coefficients


if __name__ == "__main__":
    main()
