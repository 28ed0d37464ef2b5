"""What databases say when they fail, as the errors that a person reads; never with a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, exc

from truthgpt.errors import BadInputError, BusyError, MissingError, TruthGPTError

_LONGEST = 300


class UnavailableError(MissingError):
    """A database that fails under us. Its text names the database, for who runs it; `public` is for those who call."""

    public = "what people write cannot be read or kept at the moment; try again later"


_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")
_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03")
_REFUSED = ("25006", "42501")
"""A server that only reads, and one that does not let us; they come as programming errors."""


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Failures of the machine within it become a `MissingError`, `BusyError` or `BadInputError` of one line; broken
    constraints stay what they are."""
    try:
        yield
    except exc.TimeoutError:
        raise BusyError(f"{shown(engine.url)} has no free connection; try again") from None
    except exc.DBAPIError as error:
        failure = _failure(error, engine.url)
        if failure is None:
            raise
        raise failure from error


def shown(url: URL) -> str:
    """How a person is told which database it is: without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "this machine"
    where = host if isinstance(host, str) else ", ".join(host)
    return f"the PostgreSQL database {url.database or ''} at {where}{f':{url.port}' if url.port else ''}".replace(
        "  ", " "
    )


def one_line(error: exc.DBAPIError, url: URL) -> str:
    """What the database said, in one line."""
    said = " ".join(str(error.orig).split())
    secrets = [url.password, *(value for key, value in url.query.items() if "pass" in key.lower())]
    for secret in secrets:
        for word in (secret,) if isinstance(secret, str) else secret or ():
            said = said.replace(word, "***") if word else said
    return said[:_LONGEST]


def _failure(error: exc.DBAPIError, url: URL) -> TruthGPTError | None:
    # SQLite's names go into detail after its first two words: SQLITE_IOERR_FSYNC.
    name = str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
    code = "_".join(name.split("_")[:2])
    if code in _DAMAGED:
        return BadInputError(
            f"{shown(url)} is damaged or no database ({one_line(error, url)}); restore it from a backup"
        )
    if code in _LOCKED:
        return BusyError(f"{shown(url)} is locked by others for too long; try again when they have ended")
    if code in _REFUSED or (isinstance(error, exc.OperationalError) and code != "SQLITE_ERROR"):
        return UnavailableError(
            f"{shown(url)} cannot be used ({one_line(error, url)}); mend that and try again"
        )
    return None
