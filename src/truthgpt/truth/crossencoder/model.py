"""The shipped encoders, opened: texts or pairs of texts in, logits or vectors out."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError, MissingError
from truthgpt.truth.crossencoder import kept
from truthgpt.truth.crossencoder.text import PADDING, VOCABULARY, Tokens, tokens

FOLDER = Path(__file__).parent
WEIGHTS, CARD = "weights.npz", "card.json"
FORMAT = 1

_TOGETHER = 2_048
"""Tokens, padding counted, that are read in one go: what two cores keep in their caches."""

Floats = npt.NDArray[np.float32]
Logits = Floats


class Encoder:
    """The network with some `heads`, or with none, opened. Threads may share it; one works at a time, with all cores."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]], heads: Sequence[str]) -> None:
        import openvino  # a third of a second, for those who judge

        from truthgpt.truth.crossencoder import network

        # Eight-bit matrices times float32 states: the same verdict on every processor, which bfloat16 would not give.
        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._model = openvino.Core().compile_model(network.build(weights, heads), "CPU", settings)
        self._size = sum(len(weights[f"{head}.bias"]) for head in heads) or network.WIDTH
        self._lock = threading.Lock()

    def outputs(self, made: Sequence[Tokens]) -> Floats:
        """The logits (len(made), n) of the heads, those of each in turn; without heads the vectors (len(made), 384), of length 1."""
        found = np.empty((len(made), self._size), np.float32)
        places: list[int] = []
        for place in sorted(range(len(made)), key=lambda place: len(made[place].ids)):
            if places and (len(places) + 1) * len(made[place].ids) > _TOGETHER:
                found[places] = self._run([made[each] for each in places])
                places = []
            places.append(place)
        if places:
            found[places] = self._run([made[each] for each in places])
        return found

    def _run(self, batch: Sequence[Tokens]) -> Floats:
        longest = max(len(one.ids) for one in batch)
        ids = np.full((len(batch), longest), PADDING, np.int32)
        segments = np.zeros((len(batch), longest), np.int32)
        mask = np.zeros((len(batch), longest), np.float32)
        for row, one in enumerate(batch):
            ids[row, : len(one.ids)] = one.ids
            segments[row, : len(one.ids)] = one.segments
            mask[row, : len(one.ids)] = 1.0
        with self._lock:
            return np.array(self._model([ids, segments, mask])[0], np.float32)


class CrossEncoder:
    """Reads pairs of texts. Threads may share it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises `MissingError` where a file is absent, and `BadInputError` where one is damaged."""
        self._encoder = Encoder(load_weights(folder), ("verdict", "stance"))

    def verdicts(self, pairs: Sequence[tuple[str, str]]) -> Logits:
        """Logits (n, 3) of `supported`, `refuted`, `neither`, for each (claim, evidence)."""
        return self._encoder.outputs(tokens(pairs, "verdict"))[:, :3]

    def stances(self, pairs: Sequence[tuple[str, str]]) -> Logits:
        """Logits (n, 3) of `favor`, `against`, `none`, for each (target, text)."""
        return self._encoder.outputs(tokens(pairs, "stance"))[:, 3:]


@lru_cache(maxsize=1)
def shipped() -> CrossEncoder:
    """The cross-encoder that comes with the package, opened once a process."""
    return CrossEncoder()


def grown(folder: Path, weights: str, card: str, format_: int, *heads: str) -> tuple[Encoder, dict[str, Any]]:
    """A network whose upper layers and `heads` are those in `folder`, over what lies below them in the cross-encoder; and its card.

    Raises `MissingError` where a file is absent, and `BadInputError` where one is damaged or was made for another encoder.
    """
    own, said = kept.read(folder, weights, card, format_)
    shared = load_weights(FOLDER)
    if digests() != said["encoder"]:
        raise BadInputError(f"{folder / weights}: made for another encoder; install truthgpt again")
    return Encoder(shared | own, heads), said


def digests(folder: Path = FOLDER) -> dict[str, str]:
    """The SHA-256 of the weights and of the vocabulary in `folder`, as its card has them; `load_weights` holds the files to it."""
    found: dict[str, str] = json.loads((folder / CARD).read_text(encoding="utf-8"))["sha256"]
    return found


def load_weights(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `weights.npz`, after their digest and that of the vocabulary were found to be the card's."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        content = (folder / WEIGHTS).read_bytes()
        words = (folder / VOCABULARY.name).read_bytes()
    except FileNotFoundError as error:
        raise MissingError(
            f"no verifier's weights: {error.filename} is absent; install truthgpt again"
        ) from error
    except (OSError, ValueError) as error:
        raise BadInputError(f"{folder / CARD}: cannot be read ({error}); install truthgpt again") from error
    sums = card.get("sha256") if isinstance(card, dict) else None
    if not isinstance(sums, dict) or card.get("format") != FORMAT:
        raise BadInputError(f"{folder / CARD}: not a card of format {FORMAT}; install truthgpt again")
    for name, found in ((WEIGHTS, content), (VOCABULARY.name, words)):
        if hashlib.sha256(found).hexdigest() != sums.get(name):
            raise BadInputError(
                f"{folder / name}: damaged (its SHA-256 is not the card's); install truthgpt again"
            )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
