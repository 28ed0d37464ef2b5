"""Encoders that tests can foresee, and a searcher over posts that one of them encoded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.search import Searcher


class Bags:
    """A bag of words, each a fixed random direction: texts that share words are near, others are not."""

    dimensions = 64
    identity = "bags"
    near = 0.35, 0.5
    english: Mapping[str, str] = {}

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row] += np.random.default_rng(list(word.encode())).normal(size=self.dimensions)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
        return vectors

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        return np.asarray(self.encode([text])[0])

    def translated(self, text: str) -> str:
        return " ".join(self.english.get(word, "") for word in text.split()).strip()


class Blind(Bags):
    """Knows no word: only the text indexes find anything."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.zeros((len(texts), self.dimensions), dtype=np.float32)


class Letters(Bags):
    """Near is what has the same letters."""

    dimensions = 32

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        vectors = np.array(
            [np.bincount([ord(sign) % 32 for sign in text] or [0], minlength=32) for text in texts],
            np.float32,
        )
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def made(path: Path, posts: Sequence[Post], embedding: Bags | None = None) -> Searcher:
    embedding = embedding or Bags()
    store = Store.open(path / "corpus", embedding.dimensions)
    import_posts(store, posts, embed=embedding.encode)
    return Searcher(store, embedding)
