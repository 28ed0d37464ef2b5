"""Files that grow and pipes in, their posts in the store out, as they come: found by a search within a second."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truthgpt.corpus.importer import Embed, ImportResult
from truthgpt.corpus.live import Live, Schedule
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.provenance.versions import SourceFile
from truthgpt.corpus.readers import Row, growing
from truthgpt.corpus.store import Store

_TOGETHER = 0.2
"""Seconds for which rows are gathered before they are taken."""
_ROWS = 8_192
"""Rows that are taken at once, and that wait, at most."""
_LOOK = 0.1


def follow(
    store: Store,
    paths: Sequence[Path],
    stopped: threading.Event,
    *,
    embed: Embed,
    quarantine: Path,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
    instead_of: str | None = None,
    schedule: Schedule | None = None,
    settled: Callable[[ImportResult], None] = lambda _: None,
    report: Report = unheard,
) -> ImportResult:
    """Bring in what stands in `paths` and what is written to them until `stopped` is set, or until the standard input
    (`growing.STDIN`) ends and nothing else is followed; `settled` is told each version that was recorded.

    Raises what `import_paths` raises, and `BadInputError` where a path is no JSON Lines; what was taken until then stays.
    """
    rows = _Rows(paths, stopped, format, mapping, community)
    started = time.monotonic()
    deleted, version, rejected = 0, store.version, None
    with (
        rows,
        Live(store, embed=embed, quarantine=quarantine, instead_of=instead_of, schedule=schedule) as live,
    ):

        def told(results: Iterator[ImportResult]) -> None:
            nonlocal deleted, version, rejected
            for result in results:
                deleted, version = deleted + result.deleted, result.version
                rejected = result.quarantine or rejected
                settled(result)

        report("following", 0, 0)
        while (some := rows.some()) is not None:
            if some:
                live.take(some)
                report("following", live.taken.read, 0)
            told(live.tend(rows.files))
        told(live.settle(rows.files))
        taken = live.taken
    rows.raise_error()
    return ImportResult(
        taken.read,
        taken.kept,
        taken.copies,
        taken.rejected,
        deleted,
        version,
        time.monotonic() - started,
        rejected,
    )


@dataclass(frozen=True, slots=True)
class _End:
    """The last of one file's items: the error that ended it, if there was one."""

    error: BaseException | None


class _Rows:
    """The rows of several files, each read by a thread of its own."""

    def __init__(
        self,
        paths: Sequence[Path],
        stopped: threading.Event,
        format: str | None,  # noqa: A002 (as above)
        mapping: Mapping[str, str] | None,
        community: str | None,
    ) -> None:
        self._waiting: queue.Queue[Row | SourceFile | _End] = queue.Queue(_ROWS)
        self._stopped = stopped
        self._left = len(paths)
        self._error: BaseException | None = None
        self._files: dict[str, SourceFile] = {}
        self._threads = [
            threading.Thread(
                target=self._read,
                args=(path, format, mapping, community),
                name="truthgpt-follow",
                daemon=True,
            )
            for path in dict.fromkeys(paths)
        ]
        self._left = len(self._threads)

    def __enter__(self) -> _Rows:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        while self._left:
            self._put_away(self._waiting.get())

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """How far each file is read: all rows before were given, and none after."""
        return tuple(self._files.values())

    def some(self) -> list[Row] | None:
        """What came in some tenths of a second, maybe nothing; None once nothing will come any more."""
        found: list[Row] = []
        deadline = time.monotonic() + _LOOK
        while len(found) < _ROWS:
            try:
                item = self._waiting.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if isinstance(item, _End | SourceFile):
                self._put_away(item)
                if not self._left:
                    break
            else:
                if not found:
                    deadline = time.monotonic() + _TOGETHER
                found.append(item)
        return found if found or self._left else None

    def raise_error(self) -> None:
        """The first error of a file, if there was one."""
        if self._error is not None:
            raise self._error

    def _put_away(self, item: Row | SourceFile | _End) -> None:
        if isinstance(item, SourceFile):
            self._files[item.name] = item
        elif isinstance(item, _End):
            self._left -= 1
            if item.error is not None:
                self._error = self._error or item.error
                self._stopped.set()

    def _read(
        self,
        path: Path,
        format: str | None,  # noqa: A002 (as above)
        mapping: Mapping[str, str] | None,
        community: str | None,
    ) -> None:
        error: BaseException | None = None
        try:
            for row in growing.follow(
                path, self._stopped, self._marks(path), format=format, mapping=mapping, community=community
            ):
                self._waiting.put(row)
        except BaseException as raised:  # handed over: raised again by who takes the rows
            error = raised
        self._waiting.put(_End(error))

    def _marks(self, path: Path) -> Callable[[bytes], None]:
        digest, size = hashlib.sha256(), 0

        def mark(piece: bytes) -> None:
            nonlocal size
            digest.update(piece)
            size += len(piece)
            name = path.name.encode(errors="replace").decode()
            self._waiting.put(SourceFile(name, size, digest.hexdigest()))

        return mark
