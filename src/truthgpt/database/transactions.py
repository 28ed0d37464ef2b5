"""One consistent look at a database, or one change that happens whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from truthgpt.database import sqlite
from truthgpt.database.failures import told

_READ: dict[str, dict[str, Any]] = {
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
_WRITE: dict[str, dict[str, Any]] = {
    "sqlite": {sqlite.BEGIN: "BEGIN IMMEDIATE"},
    "postgresql": {"isolation_level": "READ COMMITTED"},
}


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """All that is read within it is of one moment, whatever others write meanwhile; it waits for nobody.

    Raises `MissingError`, `BusyError` or `BadInputError` where the database fails.
    """
    with _transaction(engine, _READ) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All that is written within it is there, and outlasts a crash, once it is left; after an exception nothing is.

    On SQLite writers follow one another from its beginning to its end; on PostgreSQL those who lock the same rows do.
    Raises what `reading` raises.
    """
    with _transaction(engine, _WRITE) as connection:
        yield connection


def scrub(engine: Engine) -> None:
    """After a deletion: let no text of it stay in the files, as far as that is in our hands. PostgreSQL's own vacuum does it there."""
    if engine.dialect.name == "sqlite":
        with told(engine):
            sqlite.scrub(engine)


@contextmanager
def _transaction(engine: Engine, options: dict[str, dict[str, Any]]) -> Iterator[Connection]:
    with told(engine), engine.connect() as connected:
        connection = connected.execution_options(**options[engine.dialect.name])
        with connection.begin():
            yield connection
