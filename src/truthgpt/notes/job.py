"""One scoring from beginning to end, as the server's background task and the command line run it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from threading import Event, Thread
from typing import TypeAlias

import numpy as np

from truthgpt.errors import BusyError, TruthGPTError
from truthgpt.notes import scoring
from truthgpt.notes.decision import Decided
from truthgpt.notes.ratings import Ratings, levels
from truthgpt.notes.runs import LEASE_MS
from truthgpt.notes.store import NoteStore
from truthgpt.notes.stored import MISLEADING, Run, Snapshot, StoredRating
from truthgpt.notes.table import NoteTable
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.notes.thresholds import published

Decide: TypeAlias = Callable[..., Sequence[Decided]]
"""The decision of a snapshot, or what stands for it."""

_PUBLISHED = published()
decide = partial(
    scoring.decide,
    thresholds=replace(_PUBLISHED, reputation=replace(_PUBLISHED.reputation, unproven=True)),
)
"""Notes are scored as soon as ratings come, so that most raters come after a status: left out until they have been early, they
never would be, and the first few would decide for good."""
_RENEWALS = 4
"""In the time that a lease holds: three may fail."""


def score_once(
    store: NoteStore, holder: str, now: int, *, decide: Decide = decide, lease_ms: int = LEASE_MS
) -> bool:
    """Score all notes at `now` (milliseconds since 1970) if anything changed; whether that came to an end.

    `holder` names this scorer alone. False where nothing changed, where another scorer is at it, and where one took over
    before this one had ended. Whatever is raised on the way, by the database or by `decide`, leaves all statuses as
    they were and the lease to the next.
    """
    clock = _from(now)
    run = store.begin(holder, now, lease_ms)
    if run is None:
        return False
    try:
        with _renewed(store, run, clock, lease_ms):
            snapshot = store.read(run)
            decided = decide(ratings_of(snapshot.ratings), table_of(snapshot), snapshot.histories, now=now)
        return store.finish(run, decided, clock())
    except BaseException as error:
        with suppress(TruthGPTError):  # where the database is gone, the lease ends by itself
            if not store.release(run) and isinstance(error, BusyError):
                return False
        raise


def ratings_of(rated: Sequence[StoredRating]) -> Ratings:
    """The ratings as scoring takes them, with all tags."""
    tags = {name: np.zeros(len(rated), np.bool_) for name in (*HELPFUL_TAGS, *NOT_HELPFUL_TAGS)}
    for row, rating in enumerate(rated):
        for name in rating.tags:
            tags[name][row] = True
    return Ratings.of(
        [rating.note_id for rating in rated],
        [rating.rater for rating in rated],
        levels([rating.level for rating in rated]),
        times=np.array([rating.created_at for rating in rated], np.int64),
        tags=tags,
    )


def table_of(snapshot: Snapshot) -> NoteTable:
    """The notes as scoring takes them."""
    return NoteTable.of(
        [note.id for note in snapshot.notes],
        [note.author for note in snapshot.notes],
        np.array([note.created_at for note in snapshot.notes], np.int64),
        [note.classification == MISLEADING for note in snapshot.notes],
    )


@contextmanager
def _renewed(store: NoteStore, run: Run, clock: Callable[[], int], lease_ms: int) -> Iterator[None]:
    """Keeps the lease of `run` while its body works."""
    ended = Event()

    def renew() -> None:
        while not ended.wait(lease_ms / 1000 / _RENEWALS):
            with suppress(TruthGPTError):  # the next try may find the database again
                if not store.renew(run, clock(), lease_ms):
                    return

    thread = Thread(target=renew, name="lease of a scoring", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _from(now: int) -> Callable[[], int]:
    """A clock that shows `now` at this moment."""
    started = time.monotonic()
    return lambda: now + round(1000 * (time.monotonic() - started))
