"""An encoder of the library Sentence Transformers, by its folder or its name on the hub; texts to vectors out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from truthgpt.errors import MissingError
from truthgpt.search.embedding import MAX_CHARACTERS, Embedding
from truthgpt.search.encoders.protocol import Floats, told_apart


class SentenceTransformersEncoder:
    """See `Encoder`. The library says which prompts go before what is asked and what is found."""

    def __init__(self, name: str, words: Embedding) -> None:
        """Raises `MissingError` where the library or the encoder is absent. `words` translates."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise MissingError(
                f"the encoder {name} is no folder of an OpenVINO encoder; others need `pip install sentence-transformers`"
            ) from None
        try:
            self._model = SentenceTransformer(
                str(Path(name).expanduser()) if Path(name).expanduser().is_dir() else name
            )
        except (
            Exception
        ) as error:  # of the hub, of files, of the network: the library's own, of no common kind
            reason = " ".join(str(error).split())[:160]
            raise MissingError(f"the encoder {name} cannot be loaded ({reason}); correct its name") from error
        self._words = words
        weights = sorted(
            (key, tuple(value.shape), float(value.double().sum()))
            for key, value in self._model.state_dict().items()
        )
        self.identity = hashlib.sha256(repr(weights).encode()).hexdigest()[:16]
        self.dimensions = len(self.encode_query("one text"))
        self.near = told_apart(self.encode)

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `Encoder`; of each text the first 10,000 characters are looked at, and as many tokens as the model reads."""
        read = [text[:MAX_CHARACTERS] for text in texts]
        if not read:
            return np.zeros((0, self.dimensions), np.float32)
        found = self._model.encode_document(read, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)

    def encode_query(self, text: str) -> Floats:
        """The vector (dimensions,) of what is asked."""
        found = self._model.encode_query(
            [text[:MAX_CHARACTERS]], normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found[0], np.float32)

    def translated(self, text: str) -> str:
        """See `Encoder`."""
        return self._words.translated(text)
