"""The tables, brought up to date by Alembic's migrations, which ship with the package; safe when many processes start at once."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy import BigInteger, Connection, Engine, column, func, inspect, literal, select, table

from truthgpt.database.failures import shown
from truthgpt.database.transactions import reading, writing
from truthgpt.errors import BadInputError

NEWEST = "0001"
"""The last of the migrations. To compare with it needs no Alembic, whose import takes longer than all the rest of opening."""
VERSIONS = "truthgpt_schema"
"""The table that says which migrations a database has had; its name is ours, for others may keep theirs beside it."""
_KEY = 0x7472757468  # "truth": of the advisory lock that PostgreSQL's migrations hold

_one_at_a_time = Lock()  # Alembic runs its environment in a global


def bring_up(engine: Engine) -> None:
    """Run the migrations that the database behind `engine` has not had, all or none.

    Raises `BadInputError` where it had some that are not known here.
    """
    with reading(engine) as connection:
        if _version(connection) == NEWEST:
            return
    with _one_at_a_time, writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(literal(_KEY, BigInteger))))
        if _version(connection) != NEWEST:  # else another process was faster
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSIONS):
        return None
    return connection.scalars(select(column("version_num")).select_from(table(VERSIONS))).first()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection, "version_table": VERSIONS})
    # The configuration reads percent signs as references.
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise BadInputError(
            f"{shown(connection.engine.url)} was made by a newer TruthGPT; update this one, or give another database"
        ) from None
