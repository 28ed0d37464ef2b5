"""Who writes and rates. A secret or an outside name comes in, a person with a public id goes out.

Neither stands in the database: a person is found by the SHA-256 of what they are known by, which a stranger with the table
can turn back into no secret, of 32 random bytes; names can be tried out, so that the table must stay as private as they are.
"""

from __future__ import annotations

import hashlib
import secrets
import time

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from truthgpt.database import reading, writing
from truthgpt.notes.stored import Person
from truthgpt.notes.tables import people
from truthgpt.notes.words import checked

_SECRET = 32
"""Bytes."""
_ID = 8
"""Characters of 32 kinds: with a million people one in a million new ids is taken already, and drawn again."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, whose characters nobody mistakes for others."""
_LONGEST_SECRET = 200


class People:
    """The people in the database behind `engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def new_person(self) -> tuple[Person, str]:
        """A new local identity and its secret (URL-safe base 64), which is told this once."""
        secret = secrets.token_urlsafe(_SECRET)
        return self._made(_known_by("secret", secret)), secret

    def person(self, secret: str) -> Person | None:
        """Who has this secret. How long that takes tells nothing of the secrets there are: only their hashes are compared."""
        return self._known(_known_by("secret", secret)) if len(secret) <= _LONGEST_SECRET else None

    def signed_in(self, name: str) -> Person:
        """The person of the outside account `name`, made when it is first seen.

        Raises `BadInputError` where that is no name: 1 to 500 characters without control characters.
        """
        known_by = _known_by("name", checked(name, "name of an account"))
        return self._known(known_by) or self._made(known_by)

    def _known(self, known_by: bytes) -> Person | None:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(people.c.id, people.c.created_at).where(people.c.known_by == known_by)
            ).one_or_none()
        return row and Person(row.id, row.created_at)

    def _made(self, known_by: bytes) -> Person:
        while True:
            person = Person(
                "".join(secrets.choice(_ALPHABET) for _ in range(_ID)), time.time_ns() // 1_000_000
            )
            try:
                with writing(self._engine) as connection:
                    connection.execute(
                        insert(people).values(id=person.id, known_by=known_by, created_at=person.created_at)
                    )
                return person
            except IntegrityError:
                # Another process saw the name first, or the id is somebody's: then another is drawn.
                if there := self._known(known_by):
                    return there


def _known_by(kind: str, word: str) -> bytes:
    # By its kind, so that nobody becomes somebody else by the name that their secret is.
    return hashlib.sha256(f"{kind}\0{word}".encode(errors="surrogatepass")).digest()
