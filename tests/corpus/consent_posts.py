"""What the tests of consent share: a small corpus with one author to forget, and a search of every byte on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store

DIMENSIONS = 16
MARKER = "qzxv7hk2wq9dj4m"
"""A word that no other post has, too odd to be compressed away."""
GONE = Post(
    f"reddit:{MARKER}id",
    f"a walk in {MARKER} woods, with owls",
    author=f"{MARKER}Name",
    community="walks",
    language="en",
)


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """A vector that each text alone has."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
    return np.stack([np.random.default_rng(seed).normal(size=DIMENSIONS) for seed in seeds]).astype(
        np.float32
    )


def posts(count: int, start: int = 0) -> list[Post]:
    """Posts by seven authors that speak of nothing in particular."""
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Post(
            f"reddit:p{number}",
            f"note {number} on the garden gate and bench {number * 31 % 97}",
            author=f"author{number % 7}",
            community="garden",
            created_at=day + timedelta(minutes=number),
            language="en",
            source="garden.csv",
        )
        for number in range(start, start + count)
    ]


def open_store(folder: Path) -> Store:
    return Store.open(folder / "corpus", DIMENSIONS)


def filled(folder: Path, count: int = 60) -> Store:
    """A store of two imports, the post to forget among the first one's."""
    store = open_store(folder)
    import_posts(store, [*posts(count // 2), GONE], embed=embed)
    import_posts(store, posts(count // 2, count // 2), embed=embed)
    return store


def holding(folder: Path, *sought: bytes) -> list[Path]:
    """The files below `folder` that hold one of `sought`, in any case."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if any(part in content or part.lower() in content.lower() for part in sought):
                found.append(path)
    return found


def vector_of(text: str) -> bytes:
    """The first half of the bytes of its vector: as much as one page boundary may cut off."""
    return embed([text])[0].tobytes()[: DIMENSIONS * 2]
