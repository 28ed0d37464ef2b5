"""Rows in as they come, a few at a time: a search finds them as soon as they are taken.

    take     cleans, embeds and commits them; some tenths of a second
    settle   brings what was taken into the indexes, finds copies anew and records a version; seconds or more, so it
             happens now and then, in a thread beside the taking

Nothing that was taken hangs on the settling: posts outside the indexes are found too, more slowly, and a process that
is killed before it leaves them to whoever imports next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from truthgpt.corpus import authors, clusters, indexes
from truthgpt.corpus.consent import forgetting, optout
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.importer import Embed, ImportResult
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.pipeline import columns
from truthgpt.corpus.pipeline.known import Keys, Known
from truthgpt.corpus.pipeline.prepare import Prepared, prepare_with
from truthgpt.corpus.post import Post
from truthgpt.corpus.provenance import versions
from truthgpt.corpus.provenance.content import ContentHash
from truthgpt.corpus.quarantine import Quarantine
from truthgpt.corpus.readers import Row
from truthgpt.corpus.reading import no_long_read
from truthgpt.corpus.store import Store, quoted
from truthgpt.corpus.table import finished
from truthgpt.corpus.writer import Writer
from truthgpt.errors import BusyError

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.table import AsyncTable

_PATIENCE = 3600.0
"""Seconds that another writer is waited for: one who imports an archive, or forgets posts of a large one."""
_NOTHING: Keys = np.empty((0, 2), np.int64)
_KEPT = timedelta(minutes=5)
"""How long earlier versions are kept, unless somebody reads one for long: each settling writes some posts and an index anew."""


_Settled: TypeAlias = tuple[clusters.Clusters, ContentHash | None]
"""The clusters of copies, and the sum of all posts where it had to be reckoned."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Settling begins `seconds` after the one before ended, where anything was taken since, or once `posts` were; but
    never are more than one in `share` of all seconds spent on it, unless `posts` wait: then half of them."""

    seconds: float = 60.0
    posts: int = 1_000
    share: int = 20


class Live:
    """Takes rows into one store. For one thread. Leaving it without an error settles what is left."""

    def __init__(
        self,
        store: Store,
        *,
        embed: Embed,
        quarantine: Path,
        instead_of: str | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.taken = versions.Counts()
        """Of all rows. Near copies that are not told yet count as kept."""
        self._store = store
        self._embed = embed
        self._quarantine = quarantine
        self._instead_of = instead_of
        self._schedule = schedule or Schedule()
        self._lock = _Shared(store)
        self._pool = ThreadPoolExecutor(1, "truthgpt-settle")
        self._settling: Future[_Settled] | None = None
        self._began = self._ended = time.monotonic()
        self._version = -1
        self._known = Known(_NOTHING)
        self._number = 0
        self._content: ContentHash | None = None
        """The sum of all posts, None where nobody knows it; while posts settle, where it was not known, of those taken since."""
        self._since = self._settled = _Since(Quarantine(quarantine))
        """What was taken and does not settle yet; and what settles, or settled last."""

    def __enter__(self) -> Self:
        forgetting.finish(self._store, quarantine=self._quarantine)
        # What is loaded and compiled for the first rows takes a second, which they would wait for.
        warm = [Post("", "some words, in English")]
        for batch in prepare_with((columns.describe,), warm, Known(_NOTHING), OptOuts(), None):
            self._embed(batch.new["text"].to_pylist())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if self._settling is not None:
            self._settling = None
            self._lock.leave()
        for part in (self._settled, self._since):
            part.quarantine.__exit__(kind, error, trace)

    def take(self, rows: Sequence[Row]) -> None:
        """Clean, embed and commit `rows`: when this returns, a search finds those that are posts. Raises what `import_paths`
        raises; what was committed before stays."""
        with self._lock.held() as table:
            self._look(table)
            writer = Writer(self._store.path, table)
            counts = versions.Counts()
            listed = optout.load(self._store.path)
            for batch in prepare_with((columns.describe,), rows, self._known, listed, None):
                for rejected in batch.rejected:
                    self._since.quarantine.add(rejected)
                self._write(writer, batch)
                counts += versions.Counts(batch.read, batch.kept, batch.copies, len(batch.rejected))
            if counts.kept and self._instead_of is not None:
                self._let_settle()
                if writer.remove(f"source = {quoted(self._instead_of)}"):
                    self._content = None
                self._instead_of = None
            writer.flush()
            with in_one_line(self._store.path):
                self._version = wait(table.version())
        self._since.counts += counts
        self.taken += counts

    def tend(self, files: Sequence[versions.SourceFile] = ()) -> Iterator[ImportResult]:
        """Begin to settle where that is due, and end what has settled: what came of it, a version of what was read of
        `files`."""
        if self._settling is not None and self._settling.done():
            yield self._end(files)
        elif self._settling is None and self._due():
            self._begin()

    def settle(self, files: Sequence[versions.SourceFile] = ()) -> Iterator[ImportResult]:
        """Settle all that was taken, now."""
        if self._settling is not None:
            yield self._end(files)
        if self._since:
            self._begin()
            yield self._end(files)

    def _write(self, writer: Writer, batch: Prepared[pa.Table]) -> None:
        def rows(posts: pa.Table) -> pa.Table:
            return finished(posts, self._number, self._embed(posts["text"].to_pylist()))

        if batch.new.num_rows:
            added = rows(batch.new)
            writer.add(added)
            self._since.keys.append(added["id_key"].to_numpy())
            if self._content is not None:
                self._content.add(added)
        if batch.changed.num_rows:
            self._let_settle()
            writer.replace(rows(batch.changed))
            self._content = None
        self._since.gone += (post.id for post in batch.deleted)

    def _let_settle(self) -> None:
        """Settling moves rows: who takes the place of some waits for it."""
        if self._settling is not None:
            self._settling.result()

    def _look(self, table: AsyncTable) -> None:
        """At what others wrote: while this held the lock nobody did."""
        with in_one_line(self._store.path):
            wait(table.checkout_latest())  # type: ignore[no-untyped-call]
            version = wait(table.version())
        if version == self._version or self._settling is not None:
            return
        writer = Writer(self._store.path, table)
        self._known = Known(writer.keys())
        self._number = writer.number()
        self._content = versions.known(self._store.path, *writer.stored())

    def _due(self) -> bool:
        if not self._since:
            return False
        passed, took = time.monotonic() - self._ended, self._ended - self._began
        if sum(map(len, self._since.keys)) >= self._schedule.posts:
            return passed >= took
        return passed >= max(self._schedule.seconds, self._schedule.share * took)

    def _begin(self) -> None:
        self._look(self._lock.enter())
        whole = None
        if self._content is None:
            whole, self._content = self._store.apart(), ContentHash()
        self._settled, self._since = self._since, _Since(Quarantine(self._quarantine))
        self._began = time.monotonic()
        self._settling = self._pool.submit(self._settle, whole)

    def _settle(self, whole: AsyncTable | None) -> _Settled:
        path = self._store.path
        content = None if whole is None else versions.hashed(whole, path)
        table = self._store.apart()
        try:
            with no_long_read(path, timeout=0), in_one_line(path):
                indexes.update(table, path, kept=_KEPT)
        except BusyError:
            with in_one_line(path):
                indexes.update(table, path)
        table = self._store.apart()
        authors.refresh(table, path)
        return clusters.refresh(table, path), content

    def _end(self, files: Sequence[versions.SourceFile]) -> ImportResult:
        assert self._settling is not None
        found, content = self._settling.result()
        if content is not None and self._content is not None:
            self._content.join(content)
        self._settling, self._ended = None, time.monotonic()
        settled = self._settled
        settled.quarantine.__exit__(None, None, None)
        keys = np.concatenate([np.empty(0, np.int64), *settled.keys])
        near = int(np.count_nonzero(found.leaders_of(keys) != keys))
        told = versions.Counts(0, -near, near, 0)
        self.taken += told
        counts = settled.counts + told
        self._version = self._store.version
        made = versions.record(
            self._store, "import", content=self._content, of=self._version, files=files, counts=counts
        )
        self._content = versions.known(self._store.path, self._version, made.posts)
        self._number += 1
        self._lock.leave()
        forgotten = forgetting.forget_ids(self._store, settled.gone, quarantine=self._quarantine)
        return ImportResult(
            counts.read,
            counts.kept,
            counts.copies,
            counts.rejected,
            forgotten.posts if forgotten else 0,
            made.version,
            self._ended - self._began,
            settled.quarantine.path,
        )


@dataclass(slots=True)
class _Since:
    """What was taken between one settling and the next: `keys` of new posts, ids of those that are `gone`."""

    quarantine: Quarantine
    counts: versions.Counts = field(default_factory=versions.Counts)
    keys: list[Keys] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.counts.read or self.gone)


class _Shared:
    """The lock of the one writer, held as long as anybody of this process's does: those who add and those who settle."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holders = 0
        self._alone = ExitStack()
        self._table: AsyncTable | None = None

    def enter(self) -> AsyncTable:
        if self._table is None:
            self._table = self._alone.enter_context(self._store.alone(_PATIENCE))
        self._holders += 1
        return self._table

    def leave(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._table = None
            self._alone.close()

    @contextmanager
    def held(self) -> Iterator[AsyncTable]:
        table = self.enter()
        try:
            yield table
        finally:
            self.leave()
