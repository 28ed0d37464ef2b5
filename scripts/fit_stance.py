"""Fits a temperature and an offset a side for the stance head, on the validation part of SemEval-2016 task 6 (TweetEval).

    python scripts/fit_stance.py

Needs no torch. Writes `src/truthgpt/truth/stance.json` and prints the figures of that part.
"""

from __future__ import annotations

import json

import numpy as np
from scipy.optimize import minimize

import claim_sets
from truthgpt.truth import stance
from truthgpt.truth.calibration import Floats
from truthgpt.truth.crossencoder import model

FROM = "scripts/fit_stance.py on the validation part of SemEval-2016 task 6"


def main() -> None:
    rows = [row for row in claim_sets.stance_tweets() if row[3] == "val"]
    logits = model.shipped().stances([(target, text) for target, text, _, _ in rows]).astype(np.float64)
    right = np.array([stance.SIDES.index(side) for _, _, side, _ in rows])  # type: ignore[arg-type]

    def loss(values: Floats) -> float:
        scaled = logits / np.exp(values[0]) + np.array([values[1], values[2], 0.0])
        chances = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return float(-chances[np.arange(len(right)), right].mean() + 0.02 * np.square(values).sum())

    found = minimize(loss, np.zeros(3), method="Nelder-Mead").x
    offsets = {"favor": round(float(found[1]), 4), "against": round(float(found[2]), 4), "none": 0.0}
    fitted = {"from": FROM, "temperature": round(float(np.exp(found[0])), 4), "offsets": offsets}  # fmt: skip
    stance.FITTED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"tweets": len(rows), "loss": round(loss(found), 4), **fitted}))


if __name__ == "__main__":
    main()
