"""The switch itself: two small files, read by whoever answers, written under a lock by whoever pauses or resumes."""

from __future__ import annotations

import fcntl
import os
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, BusyError, TruthGPTError
from truthgpt.oversight.pause.state import (
    LONGEST_NAME,
    LONGEST_REASON,
    MOST_BYTES,
    Fault,
    Paused,
    Request,
    Seal,
    State,
    decode_seal,
    decode_state,
    digest,
    encode,
    worded,
)

FRESH_SECONDS: Final = 0.2
"""How old an answer of `Pause.paused` may be. A fifth of the second that is promised leaves room for what happens between a token
and the reader who sees it."""
EXPIRY: Final = timedelta(hours=1)
"""How long the first of two persons who resume waits for the second."""
_LOCK_SECONDS: Final = 5.0
_PAUSE_LOCK_SECONDS: Final = 0.5
"""How long who pauses waits for another writer before it brakes instead."""
_TRIES: Final = 5
"""Readings after which two files that do not agree are taken for what they are; a writer between two of them is rarer each time."""
_NOBODY: Final = "TruthGPT"

Record = Callable[[str, dict[str, Any]], None]
"""Takes a kind of event and what happened; raises where it cannot be kept."""


def unrecorded(_kind: str, _event: dict[str, Any]) -> None:
    """Where there is no log to record in."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Answers go on; `was` is the pause that ended. `model` is the digest of the one model that was let run, if it was one."""

    was: Paused | None
    by: str
    model: str = ""


