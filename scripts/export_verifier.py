"""Writes a trained checkpoint into the package: matrices as int8 with a scale a row, and the card with their digests.

    python scripts/export_verifier.py CHECKPOINT

CHECKPOINT is what `train_verifier.py` left there. Needs the extra `weights`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from truthgpt.truth.crossencoder.model import CARD, FOLDER, FORMAT, WEIGHTS
from truthgpt.truth.crossencoder.text import VOCABULARY

MADE = {
    "what": "all-MiniLM-L6-v2 (Apache-2.0) trained on as a cross-encoder with the heads `verdict` and `stance`;"
    " 1,625 Han characters and 12,000 words of Portuguese and Chinese were added to its vocabulary",
    "script": "scripts/train_verifier.py",
    "data": {
        "verdict": "training parts of FEVER dev pairs, Fool Me Twice dev, CovidFact, WiCE dev, FRANK validation, QAGS, ConTRoL dev, SICK,"
        " RTE, ASSIN 1 and 2 (Portuguese), OCNLI (Chinese); edits of Reddit's posts (PDDL) and of ASSIN's and OCNLI's sentences",
        "stance": "training parts of SemEval-2016 task 6 by TweetEval, Perspectrum, ArgKP",
    },
    "terms": "ConTRoL, OCNLI and SICK are for non-commercial use (CC BY-NC); of CovidFact, QAGS, RTE and ASSIN no licence is stated."
    " Who sells a service on these weights trains them anew without those sets.",
    "limits": "docs/truth.md",
}


def eight_bits(state: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """A network's state with its matrices as int8 and `NAME.scale`, a scale a row, beside each."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in state.items():
        values = value.float().numpy()
        if values.ndim == 2:
            scale = np.maximum(np.abs(values).max(axis=1), 1e-12) / 127
            arrays[name] = np.rint(values / scale[:, None]).astype(np.int8)
            arrays[f"{name}.scale"] = scale.astype(np.float32)
        else:
            arrays[name] = values.astype(np.float32)
    return arrays


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    state = torch.load(parser.parse_args().checkpoint / "network.pt", weights_only=True)
    np.savez(FOLDER / WEIGHTS, **eight_bits(state))
    sums = {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in (WEIGHTS, VOCABULARY.name)
    }
    (FOLDER / CARD).write_text(
        json.dumps({"format": FORMAT, "sha256": sums, **MADE}, indent=1) + "\n", encoding="utf-8"
    )
    print(json.dumps({"bytes": (FOLDER / WEIGHTS).stat().st_size, "sha256": sums[WEIGHTS]}))


if __name__ == "__main__":
    main()
