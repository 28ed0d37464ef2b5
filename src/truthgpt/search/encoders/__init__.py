"""The encoder that a setting names in; texts to vectors out. Without a setting it is the table of token vectors that ships.

    protocol                what a search needs of an encoder
    openvino                a folder with an encoder that was exported to OpenVINO
    sentence_transformers   any other, by its folder or its name on the hub, where that library is installed

Vectors of two encoders have nothing to do with each other: a store holds those of one, and says whose.
"""

from __future__ import annotations

from pathlib import Path

from truthgpt.search.embedding import Embedding
from truthgpt.search.encoders.openvino import OpenVINOEncoder, exported
from truthgpt.search.encoders.protocol import Encoder
from truthgpt.search.encoders.sentence_transformers import SentenceTransformersEncoder

__all__ = ["Encoder", "load"]


def load(name: str, words: Embedding) -> Encoder:
    """The encoder `name`: empty for `words`, a folder, or a name on the hub. Raises `MissingError` where there is none."""
    if not name:
        return words
    folder = Path(name).expanduser()
    if exported(folder) is not None:
        return OpenVINOEncoder(folder, words)
    return SentenceTransformersEncoder(name, words)
