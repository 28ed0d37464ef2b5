"""Scoring, by one scorer at a time: a lease comes in with a run, the statuses of all notes go out in one transaction.

A run reads one moment of the database and may take long. Whoever holds the lease renews it; a lease that ran out, or whose
holder begins anew after a crash, is taken over with a higher token. Statuses are written only by the run whose token is the
last and whose lease holds, all of them together: no reader sees those of two runs mixed, and a run that was thought dead
changes nothing when it comes to its end after all (a fencing token, Kleppmann, Designing Data-Intensive Applications, ch. 8).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, insert, select, update

from truthgpt.database import reading, writing
from truthgpt.errors import BadInputError, BusyError
from truthgpt.notes.decision import Decided
from truthgpt.notes.rows import history_of, note_of, rating_of, row_of
from truthgpt.notes.stored import Run, Snapshot
from truthgpt.notes.tables import changes, live, notes, ratings, scoring, statuses
from truthgpt.notes.words import checked

LEASE_MS = 600_000


class Runs:
    """The scoring of the notes in the database behind `engine`. Times are milliseconds since 1970."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, holder: str, now: int, lease_ms: int = LEASE_MS) -> Run | None:
        """A run of `holder`, who names one scorer alone; None where nothing changed since the last finished one, or another
        scorer holds the lease. The holder's own lease is one that it lost in a crash, and is taken over."""
        checked(holder, "name of a scorer")
        with reading(self._engine) as connection:
            if not _due(connection):
                return None
        with writing(self._engine) as connection:
            held = connection.execute(select(scoring).with_for_update()).one()
            wanted = connection.scalars(select(changes.c.wanted)).one()
            if held.done >= wanted or (held.lease_until > now and held.holder != holder):
                return None
            run = Run(held.token + 1, holder, wanted)
            connection.execute(
                update(scoring).values(token=run.token, holder=holder, lease_until=now + lease_ms)
            )
        return run

    def renew(self, run: Run, now: int, lease_ms: int = LEASE_MS) -> bool:
        """Whether the lease is still this run's; then it holds for another `lease_ms`."""
        with writing(self._engine) as connection:
            if not _holds(connection, run, now):
                return False
            connection.execute(update(scoring).values(lease_until=now + lease_ms))
        return True

    def release(self, run: Run) -> bool:
        """Give the lease back without a result, so that the next run need not wait; False where it is another's by now."""
        with writing(self._engine) as connection:
            ours = scoring.c.token == run.token
            return bool(
                connection.execute(update(scoring).where(ours).values(holder="", lease_until=0)).rowcount
            )

    def read(self, run: Run) -> Snapshot:
        """All that is to be scored, of one moment. Raises `BusyError` where another scorer took over."""
        with reading(self._engine) as connection:
            if connection.scalars(select(scoring.c.token)).one() != run.token:
                raise BusyError("another scorer took over; what this one began is left to it")
            written = connection.execute(select(notes).where(live).order_by(notes.c.id)).mappings().all()
            rated = connection.execute(
                select(ratings).join(notes).where(live).order_by(ratings.c.note_id, ratings.c.rater)
            ).all()
            decided = connection.execute(select(statuses).join(notes).where(live)).mappings().all()
        return Snapshot(
            [note_of(row) for row in written],
            [rating_of(row) for row in rated],
            {row["note_id"]: history_of(row) for row in decided},
        )

    def finish(self, run: Run, decided: Sequence[Decided], now: int) -> bool:
        """Put `decided` in the place of all statuses, if the lease is still this run's; else False, and nothing is changed.

        Notes that were taken back meanwhile get none. Raises `BadInputError` where a note is decided twice.
        """
        rows = {one.note_id: row_of(one) for one in decided}
        if len(rows) != len(decided):
            raise BadInputError(f"{len(decided) - len(rows)} notes are decided twice")
        with writing(self._engine) as connection:
            if not _holds(connection, run, now):
                return False
            connection.execute(delete(statuses))
            # Who takes notes away waits for the row of `scoring`, so that these stay to the end.
            if kept := [
                rows[note_id]
                for note_id in connection.scalars(select(notes.c.id).where(live))
                if note_id in rows
            ]:
                connection.execute(insert(statuses), kept)
            connection.execute(update(scoring).values(done=run.wanted, holder="", lease_until=0))
        return True


def _due(connection: Connection) -> bool:
    return connection.scalars(select(scoring.c.done < select(changes.c.wanted).scalar_subquery())).one()


def _holds(connection: Connection, run: Run, now: int) -> bool:
    held = connection.execute(select(scoring.c.token, scoring.c.lease_until).with_for_update()).one()
    return bool(held.token == run.token and held.lease_until > now)
