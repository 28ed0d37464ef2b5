"""Ratings that were acknowledged are there, whoever is killed with SIGKILL: those who rate, or the server of the database."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing.connection import Connection

import sqlalchemy as sa

from killable import Child
from postgresql_server import Server
from truthgpt.database import open_database, reading
from truthgpt.errors import TruthGPTError
from truthgpt.notes.store import NoteStore

NOTES = 3000
"""More than anybody rates before they are killed."""
NOTE_IDS = [f"n{number}" for number in range(NOTES)]


def rate(pipe: Connection, url: str, rater: str, first: int) -> None:
    """Rates in a loop, and sends the number of each rating when it is promised to be there."""
    store = NoteStore(open_database(url))
    try:
        for number in range(first, NOTES):
            store.rate(NOTE_IDS[number], rater, "HELPFUL", ["helpfulClear"], number)
            pipe.send(number)
            # SQLite's lock goes to who asks at the right moment: let the other have one.
            time.sleep(0.002)
    except TruthGPTError as error:
        pipe.send(str(error))


def rate_until(_: Connection, url: str, rater: str, statement: str) -> None:
    """Rates, and is killed by its own hand once it has sent a statement that begins so."""
    engine = open_database(url)

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _(_connection: object, _cursor: object, executed: str, *_: object) -> None:
        if executed.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    NoteStore(engine).rate(NOTE_IDS[0], rater, "HELPFUL", [], 1)


class Raters:
    """Two people who rate the same notes, each in a process of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_database(url)
        self.store = NoteStore(self.engine)
        author, *self.people = (self.store.new_person()[0].id for _ in range(3))
        with self.engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO notes VALUES (:id, :id, :author, 'NOT_MISLEADING', 'One.', 1)"),
                [{"id": note_id, "author": author} for note_id in NOTE_IDS],
            )

    def start(self) -> list[Child]:
        """Each goes on after the last of its ratings that is there."""
        return [Child(rate, self.url, person, len(self.there(person))) for person in self.people]

    def there(self, person: str) -> list[int]:
        """The numbers of the ratings of `person` in the database."""
        return sorted(rating.created_at for rating in self.store.ratings_of(person, NOTE_IDS).values())

    def check(self, acknowledged: list[list[int]]) -> None:
        """All that was acknowledged to each is there, at most one rating more, and every one that is there was counted."""
        for person, numbers in zip(self.people, acknowledged, strict=True):
            there = self.there(person)
            assert there == list(range(len(there)))
            assert numbers[-1] <= there[-1] <= numbers[-1] + 1
        assert self.counted() == sum(len(self.there(person)) for person in self.people)

    def counted(self) -> int:
        with reading(self.engine) as connection:
            return int(connection.exec_driver_sql("SELECT wanted FROM changes").scalar_one())


def test_who_rates_may_be_killed_at_any_moment(url: str) -> None:
    moments = random.Random(7)
    raters = Raters(url)
    for _ in range(4):
        children = raters.start()
        heard = [child.hear(moments.randrange(1, 40)) for child in children]
        for child in children:
            time.sleep(moments.random() / 100)  # anywhere in the transaction
            child.kill()
        raters.check([numbers + child.rest() for numbers, child in zip(heard, children, strict=True)])
        assert [child.code for child in children] == [-signal.SIGKILL] * 2
    raters.engine.dispose()


def test_the_server_may_be_killed_at_any_moment(postgresql: Server) -> None:
    moments = random.Random(8)
    raters = Raters(postgresql.fresh())
    for _ in range(3):
        children = raters.start()
        heard = [child.hear(moments.randrange(1, 40)) for child in children]
        time.sleep(moments.random() / 100)
        postgresql.crash()
        heard = [numbers + child.rest() for numbers, child in zip(heard, children, strict=True)]
        assert all("the PostgreSQL database" in numbers.pop() for numbers in heard)
        postgresql.start()
        raters.check(heard)
    raters.engine.dispose()


def test_what_was_half_written_is_not_there(url: str) -> None:
    """Who is killed between the rating and the count of it leaves neither."""
    raters = Raters(url)
    for statement in ("SELECT changes", "INSERT INTO ratings", "UPDATE changes"):
        child = Child(rate_until, url, raters.people[0], statement)
        assert child.rest() == []
        assert child.code == -signal.SIGKILL
        assert raters.there(raters.people[0]) == []
        assert raters.counted() == 0
    raters.store.rate(NOTE_IDS[0], raters.people[0], "HELPFUL", [], 0)  # nothing stayed locked
    raters.engine.dispose()
