"""The shipped encoders, opened: texts or pairs of texts in, logits or vectors out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.truth.crossencoder import kept
from truthgpt.truth.crossencoder.pieces import PIECES, tokens
from truthgpt.truth.crossencoder.text import Tokens
from truthgpt.truth.crossencoder.words import VOCABULARY

FOLDER = Path(__file__).parent
WEIGHTS, CARD = "weights.npz", "card.json"
SHARED, SHARED_CARD = "shared.npz", "shared.json"
"""The embeddings and the lowest layers of the networks of selection and law, which read other pieces than the verifier."""
FORMAT = 2

_TOGETHER = 2_048
"""Tokens, padding counted, that are read in one go: what two cores keep in their caches."""

Floats = npt.NDArray[np.float32]
Logits = Floats


class Encoder:
    """The network with some `heads`, or with none, opened. Threads may share it; one works at a time, with all cores.

    States are rounded to eight bits where they meet a matrix, so that a text's logits differ by some hundredths with how wide the
    texts beside it are. A `quick` one reads texts of one width together, so that its own do not, and in bfloat16 where the
    processor can.
    """

    def __init__(
        self, weights: Mapping[str, npt.NDArray[Any]], heads: Sequence[str], quick: bool = False
    ) -> None:
        import openvino  # a third of a second, for those who judge

        from truthgpt.truth.crossencoder import network

        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if quick:
            settings |= {"INFERENCE_PRECISION_HINT": "bf16", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "128"}
        self._multiple = 8 if quick else 1  # few widths: a kernel is made for each
        self._model = openvino.Core().compile_model(network.build(weights, heads), "CPU", settings)
        self._size = sum(len(weights[f"{head}.bias"]) for head in heads) or network.WIDTH
        self._lock = threading.Lock()

    def outputs(self, made: Sequence[Tokens]) -> Floats:
        """The logits (len(made), n) of the heads, those of each in turn; without heads the vectors (len(made), 384), of length 1."""
        found = np.empty((len(made), self._size), np.float32)
        places: list[int] = []
        for place in sorted(range(len(made)), key=lambda place: len(made[place].ids)):
            width = self._width(made[place])
            parted = self._multiple > 1 and places and width > self._width(made[places[0]])
            if parted or (places and (len(places) + 1) * width > _TOGETHER):
                found[places] = self._run([made[each] for each in places])
                places = []
            places.append(place)
        if places:
            found[places] = self._run([made[each] for each in places])
        return found

    def _width(self, made: Tokens) -> int:
        return -(-len(made.ids) // self._multiple) * self._multiple

    def _run(self, batch: Sequence[Tokens]) -> Floats:
        longest = max(map(self._width, batch))
        ids = np.zeros((len(batch), longest), np.int32)
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
        self._encoder = Encoder(load_weights(folder), ("verdict", "stance"), quick=True)

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
    """A network whose upper layers and `heads` are those in `folder`, over the shared ones; and its card.

    Raises `MissingError` where a file is absent, and `BadInputError` where one is damaged or was made for other shared layers.
    """
    own, said = kept.read(folder, weights, card, format_)
    shared, digest = load_shared()
    if digest != said["shared"]:
        raise BadInputError(f"{folder / weights}: made for other shared layers; install truthgpt again")
    return Encoder(shared | own, heads), said


def load_weights(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """The verifier's arrays in `folder`; raises as `kept.read` does."""
    return kept.read(folder, WEIGHTS, CARD, FORMAT, PIECES.name)[0]


def load_shared(folder: Path = FOLDER) -> tuple[dict[str, npt.NDArray[Any]], str]:
    """The shared arrays in `folder`, and the digest that a card of what stands on them holds; raises as `kept.read` does."""
    found, card = kept.read(folder, SHARED, SHARED_CARD, FORMAT, VOCABULARY.name)
    return found, card["sha256"]
