"""A folder of token shards, opened: its splits as arrays that are read straight from the files.

Opening reads manifest and indexes and holds every number in them to the files' sizes, so that no reading can lead outside
of a file; that the tokens are those that were written is told by `check`, which hashes everything. `require_current` tells
whether the corpus still has the posts: whoever trains asks before each run.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from blake3 import blake3
from tokenizers import Tokenizer

from truthgpt.corpus.key import Keys
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.data import manifest as manifests
from truthgpt.training.data.conversations import Places
from truthgpt.training.data.documents import forgotten
from truthgpt.training.data.manifest import DOCUMENT, Manifest, ShardFile, SplitFiles, digest

Tokens: TypeAlias = npt.NDArray[Any]
"""uint16 or uint32."""


@dataclass(frozen=True, slots=True)
class ShardSet:
    """The shards in `folder`, which `manifest` describes."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> ShardSet:
        """The shards in `folder`. Raises `MissingError` where there are none, `BadInputError` where a file is missing or cut."""
        found = cls(folder, manifests.load(folder))
        for split in found.manifest.splits.values():
            for file in split.files:
                found._check_size(file)
        return found

    def split(self, name: str) -> Split:
        """One split, `train` or `validation`. Raises `BadInputError` where it is not there or its index is damaged."""
        if name not in self.manifest.splits:
            raise BadInputError(
                f"{self.folder} has no split {name!r}; there are {', '.join(self.manifest.splits)}"
            )
        return Split(self, self.manifest.splits[name])

    def check(self) -> None:
        """Hash every file. Raises `BadInputError` on the first that is not what was written."""
        for split in self.manifest.splits.values():
            for file in split.files:
                self._check_size(file)
                path = self.folder / file.name
                hasher = blake3(max_threads=blake3.AUTO)
                if file.bytes:
                    hasher.update_mmap(path)
                if hasher.hexdigest() != file.blake3:
                    raise BadInputError(f"{path} is not what was written; make the shards again")

    def forgotten(self, store: Store) -> int:
        """How many of the posts in the shards `store` has no more, or may not be trained on any more."""
        splits = self.manifest.splits.values()
        return forgotten(
            store, np.concatenate([self._mapped(split.posts, np.dtype("<i8")) for split in splits])
        )

    def require_current(self, store: Store) -> None:
        """Raise `BadInputError` where the shards hold a post that `store` has no more, or that may not be trained on any more."""
        if gone := self.forgotten(store):
            what = "1 post that is" if gone == 1 else f"{gone:,} posts that are"
            raise BadInputError(
                f"{self.folder} holds {what} no longer in the corpus or may not be trained on; make the shards again"
            )

    def require_tokenizer(self, tokenizer: Tokenizer) -> None:
        """Raise `BadInputError` where the shards were made with another tokenizer."""
        if digest(tokenizer) != self.manifest.tokenizer:
            raise BadInputError(f"{self.folder} was made with another tokenizer; make the shards again")

    def require_split(self, validation: float, documents: int) -> None:
        """Raise `BadInputError` where another part was kept for measuring than this (`mixture.Data`); who does not say, is believed."""
        kept = self.manifest.validation, self.manifest.validation_documents
        if None not in kept and kept != (validation, documents):
            raise BadInputError(
                f"{self.folder} was split with another [data] validation; make the shards again"
            )

    def _check_size(self, file: ShardFile) -> None:
        path = self.folder / file.name
        try:
            size = path.stat().st_size
        except OSError:
            raise BadInputError(f"{path} is missing; make the shards again") from None
        if size != file.bytes:
            raise BadInputError(f"{path} has {size:,} bytes, not {file.bytes:,}; make the shards again")

    def _mapped(self, file: ShardFile, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """The file as an array, for reading only; what is not looked at is not read."""
        if not file.bytes:
            return np.empty(0, dtype)
        path = self.folder / file.name
        try:
            with path.open("rb") as opened:
                return np.frombuffer(mmap.mmap(opened.fileno(), file.bytes, access=mmap.ACCESS_READ), dtype)
        except (OSError, ValueError) as error:
            raise MissingError(
                f"{path} cannot be read ({error}); mend the disk or its permissions"
            ) from error


class Split:
    """The documents of one split: n of them, in the order in which they lie in the files.

    Of the index 12 bytes a document are copied to memory, and what is asked for of the rest.
    """

    def __init__(self, shards: ShardSet, files: SplitFiles) -> None:
        self.amount = files.amount
        self.vocabulary = shards.manifest.vocabulary
        self.paths = tuple(shards.folder / file.name for file in files.tokens)
        dtype = np.dtype(shards.manifest.dtype)
        self.files: tuple[Tokens, ...] = tuple(shards._mapped(file, dtype) for file in files.tokens)
        self.bases: Places = np.cumsum([0, *(len(file) for file in self.files)])
        """Where in the split each file begins, and where the last one ends."""
        self._index = shards._mapped(files.index, DOCUMENT)
        self._posts = shards._mapped(files.posts, np.dtype("<i8"))
        self._check(shards, shards.folder / files.index.name)

    def __len__(self) -> int:
        return len(self._index)

    @cached_property
    def starts(self) -> Places:
        """Places of their first tokens (n,)."""
        return np.ascontiguousarray(self._index["start"])

    @cached_property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Their tokens (n,), the end of each counted."""
        return np.ascontiguousarray(self._index["tokens"])

    @property
    def keys(self) -> Keys:
        """Keys of their conversations (n,)."""
        return np.ascontiguousarray(self._index["key"])

    @property
    def bytes(self) -> Places:
        """UTF-8 bytes of their texts (n,)."""
        return np.ascontiguousarray(self._index["bytes"])

    @property
    def communities(self) -> npt.NDArray[np.int32]:
        """Places in the manifest's names of communities (n,)."""
        return np.ascontiguousarray(self._index["community"])

    @property
    def languages(self) -> npt.NDArray[np.int32]:
        """Places in the manifest's names of languages (n,)."""
        return np.ascontiguousarray(self._index["language"])

    def posts(self, document: int) -> Keys:
        """The id keys of its posts (m,)."""
        first = int(self._index["posts"][:document].sum(dtype=np.int64))
        return self._posts[first : first + int(self._index["posts"][document])]

    def tokens(self, document: int) -> Tokens:
        """Its tokens (m,), with the one that ends it."""
        start = int(self.starts[document])
        file = int(np.searchsorted(self.bases, start, side="right")) - 1
        first = start - int(self.bases[file])
        return self.files[file][first : first + int(self.lengths[document])]

    def _check(self, shards: ShardSet, path: Path) -> None:
        """Hold the index to the sizes of the files and the number of names."""
        starts, lengths, posts = self.starts, self.lengths, self._index["posts"]
        ends = starts + lengths
        sound = (
            bool((lengths > 0).all() and (posts > 0).all())
            and np.array_equal(np.concatenate([[0], ends]), np.concatenate([starts, self.bases[-1:]]))
            and bool(np.isin(self.bases[:-1], starts).all())
            and posts.sum(dtype=np.int64) == len(self._posts)
        )
        for name, names in (
            ("community", shards.manifest.communities),
            ("language", shards.manifest.languages),
        ):
            numbers = self._index[name]
            sound = sound and bool(((numbers >= 0) & (numbers < len(names))).all())
        if not sound:
            raise BadInputError(f"{path} is damaged; make the shards again")
