"""Writes a trained checkpoint into the package: matrices as int8 with a scale a row, and the card with their digests.

    python scripts/export_verifier.py CHECKPOINT [--shared]

CHECKPOINT is what `train_verifier.py` left there, or with `--shared` what `train_shared.py` did, of which the embeddings and the
lowest layers are written. Needs the extra `weights`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.pieces import PIECES
from truthgpt.truth.crossencoder.words import VOCABULARY

SHARED_LAYERS = 2
DATA = {
    "verdict": "training parts of FEVER dev pairs, Fool Me Twice dev, CovidFact, WiCE dev, FRANK validation, QAGS, ConTRoL dev, SICK,"
    " RTE, ASSIN 1 and 2 (Portuguese), OCNLI (Chinese); edits of Reddit's posts (PDDL) and of ASSIN's and OCNLI's sentences",
    "stance": "training parts of SemEval-2016 task 6 by TweetEval, Perspectrum, ArgKP",
}
TERMS = (
    "ConTRoL, OCNLI and SICK are for non-commercial use (CC BY-NC); of CovidFact, QAGS, RTE and ASSIN no licence is stated."
    " Who sells a service on these weights trains them anew without those sets."
)
VERIFIER = {
    "what": "multilingual-e5-small (MIT) trained on as a cross-encoder with the heads `verdict` and `stance`, of its pieces the"
    " 32,000 that English, Portuguese and Chinese use most",
    "script": "scripts/train_verifier.py",
    "data": DATA,
    "terms": TERMS,
    "limits": "docs/truth.md",
}
SHARED = {
    "what": "the embeddings and the two lowest layers of all-MiniLM-L6-v2 (Apache-2.0), trained on as a cross-encoder; 1,625 Han"
    " characters and 12,000 words of Portuguese and Chinese were added to its vocabulary",
    "script": "scripts/train_shared.py",
    "data": DATA,
    "terms": TERMS,
    "limits": "docs/selection.md, docs/law.md",
}


def eight_bits(state: Mapping[str, torch.Tensor], seven: str = "") -> dict[str, np.ndarray]:
    """A network's state with its matrices as int8 and `NAME.scale`, a scale a row, beside each; of the matrix `seven`, seven bits
    are used, which packs better."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in state.items():
        values = value.float().numpy()
        if values.ndim == 2:
            scale = np.maximum(np.abs(values).max(axis=1), 1e-12) / (63 if name == seven else 127)
            arrays[name] = np.rint(values / scale[:, None]).astype(np.int8)
            arrays[f"{name}.scale"] = scale.astype(np.float32)
        else:
            arrays[name] = values.astype(np.float32)
    return arrays


def shared_part(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The embeddings and the lowest layers."""
    above = ("verdict.", "stance.")
    return {
        name: value for name, value in state.items()
        if not name.startswith(above) and not (name.startswith("layers.") and int(name.split(".")[1]) >= SHARED_LAYERS)
    }  # fmt: skip


def write(
    arrays: Mapping[str, np.ndarray], weights: str, card: str, words: Path, said: Mapping[str, object]
) -> None:
    """Writes the file `weights`, packed, and its `card`, which holds its digest and that of the file of `words`."""
    np.savez_compressed(model.FOLDER / weights, **arrays)
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (model.FOLDER / weights, words)]
    about = {"format": model.FORMAT, "sha256": sums[0], "words": sums[1], **said}
    (model.FOLDER / card).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"bytes": (model.FOLDER / weights).stat().st_size, "sha256": sums[0]}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--shared", action="store_true", help="write the layers that selection and law stand on"
    )
    asked = parser.parse_args()
    state = torch.load(asked.checkpoint / "network.pt", weights_only=True)
    if asked.shared:
        write(eight_bits(shared_part(state)), model.SHARED, model.SHARED_CARD, VOCABULARY, SHARED)
    else:
        write(eight_bits(state, "tokens.weight"), model.WEIGHTS, model.CARD, PIECES, VERIFIER)


if __name__ == "__main__":
    main()