class Pause:
    """The pause of one data folder. Any number of processes may hold one; all its methods are safe in threads.

    `persons` (1 or 2) are needed to resume; the number in force when it was paused holds too, if it is larger. `record` is told of
    every change.
    """

    def __init__(
        self, data: Path, *, persons: int = 1, expiry: timedelta = EXPIRY, record: Record = unrecorded
    ) -> None:
        if persons not in (1, 2):
            raise BadInputError(
                f"{persons} persons cannot be asked to resume; set TRUTHGPT_RESUME_PERSONS to 1 or 2"
            )
        self.folder = data / "oversight" / "pause"
        self.state_file = self.folder / "state.json"
        # Apart from the state, so that to delete the folder of either is not to forget the pause.
        self.seal_file = data / "pause.seal"
        self._persons = persons
        self._expiry = expiry
        self._record = record
        self._seen: tuple[float, Paused | None, State] | None = None
        self._faulty: Paused | None = None

    @classmethod
    def open(
        cls, data: Path, *, persons: int = 1, expiry: timedelta = EXPIRY, record: Record = unrecorded
    ) -> Pause:
        """The pause of the data folder `data`. Makes nothing: where nobody has set it up, it is paused."""
        return cls(data, persons=persons, expiry=expiry, record=record)

    def set_up(self, known: Callable[[], bool] = lambda: False) -> bool:
        """Begin the state of a data folder that has none, not paused; whether it did.

        `known` is asked, where both files are missing, whether the folder had a state before (the log knows); then it
        stays paused. Raises `MissingError` where the folder cannot be written.
        """
        if self.state_file.exists() or self.seal_file.exists():
            return False
        with self._lock():
            if self.state_file.exists() or self.seal_file.exists() or known():
                return False
            self._commit(State(counter=1), kept=False)
        self._record("pause", {"act": "set up", "at": datetime.now(UTC).isoformat()})
        return True

    def paused(self) -> Paused | None:
        """The pause that holds, None where there is none: at most `FRESH_SECONDS` old, for a fraction of a microsecond."""
        seen = self._seen
        now = time.monotonic()
        if seen is None or not 0 <= now - seen[0] < FRESH_SECONDS:
            # Taken before the reading: what is written after it is found by the next.
            seen = self._seen = (now, *self._look())
        return seen[1]

    def state(self) -> tuple[Paused | None, State]:
        """What holds now, read anew, with all that is kept; where the files cannot be trusted, a state without anything."""
        self._seen = (time.monotonic(), *self._look())
        return self._seen[1], self._seen[2]

    def allows(self, model: str) -> bool:
        """Whether people let the model of the digest `model` run; as old as `paused`."""
        self.paused()
        return self._seen is not None and model in self._seen[2].models

    def pause(self, reason: str, by: str) -> Paused:
        """Pause; on return every process that asks finds it within `FRESH_SECONDS`. One that is paused already stays as it is.

        Raises `BadInputError` without a reason or a name. Where the state cannot be written (a full disk, a lock that does not come
        free) its file is removed, which pauses too, and a folder put there, so that who is just resuming fails. What `record` raises is
        raised once it is paused.
        """
        held, new = self.hold(reason, by)
        if new:
            self.tell(held)
        return held

    def hold(self, reason: str, by: str, *, drill: bool = False) -> tuple[Paused, bool]:
        """As `pause`, but nothing is recorded; whether it was this call that paused. A drill never takes another pause's place."""
        new = Paused(
            reason=worded(reason, "reason", LONGEST_REASON),
            by=worded(by, "by", LONGEST_NAME),
            since=datetime.now(UTC),
            persons=1 if drill else self._persons,
            drill=drill,
        )
        try:
            with self._lock(_PAUSE_LOCK_SECONDS):
                found, state = self.state()
                if found is not None and (drill or not (found.fault or found.drill)):
                    return found, False
                after = replace(state, counter=self._next(), paused=new, request=None)
                self._commit(after, kept=found is None or not found.fault)
        except TruthGPTError:
            self._brake()
            return self.state()[0] or new, True
        return new, True

    def tell(self, held: Paused) -> None:
        """Record a pause that `hold` made."""
        self._record("pause", _told(held))

    def resume(self, by: str, reason: str, *, model: str = "", drill: bool = False) -> Resumed | Request:
        """End the pause, or let the model of the digest `model` run; the request, where another person has to agree first.

        Also mends a state that cannot be trusted; with `drill`, ends nothing but a drill. Recorded before it takes effect: a log
        that cannot be written keeps it paused. Raises `BadInputError` without a reason or a name, where there is nothing to end, or where the
        second person is the first.
        """
        by, reason = worded(by, "by", LONGEST_NAME), worded(reason, "reason", LONGEST_REASON)
        with self._lock():
            found, state = self.state()
            if model and found is not None:
                raise BadInputError("all answers are paused; resume these first, then the model")
            if not model and found is None:
                raise BadInputError("nothing is paused: `truthgpt pause --reason R --by NAME` pauses")
            if drill and not (found and found.drill):
                raise BadInputError("somebody paused during the drill; it stays so until it is resumed")
            if model in state.models:
                raise BadInputError(f"the model {model[:12]}… was let run already")
            now = datetime.now(UTC)
            persons = max(self._persons, 1 if found is None else found.persons)
            request = Request(by, reason, now, now + self._expiry, model)
            counter, kept = self._next(), not (found and found.fault)
            if persons > 1 and not (found and found.drill) and not _agrees(state.request, request):
                self._record("pause", _asked(request))
                paused = found and replace(found, fault=False)
                self._commit(replace(state, counter=counter, paused=paused, request=request), kept=kept)
                return request
            first = state.request.by if persons > 1 and state.request else ""
            event = {"act": "resume", "by": by, "first": first, "reason": reason, "model": model}
            self._record("pause", {**event, "at": now.isoformat()})
            models = (*state.models, model) if model else state.models
            self._commit(State(counter, models=models), kept=kept)
        self._seen = None
        return Resumed(found, by, model)

    def _look(self) -> tuple[Paused | None, State]:
        for left in reversed(range(_TRIES)):
            try:
                state = self._read()
            except Fault as fault:
                if left:
                    continue  # a writer may have been between the two files
                if self._faulty is None or str(fault) not in self._faulty.reason:
                    reason = f"{fault}; `truthgpt resume` mends it"
                    self._faulty = Paused(reason, _NOBODY, datetime.now(UTC), self._persons, fault=True)
                return self._faulty, State()
            self._faulty = None
            return state.paused, state
        raise AssertionError

    def _read(self) -> State:
        """The state, if its file is whole and the one that the seal names."""
        seal = _seal(self.seal_file)
        content = _content(self.state_file, "the pause's state")
        try:
            state = decode_state(content)
        except Fault as fault:
            raise Fault(f"the pause's state ({self.state_file.name}) {fault}") from None
        if digest(content) in seal.states:
            return state
        if state.counter < seal.counter:
            raise Fault(f"the pause's state ({self.state_file.name}) is an older one that was put back")
        raise Fault(f"the pause's state ({self.state_file.name}) is not the one that was sealed")

    def _next(self) -> int:
        """A number greater than any that either file has."""
        highest = 0
        with suppress(Fault):
            highest = _seal(self.seal_file).counter
        with suppress(Fault):
            highest = max(highest, decode_state(_content(self.state_file, "state")).counter)
        return highest + 1

    def _commit(self, after: State, *, kept: bool) -> None:
        """Put `after` in the place of the state that stands. Where that may be `kept`, the seal allows both while the file
        changes, so that at every moment, a crash included, one of the two holds; one that cannot be trusted is none to go back to."""
        new = encode(after)
        old = []
        try:
            if kept:
                old = [digest(_content(self.state_file, "state"))]
            elif self.state_file.is_dir():
                self.state_file.rmdir()
        except (Fault, OSError):
            raise BusyError("the pause changed meanwhile; see `truthgpt pause`, and try again") from None
        durable.write(self.seal_file, encode(Seal(after.counter, (*old, digest(new)))))
        durable.write(self.state_file, new)
        if old:
            durable.write(self.seal_file, encode(Seal(after.counter, (digest(new),))))
        self._seen = None

    def _brake(self) -> None:
        """Pause without writing: a state that is missing pauses. Raises `MissingError` where not even that can be done."""
        try:
            if not self.state_file.is_dir():
                self.state_file.unlink(missing_ok=True)
            with suppress(OSError):  # a full disk may have no room for it
                self.state_file.mkdir(exist_ok=True)
            durable.sync_folder(self.folder)
        except OSError as error:
            raise durable.missing(self.state_file, error) from error

    @contextmanager
    def _lock(self, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
        """One writer at a time; raises `BusyError` where another does not end."""
        path = self.folder / "write.lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise durable.missing(path, error) from error
        try:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise BusyError(f"another process holds {path}; end it, then try again") from None
                    time.sleep(0.01)
            yield
        finally:
            os.close(file)


def _seal(path: Path) -> Seal:
    """The seal in the file at `path`. Raises `Fault`, which names the file."""
    content = _content(path, "the pause's seal")
    try:
        return decode_seal(content)
    except Fault as fault:
        raise Fault(f"the pause's seal ({path.name}) {fault}") from None


def _content(path: Path, what: str) -> bytes:
    # Opened and read each time: a time stamp may be set by anybody, and is seconds old on a network's file system.
    try:
        # Not blocking: what is no file must not hold whoever asks.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            content = os.read(file, MOST_BYTES)
        finally:
            os.close(file)
    except FileNotFoundError:
        raise Fault(f"{what} ({path.name}) is missing") from None
    except OSError as error:
        raise Fault(f"{what} ({path.name}) cannot be read ({os.strerror(error.errno or 0)})") from None
    return content


def _agrees(first: Request | None, second: Request) -> bool:
    """Whether `second` is another person's agreement to `first`. Raises `BadInputError` where it is the same person's."""
    # A clock that went back must not make a request last longer.
    if first is None or first.model != second.model or not first.at <= second.at < first.expires:
        return False
    if _same(first.by, second.by):
        raise BadInputError(
            f"{first.by} has asked already; another person has to agree until {first.expires:%Y-%m-%d %H:%M} UTC"
        )
    return True


def _same(one: str, other: str) -> bool:
    def plain(name: str) -> str:
        return "".join(unicodedata.normalize("NFKC", name).casefold().split())

    return plain(one) == plain(other)


def _told(paused: Paused) -> dict[str, Any]:
    return {
        "act": "pause",
        "reason": paused.reason,
        "by": paused.by,
        "at": paused.since.isoformat(),
        "drill": paused.drill,
        "persons": paused.persons,
    }


def _asked(request: Request) -> dict[str, Any]:
    return {
        "act": "ask to resume",
        "reason": request.reason,
        "by": request.by,
        "at": request.at.isoformat(),
        "expires": request.expires.isoformat(),
        "model": request.model,
    }
