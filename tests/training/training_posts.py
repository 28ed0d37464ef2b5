"""What the tests of training data share: a store of made-up posts, and shards of made-up tokens without a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.training.data import manifest as manifests
from truthgpt.training.data import split_writer
from truthgpt.training.data.documents import Document
from truthgpt.training.data.manifest import Manifest
from truthgpt.training.data.shards import ShardSet
from truthgpt.training.data.splits import TRAIN

DAY = datetime(2024, 1, 1, tzinfo=UTC)
VOCABULARY = 1_000
NOUNS = [
    "gate",
    "bench",
    "river",
    "lamp",
    "tower",
    "kettle",
    "orchard",
    "ferry",
    "violin",
    "harbour",
    "candle",
    "meadow",
]
VERBS = ["leans", "sings", "rusts", "waits", "turns", "glows", "sinks", "hums"]


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 4), np.float32)


def post(number: int, **fields: object) -> Post:
    """A post that is no near copy of another number's."""
    rng = np.random.default_rng(number)
    words = [f"{rng.choice(NOUNS)} {rng.choice(VERBS)} by the {rng.choice(NOUNS)}" for _ in range(6)]
    made = Post(
        f"reddit:p{number}",
        f"{', '.join(words)}; entry {number}",
        author=f"author{number % 7}",
        community=("garden", "harbour", "attic")[number % 3],
        created_at=DAY + timedelta(minutes=number),
        language=("en", "pt")[number % 2],
        source="made.csv",
    )
    return made._replace(**fields)


def filled(folder: Path, posts: Sequence[Post]) -> Store:
    store = Store.open(folder / "corpus", 4)
    import_posts(store, posts, embed=embed)
    return store


def made_shards(
    folder: Path,
    lengths: Sequence[int],
    *,
    communities: Sequence[int] | None = None,
    names: Sequence[str] = ("a", "b"),
    vocabulary: int = VOCABULARY,
    tokens_of_a_file: int = split_writer.TOKENS,
) -> ShardSet:
    """A training split of documents of `lengths` tokens, each with the end; document d holds its number and its length."""
    inside = folder / "shards-0001"
    inside.mkdir(parents=True)
    communities = communities or [0] * len(lengths)
    width = manifests.width(vocabulary)
    before, split_writer.TOKENS = split_writer.TOKENS, tokens_of_a_file  # type: ignore[misc]
    try:
        with split_writer.SplitWriter(inside, TRAIN, width, names, ["en"]) as writer:
            for number, (length, community) in enumerate(zip(lengths, communities, strict=True)):
                document = Document(
                    "x" * length, number * 7_919 + 1, names[community], "en", np.array([number])
                )
                tokens = (19 + (number + np.arange(length)) % (vocabulary - 19)).astype(np.uint32)
                tokens[-1] = 0
                writer.add([document], [tokens])
            split = writer.finish()
    finally:
        split_writer.TOKENS = before  # type: ignore[misc]
    manifests.save(
        folder, Manifest("t", vocabulary, width, 1, "c", {}, tuple(names), ("en",), {TRAIN: split})
    )
    return ShardSet.open(folder)
