"""The record of each version: what made it, from which files, with which tool and parameters, and its content hash.

One file a version, `provenance/<version>.json`, written whole once the version stands. Lance counts every write, so that an
import that is under way passes through numbers that have no record; a killed one leaves none, and gets its record
when it is run again to its end. The hash is that of the whole corpus and not of what one import added: whatever was
killed before it, equal posts have an equal hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import orjson

from truthgpt import __version__
from truthgpt.corpus import durable
from truthgpt.corpus.provenance import folder, sums
from truthgpt.corpus.provenance.content import COLUMNS, ContentHash
from truthgpt.corpus.scan import number, scan
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

Made: TypeAlias = Literal["import", "forget"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An export that was read: its name without folders, which say where somebody keeps things, size and digest."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of the rows of an import: `read` = `kept` + `copies` + `rejected`."""

    read: int = 0
    kept: int = 0
    copies: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.read + other.read,
            self.kept + other.kept,
            self.copies + other.copies,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the corpus. `posts` and `content_hash` are of all of it, `counts` of what made it.

    `parameters` are those of the command: format, mapping, community, whatever else changes what is kept.
    """

    version: int
    made_by: Made
    when: str
    posts: int
    content_hash: str
    tool: str
    files: tuple[SourceFile, ...] = ()
    counts: Counts = Counts()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The version as it is written."""
        return asdict(self)


def source_files(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Size and SHA-256 of each file. Raises `BadInputError` where one cannot be read."""
    return tuple(map(_source_file, paths))


def hashed(table: AsyncTable, corpus: Path) -> ContentHash:
    """The sum of all posts in `table`, which lies in the folder `corpus`: about 100,000 posts a second."""
    found = ContentHash()
    for batch in scan(table, corpus, COLUMNS):
        found.add(batch)
    return found


def known(corpus: Path, version: int, posts: int) -> ContentHash | None:
    """The sum of the `posts` of `version`, where nobody need read them: there are none, or their sum is kept."""
    if not posts:
        return ContentHash()
    found = sums.kept(corpus, version)
    return found if found is not None and found.posts == posts else None


def record(
    store: Store,
    made_by: Made,
    *,
    content: ContentHash | None = None,
    of: int | None = None,
    files: Sequence[SourceFile] = (),
    counts: Counts | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Version:
    """Write down the newest version of `store` and return what was written; one that is written down stays as it is.

    The posts of version `of` sum up to `content`. Without it, or where another process has written
    since, all are read. Raises `MissingError` where the disk is full.
    """
    table = store.snapshot()
    version = number(table, store.path)
    there = newest(store.path, version)
    if there is not None and there.version == version:
        return there  # nothing was changed: who made it is who made it
    if content is None or of != version:
        content = hashed(table, store.path)
    made = Version(
        version=version,
        made_by=made_by,
        when=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        posts=content.posts,
        content_hash=content.hexdigest(),
        tool=f"truthgpt {__version__}",
        files=tuple(files),
        counts=counts or Counts(),
        parameters=dict(parameters or {}),
    )
    durable.write(_path(store.path, made.version), orjson.dumps(made.as_dict(), option=orjson.OPT_INDENT_2))
    sums.keep(store.path, version, content)
    return made


def versions(corpus: Path) -> Iterator[Version]:
    """The recorded versions of the corpus in this folder, oldest first. Raises `BadInputError` on a damaged one."""
    for path in sorted(folder(corpus).glob("[0-9]*.json")):
        yield _read(path)


def newest(corpus: Path, version: int | None = None) -> Version | None:
    """The newest record at or before `version`, or of all; None where there is none.

    Its number is lower than `version` while an import is under way, or after one that was killed.
    """
    found = (
        path for path in folder(corpus).glob("[0-9]*.json") if version is None or int(path.stem) <= version
    )
    path = max(found, default=None)
    return None if path is None else _read(path)


def _path(corpus: Path, version: int) -> Path:
    return folder(corpus) / f"{version:012d}.json"


def _read(path: Path) -> Version:
    try:
        row = orjson.loads(path.read_bytes())
        row["files"] = tuple(SourceFile(**file) for file in row["files"])
        row["counts"] = Counts(**row["counts"])
        return Version(**row)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadInputError(f"{path} is damaged ({type(error).__name__}); restore it from a backup") from None


def _source_file(path: Path) -> SourceFile:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return SourceFile(path.name.encode(errors="replace").decode(), file.tell(), digest)
    except OSError as error:
        raise BadInputError(
            f"cannot read {path}: {error.strerror}; its posts may be stored, but no version names it: import it again"
        ) from None
