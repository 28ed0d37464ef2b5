"""The store of posts: a folder in, its posts by id, its newest state for searches, and a writer out.

Lance keeps each state of the table as a version that nothing changes any more. A reader holds one version and needs
no lock; `refresh` takes the newest, which costs one `stat` while nobody writes. A writer holds `write.lock` and makes
a new version by one rename, so that a process killed at any moment leaves the version before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from truthgpt.corpus import durable, indexes
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.post import Post
from truthgpt.corpus.shelf import Shelf
from truthgpt.corpus.table import POST_COLUMNS, schema, to_posts
from truthgpt.corpus.view import View
from truthgpt.corpus.writer import Writer
from truthgpt.errors import BadInputError, BusyError, MissingError

if TYPE_CHECKING:
    from lance import Session
    from lancedb.db import AsyncConnection
    from lancedb.table import AsyncTable

TABLE = "posts"
VECTORS = "vectors"
"""The file that says which table of token vectors the posts' are of."""
_RACY = 0.1
"""Seconds for which a folder's time of change is not trusted: two changes may share it."""

_CACHED = 128 << 20
"""Bytes of indexes that are kept in memory, besides as many as the index files have: with the library's own bound, 6 GB, a
server would keep what it read of every version that went while it ran."""
_MOST_CACHED = 4 << 30

_EARLIER = 4
"""Versions before the newest that are kept open, for those who turn pages."""
_TURN = 0.3
"""Seconds between two files that are made for searches, in which whoever waits to write begins to."""
_AGAIN = 0.2
"""Seconds after which words are looked for again that a view could not be searched for."""


def quoted(value: str) -> str:
    """`value` as a string of SQL."""
    return "'" + value.replace("'", "''") + "'"


class Store:
    """The posts in one folder. Threads may share it; each method sees one whole version."""

    def __init__(self, path: Path, connection: AsyncConnection, table: AsyncTable) -> None:
        self.path = path
        self._connection = connection
        self._indexed = indexes.size(path / f"{TABLE}.lance")
        self._versions = path / f"{TABLE}.lance" / "_versions"
        self._lock = threading.Lock()
        self._table = table
        self._changed = -1
        self._checked = 0.0
        self._session = _session(self._indexed)
        self._shelf = Shelf(path)
        self._view: View | None = None
        self._viewed = -1
        self._looked = 0.0
        self._earlier: dict[int, View] = {}

    @classmethod
    def open(cls, path: Path, dimensions: int, *, create: bool = True, vectors: str = "") -> Store:
        """The store in `path`, made when `create`; its vectors have `dimensions` and are of the table of this identity,
        `vectors`, which is not looked at where it is empty.

        Raises `MissingError` when there is none and not `create`, or the disk is full or closed to this user,
        `BadInputError` when the folder holds something else, is damaged or has other vectors.
        """
        path = path.absolute()
        if path.exists() and not path.is_dir():
            raise BadInputError(f"{path} is a file, not a folder of posts; give another folder with --data")
        if not create and not (path / f"{TABLE}.lance").is_dir():
            raise MissingError(f"no posts in {path} yet; `truthgpt import PATH` brings some in")
        with in_one_line(path):
            path.mkdir(parents=True, exist_ok=True)
            connection = wait(_connect(path))
            if not (path / f"{TABLE}.lance" / "_versions").is_dir():
                with WriteLock(path):
                    wait(_make(connection, dimensions))
            table = wait(connection.open_table(TABLE))
            found = wait(table.schema())
            empty = wait(table.count_rows()) == 0
        _check(path, found, dimensions)
        if vectors:
            _check_vectors(path, vectors, empty)
        return cls(path, connection, table)

    @property
    def version(self) -> int:
        """The version that readers see now; it grows with each write."""
        table = self.snapshot()
        with in_one_line(self.path):
            return wait(table.version())

    def refresh(self) -> None:
        """See what other processes wrote since."""
        with self._lock, in_one_line(self.path):
            changed = self._versions.stat().st_mtime_ns
            if changed == self._changed and self._checked - changed / 1e9 > _RACY:
                return
            self._checked = time.time()
            self._table = wait(self._connection.open_table(TABLE))
            self._changed = changed

    def snapshot(self) -> AsyncTable:
        """The newest version, for reading only: what is written later does not show in it."""
        self.refresh()
        return self._table

    def view(self, version: int | None = None) -> View:
        """The newest version, or an earlier one, for searches. Raises `MissingError` where that is gone."""
        with self._lock:
            return self._newest() if version is None else self._of(version)

    def _newest(self) -> View:
        with in_one_line(self.path):
            changed, now = self._versions.stat().st_mtime_ns, time.time()
        if (view := self._view) is not None and changed == self._viewed:
            settled = self._looked - changed / 1e9 > _RACY
            if settled and (not view.missing or now - self._looked < _AGAIN):
                return view
        if (size := indexes.size(self._versions.parent)) > 2 * self._indexed + _CACHED:
            self._indexed, self._session = size, _session(size)
        with in_one_line(self.path):
            newest = View.open(self.path, self._versions.parent, self._session, self._shelf)
        self._viewed, self._looked = changed, now
        if view is None or view.version != newest.version or newest.missing < view.missing:
            self._view = view = newest
            self._shelf.forget([kept.dataset for kept in (newest, *self._earlier.values())])
        return view

    def _of(self, version: int) -> View:
        if (newest := self._newest()).version == version:
            return newest
        gone = [kept for kept in self._earlier if not _is_there(self._versions, kept)]
        for kept in gone:
            del self._earlier[kept]
        if not _is_there(self._versions, version):
            raise MissingError(f"version {version} of the posts in {self.path} is no longer there")
        if (view := self._earlier.get(version)) is None:
            with in_one_line(self.path):
                view = View.open(self.path, self._versions.parent, self._session, self._shelf, version)
            self._earlier[version] = view
            while len(self._earlier) > _EARLIER:
                del self._earlier[next(iter(self._earlier))]
        return view

    def count(self) -> int:
        """How many posts there are."""
        table = self.snapshot()
        with in_one_line(self.path):
            return wait(table.count_rows())

    def count_source(self, source: str) -> int:
        """How many posts came from `source`."""
        table = self.snapshot()
        with in_one_line(self.path):
            return wait(table.count_rows(f"source = {quoted(source)}"))

    def get(self, ids: Sequence[str]) -> list[Post]:
        """The posts with these ids, in this order; those that are not stored are left out."""
        if not ids:
            return []
        table = self.snapshot()
        listed = ", ".join(quoted(post_id) for post_id in dict.fromkeys(ids))
        with in_one_line(self.path):
            rows: pa.Table = wait(
                table.query().where(f"id IN ({listed})").select(list(POST_COLUMNS)).to_arrow()
            )
        found = {post.id: post for post in to_posts(rows)}
        return [found[post_id] for post_id in ids if post_id in found]

    @contextmanager
    def writing(self, timeout: float = 10.0) -> Iterator[Writer]:
        """The one writer of the folder. Raises `BusyError` when another holds it for `timeout` seconds.

        What was added when an error ends this stays, as far as it can be committed.
        """
        with self.alone(timeout) as table:
            writer = Writer(self.path, table)
            try:
                yield writer
            except BaseException:
                writer.close()
                raise
            writer.flush()

    @contextmanager
    def alone(self, timeout: float = 10.0) -> Iterator[AsyncTable]:
        """The newest version, for the one writer of the folder to change. Raises `BusyError` like `writing`."""
        with WriteLock(self.path, timeout):
            # A table of its own: what is written must not move the version that a reader holds.
            with in_one_line(self.path):
                _sweep(self.path / f"{TABLE}.lance")
                table = self.apart()
                wait(indexes.create(table))
            yield table

    def lacks_files(self) -> bool:
        """Whether searches would be faster with files of the indexes that are missing, as where an earlier truthgpt wrote the posts."""
        table = self.snapshot()
        with in_one_line(self.path):
            return indexes.lacking(table, self.path)

    def make_files(self) -> None:
        """Make them, while others search, and write in between; no more once another process does, which makes them itself. Raises
        `MissingError` where the disk is full."""
        more = True
        with suppress(BusyError):
            while more:
                with self.alone(0) as table, in_one_line(self.path):
                    more = indexes.mend(table, self.path)
                time.sleep(_TURN)

    def apart(self) -> AsyncTable:
        """The newest version, apart from the one that readers hold: for who holds the lock, to write."""
        with in_one_line(self.path):
            return wait(self._connection.open_table(TABLE))


