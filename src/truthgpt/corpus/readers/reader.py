"""What a reader of one platform's export is.

A module a platform holds a `Reader`, and an `ArchiveReader` where the platform gives archives; `platforms` lists them
all. Recognition looks at content: the first object's keys, the names of an archive's members.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers.archive import Archive
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source

Row: TypeAlias = Post | Rejected | Deleted
"""What a reader yields, in the order of the file. The text of its posts is raw, as their `markup` says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one file of a platform.

    `name` is what `--format` calls it. `recognises` must be sure: what it turns down is read by its columns. `read`
    takes the community of `--community`, `""` where none is given, for posts that name none.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source, str], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    """Reads an archive whose members belong together. `recognises` is given their names."""

    name: str
    recognises: Callable[[Collection[str]], bool]
    read: Callable[[Archive, str], Iterator[Row]]
