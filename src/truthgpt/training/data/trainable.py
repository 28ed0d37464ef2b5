"""The posts that a model may be taught with: a version of the corpus in; posts out, one by one, none of them anybody's secret.

What may not be trained on stays out, as it does out of an export for training, and so do near copies. A post with personal
data in it stays out whole: what has placeholders in it would teach a model to answer with placeholders.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import regex

from truthgpt.corpus.consent import optout
from truthgpt.corpus.export.choice import choose
from truthgpt.corpus.export.variants import VARIANTS
from truthgpt.corpus.key import key
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.personal.mask import PLACEHOLDERS
from truthgpt.corpus.reading import long_read
from truthgpt.corpus.store import Store
from truthgpt.training.data.documents import documents
from truthgpt.training.data.splits import in_validation

_TAKEN = 8_192
"""Posts that are read at once."""
_PLACEHOLDER = regex.compile("|".join(regex.escape(held) for held in sorted(PLACEHOLDERS.values())))
_SPAM = 0.5
"""How much a post may look like spam."""


class TrainingPost(Protocol):
    """What lessons need of a post: its text with personal data masked, its language, and what it replies to ("" nothing)."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def reply_to(self) -> str: ...


class Trainable(NamedTuple):
    """A post as `TrainablePosts` gives it."""

    id: str
    text: str
    language: str
    reply_to: str


class TrainablePosts:
    """The posts of the store's newest version that lessons may be made of, in the order of a hash of their ids.

    Posts of the conversations that pretraining holds back for measuring stay out: the share `validation`, at the least
    `validation_documents` (`mixture.Data`, `splits`). May be iterated more than once; each time reads the version that is
    newest then.
    """

    def __init__(self, store: Store, validation: float = 0.0, validation_documents: int = 0) -> None:
        self._store = store
        self._held_back = _held_back(store, validation, validation_documents) if validation else frozenset()

    def __iter__(self) -> Iterator[Trainable]:
        variant, path = VARIANTS["training"], self._store.path
        with long_read(path):
            table = self._store.snapshot()
            scratch = Path(tempfile.mkdtemp(prefix="truthgpt-lessons-"))
            try:
                rows = choose(table, path, "training", optout.load(path), scratch).rows
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            for start in range(0, len(rows), _TAKEN):
                wanted = rows[start : start + _TAKEN].tolist()
                with in_one_line(path):
                    query = table.take_row_ids(wanted).select(variant.stored).with_row_id()
                    taken: pa.Table = wait(query.to_arrow())
                places = {row: place for place, row in enumerate(taken["_rowid"].to_pylist())}
                # Rows come in the order in which they are stored.
                taken = taken.take([places[row] for row in wanted])
                for row in variant.table(taken).to_pylist():
                    if key(row["id"].encode()) in self._held_back:
                        continue
                    if not row["over_18"] and (row["spam"] or 0.0) < _SPAM and not masked(row["text"]):
                        yield Trainable(row["id"], row["text"], row["language"], row["reply_to"])


def _held_back(store: Store, share: float, least: int) -> frozenset[int]:
    """The id keys of the posts in the validation split."""
    with tempfile.TemporaryDirectory() as scratch, documents(store, Path(scratch)) as found:
        chosen = np.flatnonzero(in_validation(found.keys, share, least))
        return frozenset(post for document in found.read(chosen) for post in document.posts.tolist())


def masked(text: str) -> bool:
    """Whether a placeholder stands in `text` for personal data."""
    return _PLACEHOLDER.search(text) is not None
