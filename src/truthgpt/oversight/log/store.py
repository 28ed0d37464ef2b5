"""The log that is written: entries in; their places out, once they are on the disk under a signed checkpoint.

An append is acknowledged when a checkpoint that covers its entry is durable, never before: whatever is acknowledged can
be proven, and taking any of it away leaves a checkpoint that says so. Threads that append at the same time share a
commit: the first of them writes for all who wait, then hands over to the next (group commit). Processes take turns,
a commit each.

A commit writes the new tiles and bundles, makes them durable, and then replaces the checkpoint, which is the one moment
at which it happens. What a crash leaves behind is beyond the checkpoint and is taken away by the next writer.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError, TruthGPTError
from truthgpt.oversight import keys
from truthgpt.oversight.keys import PublicKey, SigningKey
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import locking, tiles
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.edges import MOST, discard, drop_partials, edge_of
from truthgpt.oversight.log.growth import Edge, File, grown
from truthgpt.oversight.log.note import Verifier, check_name
from truthgpt.oversight.log.proof import Proof
from truthgpt.oversight.log.reading import View, read_checkpoint

_GATHERING = 0.002
"""Seconds after a commit in which the next one waits for those whom that one served: threads that append one entry after
another are on their way back, and a commit costs the same for all of them as for half. Who appends alone never waits."""
_PAUSE = 0.0002


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that is in the log for good: its `index`, and the `size` of the log at the checkpoint that covers it."""

    index: int
    size: int


@dataclass(slots=True, eq=False)
class _Waiting:
    """A thread's entries, and what becomes of them."""

    entries: Sequence[bytes]
    woken: threading.Event = field(default_factory=threading.Event)
    first: int = -1
    size: int = -1
    error: BaseException | None = None
    leads: bool = False


