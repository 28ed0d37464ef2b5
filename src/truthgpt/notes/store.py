"""The notes of one database: people write and rate, readers look up, a scorer decides.

    store = NoteStore(open_database("sqlite:////srv/truthgpt.db"))
    author, secret = store.new_person()
    note = store.write(author.id, "reddit:7beo2", "NOT_MISLEADING", "It is satire.", now)

What is written is there, and outlasts a crash, when the call returns. Whatever could change a status is counted in the same
transaction, so that no rating waits for ever to be scored. Every method raises `MissingError` or `BusyError` where the
database fails. Ids may be anything: those that cannot be are nobody's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from truthgpt.database import reading, scrub, writing
from truthgpt.errors import BadInputError
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, STATUSES, Status
from truthgpt.notes.people import People
from truthgpt.notes.rows import decided_of, note_of, rating_of
from truthgpt.notes.runs import Runs
from truthgpt.notes.stored import (
    Classification,
    Found,
    Level,
    Person,
    Run,
    Snapshot,
    StoredNote,
    StoredRating,
)
from truthgpt.notes.tables import changes, live, notes, people, ratings, scoring, statuses
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.notes.words import checked, note_text, quoted, storable

__all__ = [
    "Classification",
    "Found",
    "Level",
    "NoteStore",
    "Person",
    "Run",
    "Snapshot",
    "StoredNote",
    "StoredRating",
]

_ALL_TAGS = (*HELPFUL_TAGS, *NOT_HELPFUL_TAGS)
_SHOWN_FIRST = {HELPFUL: 0, NEEDS_MORE: 1, NOT_HELPFUL: 2}
_AT_ONCE = 500
"""Ids in one query."""
_LARGEST = (1 << 63) - 1
"""Number in a database."""


class NoteStore(People, Runs):
    """Notes, ratings and statuses in the database behind `engine`, for any number of threads and processes at once."""

    def write(
        self, author: str, post_id: str, classification: Classification, text: str, now: int
    ) -> StoredNote:
        """A new note by the person `author`. Raises `BadInputError` where they have a note on the post, are nobody, or text or
        post id cannot be (see `words`)."""
        if classification not in get_args(Classification):
            raise BadInputError(
                f"{quoted(classification)} is no classification; there are {', '.join(get_args(Classification))}"
            )
        note = StoredNote(
            uuid.uuid4().hex, checked(post_id, "id of a post"), author, classification, note_text(text), now
        )
        try:
            with self._changing() as connection:
                _must_be_somebody(connection, author)
                connection.execute(
                    insert(notes).values(
                        id=note.id,
                        post_id=note.post_id,
                        author=author,
                        classification=classification,
                        text=note.text,
                        created_at=now,
                    )
                )
                _count(connection)
        except IntegrityError:
            raise BadInputError(
                "there is a note of yours on this post already; take it back to write another"
            ) from None
        return note

    def delete(self, note_id: str, author: str) -> bool:
        """Take a note back, by its author; False where there is none of theirs. Its text and status are erased."""
        if not (storable(note_id) and storable(author)):
            return False
        with self._taking_away() as connection:
            theirs = and_(notes.c.id == note_id, notes.c.author == author, live)
            if not connection.execute(update(notes).where(theirs).values(text=None)).rowcount:
                return False
            connection.execute(delete(statuses).where(statuses.c.note_id == note_id))
            _count(connection)
        scrub(self._engine)
        return True

    def posts(self) -> list[str]:
        """The ids of the posts that something was written on, each once."""
        with reading(self._engine) as connection:
            return list(connection.scalars(select(notes.c.post_id).distinct().order_by(notes.c.post_id)))

    def forget_posts(self, post_ids: Sequence[str]) -> int:
        """Remove all that was written on these posts, ratings and all; returns how many notes that were."""
        gone = 0
        with self._taking_away() as connection:
            for some in _chunks(post_ids):
                gone += connection.execute(delete(notes).where(notes.c.post_id.in_(some))).rowcount
            if gone:
                _count(connection)
        if gone:
            scrub(self._engine)
        return gone

    def rate(self, note_id: str, rater: str, level: Level, tags: Sequence[str], now: int) -> StoredRating:
        """The rating of `rater`, in the place of an earlier one. Raises `BadInputError` for their own note, a note or person
        that is not there, and for levels and tags that do not exist."""
        if level not in get_args(Level):
            raise BadInputError(
                f"{quoted(level)} is no level of a rating; there are {', '.join(get_args(Level))}"
            )
        if unknown := [tag for tag in tags if tag not in _ALL_TAGS]:
            raise BadInputError(
                f"{quoted(unknown[0])} is no tag of a rating; there are {', '.join(_ALL_TAGS)}"
            )
        ticked = tuple(tag for tag in _ALL_TAGS if tag in tags)
        with self._changing() as connection:
            author = (
                connection.scalars(select(notes.c.author).where(notes.c.id == note_id, live)).one_or_none()
                if storable(note_id)
                else None
            )
            if author is None:
                raise BadInputError(f"there is no note {quoted(note_id)}")
            if author == rater:
                raise BadInputError("this note is yours; only others can rate it")
            _must_be_somebody(connection, rater)
            connection.execute(delete(ratings).where(_rating(note_id, rater)))
            connection.execute(
                insert(ratings).values(
                    note_id=note_id, rater=rater, level=level, tags=" ".join(ticked), created_at=now
                )
            )
            _count(connection)
        return StoredRating(note_id, rater, level, ticked, now)

    def unrate(self, note_id: str, rater: str) -> bool:
        """Take a rating back; False where there is none."""
        if not (storable(note_id) and storable(rater)):
            return False
        with self._changing() as connection:
            if not connection.execute(delete(ratings).where(_rating(note_id, rater))).rowcount:
                return False
            _count(connection)
        return True

    def note(self, note_id: str) -> Found | None:
        """The note with this id and what was decided of it."""
        found = self._found(_notes().where(notes.c.id.in_(_storable([note_id]))))
        return found[0] if found else None

    def of_posts(self, post_ids: Sequence[str]) -> dict[str, list[Found]]:
        """The notes on each post that has any: helpful ones first, then those that need more ratings, then those that are not
        helpful, the earliest of each first."""
        with reading(self._engine) as connection:
            found = [
                each
                for some in _chunks(post_ids)
                for each in _told(connection, _notes().where(notes.c.post_id.in_(some)))
            ]
        found.sort(key=lambda each: (_SHOWN_FIRST[_status(each)], each[0].created_at, each[0].id))
        of_posts: dict[str, list[Found]] = {}
        for each in found:
            of_posts.setdefault(each[0].post_id, []).append(each)
        return of_posts

    def latest(
        self, limit: int, before: tuple[int, str] | None = None, status: Status | None = None
    ) -> list[Found]:
        """Up to `limit` notes, the newest first; only those before a note's time and id, only those of a status."""
        if limit < 1 or (status is not None and status not in STATUSES):
            raise BadInputError(f"at least one note, of one of {', '.join(STATUSES)}, can be asked for")
        asked = _notes().order_by(notes.c.created_at.desc(), notes.c.id.desc()).limit(min(limit, _LARGEST))
        if before is not None:
            time, note_id = min(max(before[0], -_LARGEST), _LARGEST), before[1]
            earlier = notes.c.created_at < time
            if storable(note_id):
                earlier = or_(earlier, and_(notes.c.created_at == time, notes.c.id < note_id))
            asked = asked.where(earlier)
        if status == NEEDS_MORE:
            asked = asked.where(or_(statuses.c.status == status, statuses.c.status.is_(None)))
        elif status is not None:
            asked = asked.where(statuses.c.status == status)
        return self._found(asked)

    def rating(self, note_id: str, rater: str) -> StoredRating | None:
        """What `rater` said of the note."""
        return self.ratings_of(rater, [note_id]).get(note_id)

    def ratings_of(self, rater: str, note_ids: Sequence[str]) -> dict[str, StoredRating]:
        """What `rater` said of those of the notes that they rated."""
        if not storable(rater):
            return {}
        with reading(self._engine) as connection:
            return {
                row.note_id: rating_of(row)
                for some in _chunks(note_ids)
                for row in connection.execute(
                    select(ratings).where(ratings.c.note_id.in_(some), ratings.c.rater == rater)
                )
            }

    def counts(self, note_ids: Sequence[str]) -> dict[str, int]:
        """How many ratings each of the notes has at this moment; those without one are left out."""
        with reading(self._engine) as connection:
            return {
                row.note_id: row.number
                for some in _chunks(note_ids)
                for row in connection.execute(
                    select(ratings.c.note_id, func.count().label("number"))
                    .where(ratings.c.note_id.in_(some))
                    .group_by(ratings.c.note_id)
                )
            }

    def _found(self, asked: Select[Any]) -> list[Found]:
        with reading(self._engine) as connection:
            return _told(connection, asked)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A change, while nobody else makes one: what it checks at its beginning holds to its end."""
        with writing(self._engine) as connection:
            connection.execute(select(changes.c.wanted).with_for_update())
            yield connection

    @contextmanager
    def _taking_away(self) -> Iterator[Connection]:
        """A change that takes notes away: no run ends meanwhile, which could give them a status again.

        Whoever locks both rows locks that of `scoring` first, or two could wait for each other.
        """
        with writing(self._engine) as connection:
            connection.execute(select(scoring.c.token).with_for_update())
            connection.execute(select(changes.c.wanted).with_for_update())
            yield connection


def _count(connection: Connection) -> None:
    """Make a run happen that reads what was just written."""
    connection.execute(update(changes).values(wanted=changes.c.wanted + 1))


def _must_be_somebody(connection: Connection, person: str) -> None:
    there = (
        storable(person)
        and connection.scalars(select(people.c.id).where(people.c.id == person)).one_or_none()
    )
    if not there:
        raise BadInputError(f"nobody is called {quoted(person)}")


def _rating(note_id: str, rater: str) -> ColumnElement[bool]:
    return and_(ratings.c.note_id == note_id, ratings.c.rater == rater)


def _notes() -> Select[Any]:
    return select(notes, statuses).outerjoin_from(notes, statuses).where(live)


def _told(connection: Connection, asked: Select[Any]) -> list[Found]:
    return [
        (note_of(row), None if row["note_id"] is None else decided_of(row))
        for row in connection.execute(asked).mappings()
    ]


def _status(found: Found) -> Status:
    return found[1].status if found[1] else NEEDS_MORE


def _storable(ids: Sequence[str]) -> list[str]:
    return [one for one in dict.fromkeys(ids) if storable(one)]


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids that can stand in the database, each once, as many at a time as a query takes."""
    kept = _storable(ids)
    for start in range(0, len(kept), _AT_ONCE):
        yield kept[start : start + _AT_ONCE]
