"""Documents and their tokens in, the files of one split out: tokens in files of bounded size, an index, keys of posts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from truthgpt.training.data.documents import Document
from truthgpt.training.data.manifest import DOCUMENT, Amount, ShardFile, SplitFiles

TOKENS: Final = 1 << 29
"""Tokens of a file, beyond which the last document may go: 1 GiB of two bytes each."""


class SplitWriter:
    """The files of one split in a folder. Used as a context, which closes them."""

    def __init__(
        self, folder: Path, split: str, dtype: str, communities: Sequence[str], languages: Sequence[str]
    ) -> None:
        """Of the split named `split`, its tokens as `dtype`; documents are of these `communities` and `languages`."""
        self._folder, self._split, self._dtype = folder, split, np.dtype(dtype)
        self._communities = {name: number for number, name in enumerate(communities)}
        self._languages = {name: number for number, name in enumerate(languages)}
        self._by_community = np.zeros((len(self._communities), 3), np.int64)
        self._by_language = np.zeros((len(self._languages), 3), np.int64)
        self._index = _File(folder / f"{split}.index")
        self._posts = _File(folder / f"{split}.posts")
        self._tokens: list[_File] = []
        self._end = 0
        self.documents = 0

    def __enter__(self) -> SplitWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._index, self._posts, *self._tokens):
            file.close()

    def add(self, batch: list[Document], tokens: list[npt.NDArray[np.uint32]]) -> None:
        """The next documents and the tokens of each, its end with them."""
        rows = np.zeros(len(batch), DOCUMENT)
        for row, document, its in zip(rows, batch, tokens, strict=True):
            if not self._tokens or self._tokens[-1].bytes >= TOKENS * self._dtype.itemsize:
                self._tokens.append(_File(self._folder / f"{self._split}-{len(self._tokens):05d}.tokens"))
            self._tokens[-1].write(its.astype(self._dtype))
            community, language = self._communities[document.community], self._languages[document.language]
            size = len(document.text.encode())
            row["key"], row["start"], row["bytes"], row["tokens"] = document.key, self._end, size, len(its)
            row["posts"], row["community"], row["language"] = len(document.posts), community, language
            self._posts.write(document.posts.astype("<i8"))
            self._end += len(its)
            self._by_community[community] += (1, len(its), size)
            self._by_language[language] += (1, len(its), size)
        self._index.write(rows)
        self.documents += len(batch)

    def finish(self) -> SplitFiles:
        """Sync all; what was written."""
        return SplitFiles(
            amount=Amount(*self._by_community.sum(axis=0).tolist()),
            communities=_amounts(self._communities, self._by_community),
            languages=_amounts(self._languages, self._by_language),
            tokens=tuple(file.finish() for file in self._tokens),
            index=self._index.finish(),
            posts=self._posts.finish(),
        )


def _amounts(names: dict[str, int], counted: npt.NDArray[np.int64]) -> dict[str, Amount]:
    return {name: Amount(*counted[number].tolist()) for name, number in names.items() if counted[number, 0]}


class _File:
    """A file that is hashed as it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("xb")
        self._hasher = blake3()
        self.bytes = 0

    def write(self, array: npt.NDArray[np.generic]) -> None:
        """Write what it holds."""
        raw = array.tobytes()
        self._file.write(raw)
        self._hasher.update(raw)
        self.bytes += len(raw)

    def finish(self) -> ShardFile:
        """Sync it; what was written."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return ShardFile(f"{self._path.parent.name}/{self._path.name}", self.bytes, self._hasher.hexdigest())

    def close(self) -> None:
        """Close it, whatever became of it."""
        with suppress(OSError):  # a full disk, of which the error that led here speaks
            self._file.close()
