"""Notes for the page's tests: written into the real store by other people, with statuses given by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, Decided, History, Side
from truthgpt.notes.store import Classification, NoteStore, StoredNote

NONE = Side()
MISLEADING: Classification = "MISINFORMED_OR_POTENTIALLY_MISLEADING"


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def helpful(note: StoredNote) -> Decided:
    """Ten of twelve on one side, five of eight on the other, three of whom nobody knows where they stand."""
    return Decided(
        note_id=note.id,
        status=HELPFUL,
        rule="Core/GeneralCRH",
        margin=0.07,
        intercept=0.47,
        factor=0.1,
        lower=0.4,
        upper=0.5,
        ratings=23,
        sides=(Side(10, 1, 1), Side(5, 2, 1)),
        unplaced=Side(2, 0, 1),
        history=History(HELPFUL),
    )


def not_helpful(note: StoredNote) -> Decided:
    sides = (Side(1, 1, 4), Side(0, 0, 5))
    return Decided(
        note.id,
        NOT_HELPFUL,
        "GeneralCRNH",
        0.21,
        -0.3,
        0.4,
        -0.4,
        -0.2,
        11,
        sides,
        NONE,
        History(NOT_HELPFUL),
    )


def undecided(note: StoredNote) -> Decided:
    return Decided(
        note.id,
        NEEDS_MORE,
        "InitialNMR",
        2.0,
        None,
        None,
        None,
        None,
        3,
        (NONE, NONE),
        Side(3, 0, 0),
        History(),
    )


@dataclass
class Shelf:
    """The store of a test's notes. What is decided of them stays until the test ends."""

    store: NoteStore
    decisions: list[Decided] = field(default_factory=list)

    def write(self, post_id: str, text: str, classification: Classification = MISLEADING) -> StoredNote:
        """A note by somebody new."""
        person, _ = self.store.new_person()
        return self.store.write(person.id, post_id, classification, text, now())

    def decide(self, *decisions: Decided) -> None:
        """What a scoring could decide of notes, each written since the scoring before."""
        self.decisions += decisions
        run = self.store.begin("test", now())
        assert run
        assert self.store.finish(run, self.decisions, now())

    def standing(self, post_id: str, text: str) -> StoredNote:
        """A note that stands with its post."""
        note = self.write(post_id, text)
        self.decide(helpful(note))
        return note
