"""SQLite as a database that outlasts a crash: one file, one writer, any number of readers beside it.

Write-ahead log, synced at each commit; writers queue up to 30 seconds at `BEGIN IMMEDIATE`, so that none finds at its
commit that another was faster. What is deleted is overwritten.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from truthgpt.errors import BadInputError, MissingError

PATIENCE = 30.0
"""Seconds that a writer waits for others."""
BEGIN = "truthgpt_begin"
"""The execution option that says how a connection's transactions begin: `BEGIN IMMEDIATE` where they write."""
_PAUSE = 0.02
_OWNER = 0o600

_making = (
    Lock()
)  # else another thread might have a database open, and lose its locks, when this one closes the new file


def engine(address: str) -> Engine:
    """An engine over the file at `address`, which is `/PATH`; it is made, readable by its owner alone, where it is absent.

    Raises `BadInputError` where that is no file, `MissingError` where it cannot be written.
    """
    created = create_engine(
        URL.create("sqlite", database=str(_file(address))),
        connect_args={"timeout": PATIENCE},
        hide_parameters=True,
    )
    event.listen(created, "connect", _connected)
    event.listen(created, "begin", _begun)
    return created


def prepare(engine: Engine) -> None:
    """Switch the file to the write-ahead log. Where its folder knows no shared memory it keeps its journal, and is only slower."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with _outside(engine) as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except OperationalError as error:
            # The switch needs the file to itself for a moment, and does not queue for it.
            busy = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_BUSY"
            if not busy or time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE)


def scrub(engine: Engine, patience: float = 1.0) -> None:
    """Empty the write-ahead log, which may still hold the text of deleted rows, unless readers need it for longer
    than `patience` seconds; then a later commit or the last to close the file empties it."""
    with _outside(engine) as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * patience)}")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * PATIENCE)}")


def _outside(engine: Engine) -> Connection:
    """A connection whose statements stand in no transaction."""
    return engine.connect().execution_options(**{BEGIN: ""})


def _file(address: str) -> Path:
    host, _, path = address.partition("/")
    if host or not path or path == ":memory:" or any(each < " " or each == "\x7f" for each in path):
        raise BadInputError("a SQLite database needs the path of a file: give sqlite:///PATH")
    file = Path(path).absolute()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            raise BadInputError(f"{file} is no file: give sqlite:///PATH of a file, or of one to be made")
        _make(file)
        if not os.access(file, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise MissingError(
            f"{file} cannot be written ({error.strerror}): mend its permissions or give another place"
        ) from None
    return file


def _make(file: Path) -> None:
    """Make `file`, empty, if it is not there. One that is there must not even be opened: to close it would free the locks
    that SQLite holds on it for this process (https://www.sqlite.org/howtocorrupt.html, 2.2)."""
    with _making, suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER))


def _connected(connection: Any, _record: object) -> None:
    # Transactions begin where SQLAlchemy says so (`_begun`), not before the first statement that Python thinks writes.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begun(connection: Connection) -> None:
    if begin := connection.get_execution_options().get(BEGIN, "BEGIN"):
        connection.exec_driver_sql(begin)
