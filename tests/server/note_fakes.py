"""Notes kept in memory, by the rules of the real store as far as the service can tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from truthgpt.errors import BadInputError
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, Decided, History, Side, Status
from truthgpt.notes.store import NoteStore
from truthgpt.notes.stored import Classification, Found, Level, Person, StoredNote, StoredRating
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.notes.words import note_text
from truthgpt.server.services import NoteShelf

_ORDER = [HELPFUL, NEEDS_MORE, NOT_HELPFUL]


def decided(note_id: str, status: Status, ratings: int = 12) -> Decided:
    """What a scoring could say of a note."""
    side = Side(helpful=ratings // 2, not_helpful=ratings - ratings // 2)
    return Decided(
        note_id,
        status,
        "GeneralCRH",
        0.05,
        0.45,
        -0.2,
        0.4,
        0.5,
        ratings,
        (side, Side()),
        Side(0, 1, 0),
        History(status),
    )


def decide(shelf: NoteShelf, *decisions: Decided) -> None:
    """Decides this, and of all other notes nothing."""
    if isinstance(shelf, FakeShelf):
        shelf.decisions = {each.note_id: each for each in decisions}
        return
    assert isinstance(shelf, NoteStore)
    person, _ = shelf.new_person()
    change = shelf.write(person.id, "none", "NOT_MISLEADING", "A change, so that there is a run.", 0)
    shelf.delete(change.id, person.id)
    run = shelf.begin("test", 0)
    assert run
    assert shelf.finish(run, decisions, 0)


@dataclass
class FakeShelf:
    """`people` are known by their secrets, `names` by their outside names; `decisions` are what was decided, by note."""

    people: dict[str, Person] = field(default_factory=dict)
    names: dict[str, Person] = field(default_factory=dict)
    notes: dict[str, StoredNote] = field(default_factory=dict)
    ratings: dict[tuple[str, str], StoredRating] = field(default_factory=dict)
    decisions: dict[str, Decided] = field(default_factory=dict)

    def new_person(self) -> tuple[Person, str]:
        person = Person(f"n{len(self.people) + len(self.names):07}", 0)
        secret = uuid.uuid4().hex
        self.people[secret] = person
        return person, secret

    def person(self, secret: str) -> Person | None:
        return self.people.get(secret)

    def signed_in(self, name: str) -> Person:
        return self.names.setdefault(name, Person(f"n{len(self.people) + len(self.names):07}", 0))

    def write(
        self, author: str, post_id: str, classification: Classification, text: str, now: int
    ) -> StoredNote:
        text = note_text(text)
        if any((note.author, note.post_id) == (author, post_id) for note in self.notes.values()):
            raise BadInputError("there is a note of yours on this post already")
        note = StoredNote(uuid.uuid4().hex, post_id, author, classification, text, now)
        self.notes[note.id] = note
        return note

    def delete(self, note_id: str, author: str) -> bool:
        return self.notes.pop(note_id, None) is not None

    def rate(self, note_id: str, rater: str, level: Level, tags: Sequence[str], now: int) -> StoredRating:
        ticked = tuple(tag for tag in (*HELPFUL_TAGS, *NOT_HELPFUL_TAGS) if tag in tags)
        rating = StoredRating(note_id, rater, level, ticked, now)
        self.ratings[note_id, rater] = rating
        return rating

    def unrate(self, note_id: str, rater: str) -> bool:
        return self.ratings.pop((note_id, rater), None) is not None

    def note(self, note_id: str) -> Found | None:
        note = self.notes.get(note_id)
        return (note, self.decisions.get(note_id)) if note else None

    def of_posts(self, post_ids: Sequence[str]) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {}
        for each in self._found(note for note in self.notes.values() if note.post_id in post_ids):
            found.setdefault(each[0].post_id, []).append(each)
        for notes in found.values():
            notes.sort(key=lambda each: (_ORDER.index(_status(each)), each[0].created_at, each[0].id))
        return found

    def latest(
        self, limit: int, before: tuple[int, str] | None = None, status: Status | None = None
    ) -> list[Found]:
        ordered = sorted(self.notes.values(), key=lambda note: (note.created_at, note.id), reverse=True)
        earlier = (note for note in ordered if before is None or (note.created_at, note.id) < before)
        return [each for each in self._found(earlier) if status in (None, _status(each))][:limit]

    def ratings_of(self, rater: str, note_ids: Sequence[str]) -> dict[str, StoredRating]:
        return {each: self.ratings[each, rater] for each in note_ids if (each, rater) in self.ratings}

    def counts(self, note_ids: Sequence[str]) -> dict[str, int]:
        return {each: sum(note == each for note, _ in self.ratings) for each in note_ids}

    def _found(self, notes: Iterable[StoredNote]) -> list[Found]:
        return [(note, self.decisions.get(note.id)) for note in notes]


def _status(found: Found) -> Status:
    return found[1].status if found[1] else NEEDS_MORE
