"""PostgreSQL by its URL, through psycopg 3."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from truthgpt.database.failures import shown
from truthgpt.errors import BadInputError, MissingError

_SECONDS = 10
"""For a server to answer a new connection; the URL's own `connect_timeout` goes first."""
_SESSION = ("lock_timeout = '30s'", "idle_in_transaction_session_timeout = '60s'")
"""Who waits, waits as long as for SQLite; who hangs in the middle of a transaction holds nobody up for longer than a minute."""


def engine(address: str) -> Engine:
    """An engine of the database at `address`, what follows `postgresql://`.

    Raises `BadInputError` where that cannot be read, `MissingError` without psycopg.
    """
    try:
        if not address.isprintable():
            raise ValueError
        url = make_url(f"postgresql+psycopg://{address}")
        created = create_engine(
            url,
            connect_args={} if "connect_timeout" in url.query else {"connect_timeout": _SECONDS},
            hide_parameters=True,
            pool_pre_ping=True,  # a server that was started anew is no error
        )
    except (ArgumentError, ValueError):
        # Neither may be shown: where the address breaks, the password may stand in any of its parts.
        raise BadInputError(
            "the address of the PostgreSQL database cannot be read: give postgresql://USER@HOST/DATABASE"
        ) from None
    except ImportError:
        raise MissingError("PostgreSQL needs psycopg: run pip install 'truthgpt[postgres]'") from None
    event.listen(created, "connect", _connected)
    return created


def prepare(engine: Engine) -> None:
    """Raises `BadInputError` where the database cannot hold every character."""
    with engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding not in ("UTF8", b"UTF8"):
        raise BadInputError(
            f"{shown(engine.url)} is not written in UTF-8: create one WITH ENCODING 'UTF8' TEMPLATE template0"
        )


def _connected(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for setting in _SESSION:
            cursor.execute(f"SET {setting}")
    connection.commit()
