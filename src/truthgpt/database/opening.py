"""Addresses of databases in, open databases out: `sqlite:///PATH` or `postgresql://…`, their tables up to date."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from truthgpt.database import postgresql, schema, sqlite
from truthgpt.database.failures import one_line, shown, told
from truthgpt.errors import BadInputError

_KINDS = {
    "sqlite": sqlite,
    "sqlite+pysqlite": sqlite,
    "postgresql": postgresql,
    "postgresql+psycopg": postgresql,
    "postgres": postgresql,
}


def open_database(url: str) -> Engine:
    """The database at `url`, made where a file is absent, with the newest tables; `dispose()` closes it.

    All that follows `sqlite:///` is the path, question marks and all. Any number of processes may open one database at
    once. Raises `BadInputError` where `url` is none or names what is no database of TruthGPT's, `MissingError` where
    the server or the folder cannot be used, `BusyError` where others keep it locked; no text shows a password.
    """
    scheme, _, address = url.partition("://")
    kind = _KINDS.get(scheme.lower())
    if kind is None:
        # It is not shown, for it may hold a password anywhere.
        raise BadInputError(
            "that is no database that TruthGPT can use: give sqlite:///PATH or postgresql://USER@HOST/DATABASE"
        )
    engine: Engine = kind.engine(address)
    try:
        with told(engine):
            kind.prepare(engine)
            schema.bring_up(engine)
    except DBAPIError as error:
        engine.dispose()
        raise BadInputError(
            f"{shown(engine.url)} cannot be used ({one_line(error, engine.url)}); give a database of its own"
        ) from None
    except BaseException:
        engine.dispose()
        raise
    return engine