class Log:
    """An append-only log in `folder`; safe to use from many threads, beside other processes that do the same."""

    def __init__(self, folder: Path, origin: str, key: SigningKey) -> None:
        """Use `open`."""
        self.folder = folder
        self.origin = origin
        self._key = key
        self._mutex = threading.Lock()
        self._queue: list[_Waiting] = []
        self._led = False
        self._expected = 0
        self._ended = 0.0
        self._note = b""
        self._edge = Edge()

    @classmethod
    def open(cls, folder: Path, *, origin: str | None = None, key: SigningKey | None = None) -> Log:
        """The log in `folder`, made there when there is none, and mended where its last writer was killed.

        `key` signs its checkpoints (the installation's, in the folder `keys` beside this one, when None); `origin` names
        it (made of the key when None). Raises `BadInputError` when the log is another's or damaged, `MissingError` when it
        cannot be written to.
        """
        key = key or keys.signing_key(folder.parent / "keys", keys.LOG)
        name = origin or origin_of(key.public)
        check_name(name)
        log = cls(folder, name, key)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise durable.missing(folder, error) from error
        with locking.held(folder) as lock:
            log._begin()
            lock.broken = True  # power may have failed in a commit, of which the lock then knows nothing
            log._refresh(lock)
        return log

    @property
    def verifier(self) -> Verifier:
        """The key that verifies its checkpoints; `str` of it is the vkey to hand out."""
        return Verifier(self.origin, self._key.public)

    @property
    def size(self) -> int:
        """Entries that it has by now, whoever added them."""
        return self.view().size

    def append(self, entry: bytes) -> Appended:
        """Add `entry`, at most 65,535 bytes; returns once it is on the disk under a signed checkpoint.

        Raises `BadInputError` on a longer one, `MissingError` when the disk is full or the folder cannot be written to,
        `BusyError` when another process keeps the log; the entry is then not acknowledged.
        """
        waiting = self._appended([entry])
        return Appended(waiting.first, waiting.size)

    def append_all(self, entries: Sequence[bytes]) -> range:
        """Add at most 65,536 `entries` in a row, all of them or none; returns their indices. Raises as `append`."""
        if not entries:
            return range(0)
        if len(entries) > MOST:
            raise BadInputError(
                f"{len(entries):,} entries are more than {MOST:,}: append them in several parts"
            )
        waiting = self._appended(entries)
        return range(waiting.first, waiting.first + len(entries))

    def view(self) -> View:
        """The log as it stands now, to read from."""
        return View.open(self.folder, [self.verifier])

    def checkpoint(self) -> bytes:
        """The newest checkpoint, a signed note."""
        return self.view().note

    def inclusion(self, index: int) -> Proof:
        """The proof that the entry at `index` is in the log, under its newest checkpoint. Raises `BadInputError` where there is none."""
        return self.view().inclusion(index)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the log of `new` entries (all when None) begins with that of `old`, as `View.consistency`."""
        return self.view().consistency(old, new)

    def close(self) -> None:
        """Nothing stays open between appends; here for `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _appended(self, entries: Sequence[bytes]) -> _Waiting:
        tiles.check_entries(entries)
        waiting = _Waiting(entries)
        with self._mutex:
            self._queue.append(waiting)
            waiting.leads = not self._led
            self._led = True
        self._wait(waiting)
        if waiting.leads:
            self._lead()
        if waiting.error is not None:
            raise waiting.error
        return waiting

    def _wait(self, waiting: _Waiting) -> None:
        """Until another thread has committed the entries, or it is this one's turn to commit what waits."""
        try:
            if not waiting.leads:
                waiting.woken.wait()
            if waiting.leads:
                while len(self._queue) < self._expected and time.monotonic() < self._ended + _GATHERING:
                    time.sleep(_PAUSE)
        except BaseException:  # Ctrl-C: nobody may wait for a thread that has gone
            with self._mutex:
                if waiting in self._queue:
                    self._queue.remove(waiting)
                if waiting.leads:
                    self._hand_over()
            raise

    def _lead(self) -> None:
        """Commit what waits, tell those who wait, and let the next of them lead."""
        with self._mutex:
            batch = self._batch()
        try:
            first, size = self._commit([entry for waiting in batch for entry in waiting.entries])
            for waiting in batch:
                waiting.first, waiting.size = first, size
                first += len(waiting.entries)
        except BaseException as error:
            for waiting in batch:
                waiting.error = _told(error)
            if not isinstance(error, TruthGPTError):
                raise
        finally:
            with self._mutex:
                self._expected, self._ended = len(self._queue) + len(batch), time.monotonic()
                self._hand_over()
            for waiting in batch:
                waiting.woken.set()

    def _batch(self) -> list[_Waiting]:
        taken, entries = 0, 0
        for waiting in self._queue:
            entries += len(waiting.entries)
            if taken and entries > MOST:
                break
            taken += 1
        batch, self._queue = self._queue[:taken], self._queue[taken:]
        return batch

    def _hand_over(self) -> None:
        self._led = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].woken.set()

    def _commit(self, entries: Sequence[bytes]) -> tuple[int, int]:
        """The index of the first of `entries`, and the size after them, once they are durable."""
        with locking.held(self.folder) as lock:
            self._refresh(lock)
            before = self._edge
            after, files = grown(before, entries)
            note = Checkpoint(self.origin, after.size, after.root()).signed(self._key)
            try:
                lock.writing()
                _write(self.folder, files)
                durable.write(self.folder / tiles.CHECKPOINT, note)
            except BaseException as error:
                self._note = b""
                self._mend(lock)
                if isinstance(error, OSError):
                    raise durable.missing(self.folder, error) from error
                raise
            self._note, self._edge = note, after
            drop_partials(self.folder, [file.path for file in files if file.full])
            with suppress(OSError):  # it is durable, and acknowledged whatever comes now
                lock.whole()
        return before.size, after.size

    def _begin(self) -> None:
        """Sign the empty log, where there is none yet."""
        if (self.folder / tiles.CHECKPOINT).exists():
            return
        if (self.folder / "tile").exists():
            raise BadInputError(
                f"{self.folder / tiles.CHECKPOINT} is missing, though the log has entries: restore it from a backup"
            )
        durable.write(
            self.folder / tiles.CHECKPOINT, Checkpoint(self.origin, 0, Edge().root()).signed(self._key)
        )

    def _refresh(self, lock: locking.Held) -> None:
        """Take over what other processes did; what one of them left half done is taken away."""
        note = read_checkpoint(self.folder)
        if note == self._note and not lock.broken:
            return
        found = checkpoints.opened(note, [self.verifier])
        if found.origin != self.origin:
            raise BadInputError(f"the log in {self.folder} is of {found.origin}, not {self.origin}")
        if lock.broken:
            discard(self.folder, found.size)
            lock.whole()
        self._edge = edge_of(self.folder, found)
        self._note = note

    def _mend(self, lock: locking.Held) -> None:
        """Take away what a commit that failed has written; what cannot be now, the next writer will."""
        try:
            lock.broken = True
            self._refresh(lock)
        except (OSError, TruthGPTError):
            self._note = b""


def origin_of(key: PublicKey) -> str:
    """The name of the log that `key` verifies where nobody gave one: made of the key, so that no other log has it."""
    return f"truthgpt.local/log/{key.id[:16]}"


def _write(folder: Path, files: Iterable[File]) -> None:
    """Make `files` durable, and the names of those and of their folders."""
    folders = set()
    for file in files:
        path = folder / file.path
        if path.parent not in folders:
            folders.update(_made(path.parent))
            folders.add(path.parent)
        out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            view = memoryview(file.content)
            while view:
                view = view[os.write(out, view) :]
            os.fsync(out)
        finally:
            os.close(out)
    for each in folders:
        durable.sync_folder(each)


def _made(folder: Path) -> list[Path]:
    """Make `folder` and those above it that are missing; the folders in which a name is new."""
    new = []
    while not folder.is_dir():
        new.append(folder)
        folder = folder.parent
    for each in reversed(new):
        each.mkdir(exist_ok=True)
    return [each.parent for each in new]


def _told(error: BaseException) -> BaseException:
    """The error for each who waited: one of its own, whose traceback is its own."""
    if isinstance(error, TruthGPTError):
        return type(error)(str(error))
    return MissingError("the entry was not logged: its writer was stopped")