def _sweep(folder: Path) -> None:
    """Remove the files that a writer who was killed was about to name: they hold posts, and nothing else finds them."""
    for path in folder.rglob(".tmp*"):
        path.unlink(missing_ok=True)


def _is_there(versions: Path, version: int) -> bool:
    """Whether the table has `version` still: Lance names its file by the number, or by what is left to 2^64 - 1."""
    return any(
        (versions / f"{name}.manifest").exists() for name in (f"{version}", f"{(1 << 64) - 1 - version:020}")
    )


def _session(indexed: int) -> Session:
    """What keeps in memory what searches read of indexes, `indexed` bytes of files."""
    import lance

    return lance.Session(min(_CACHED + indexed, _MOST_CACHED), 2 * _CACHED)


async def _connect(path: Path) -> AsyncConnection:
    import lancedb

    return await lancedb.connect_async(str(path), session=lancedb.Session(_CACHED, 2 * _CACHED))


async def _make(connection: AsyncConnection, dimensions: int) -> None:
    table = await connection.create_table(TABLE, schema=schema(dimensions), exist_ok=True)
    await indexes.create(table)


def _check_vectors(path: Path, vectors: str, empty: bool) -> None:
    """Vectors of two tables are not near each other for what their texts say: a store holds those of one."""
    file = path / VECTORS
    try:
        known = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        known = ""
    except (OSError, ValueError) as error:
        raise BadInputError(f"{file} cannot be read; import the posts again into another --data") from error
    if known == vectors:
        return
    if not empty:
        raise BadInputError(
            f"the posts in {path} have vectors of another encoder than this truthgpt's; "
            "set TRUTHGPT_ENCODER as it was, or import them again into another folder with --data"
        )
    durable.write(file, f"{vectors}\n".encode())


def _check(path: Path, found: pa.Schema, dimensions: int) -> None:
    wanted = schema(dimensions)
    if found.names == wanted.names and found.types == wanted.types:
        return
    vector = found.field("vector").type if "vector" in found.names else None
    if isinstance(vector, pa.FixedSizeListType) and vector.list_size != dimensions:
        raise BadInputError(
            f"the posts in {path} have vectors of {vector.list_size} numbers and this truthgpt makes {dimensions}; "
            "set TRUTHGPT_ENCODER as it was, or import them again into another folder with --data"
        )
    raise BadInputError(f"{path} was written by another truthgpt; import the posts again into another --data")
