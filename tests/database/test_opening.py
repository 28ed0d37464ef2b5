"""Databases are opened with their tables, or it is said in one line, without passwords, why they cannot be."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine.interfaces import DBAPIConnection

from killable import Child
from postgresql_server import Server
from truthgpt import database, settings
from truthgpt.database import open_database, reading, schema, scrub, sqlite, writing
from truthgpt.errors import BadInputError, BusyError, MissingError, TruthGPTError
from truthgpt.notes.tables import METADATA

SECRET = "hunter2"


def refusal(url: str, kind: type[TruthGPTError]) -> str:
    with pytest.raises(kind) as raised:
        open_database(url)
    said = str(raised.value)
    assert isinstance(raised.value, kind)
    assert "\n" not in said
    assert len(said) < 600
    assert SECRET not in said
    return said


def pragma(engine: sa.Engine, name: str) -> object:
    with reading(engine) as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_the_migrations_make_the_tables_that_the_notes_are_read_from(url: str) -> None:
    for _ in range(2):  # made, and found
        engine = open_database(url)
        with reading(engine) as connection:
            context = MigrationContext.configure(connection, opts={"version_table": schema.VERSIONS})
            assert compare_metadata(context, METADATA) == []
            assert context.get_current_revision() == schema.NEWEST
        engine.dispose()


def test_the_newest_migration_is_the_one_that_is_compared_with() -> None:
    folder = Path(database.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.NEWEST]


def test_constraints_hold_where_the_code_would_not(url: str) -> None:
    engine = open_database(url)
    for statement in (
        "INSERT INTO notes VALUES ('n', 'p', 'nobody', 'NOT_MISLEADING', 't', 1)",
        "INSERT INTO changes VALUES (2, 1)",
        "INSERT INTO scoring VALUES (2, 0, 0, '', 0)",
    ):
        with pytest.raises(sa.exc.IntegrityError), writing(engine) as connection:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_sqlite_is_synced_at_each_commit_and_read_beside_its_writer(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    assert [pragma(engine, name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")] == [
        "wal", 2, 1, 30_000
    ]  # fmt: skip
    with writing(engine) as writer:
        writer.exec_driver_sql("UPDATE changes SET wanted = 5")
        with reading(engine) as reader:
            assert reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one() == 0
    engine.dispose()


def test_a_reader_sees_one_moment(url: str) -> None:
    engine = open_database(url)
    asked = "SELECT wanted FROM changes"
    with reading(engine) as reader:
        before = reader.exec_driver_sql(asked).scalar_one()
        with writing(engine) as writer:
            writer.exec_driver_sql("UPDATE changes SET wanted = 9")
        assert reader.exec_driver_sql(asked).scalar_one() == before == 0
    with reading(engine) as reader:
        assert reader.exec_driver_sql(asked).scalar_one() == 9
    engine.dispose()


def test_what_ends_in_an_exception_was_never_written(url: str) -> None:
    engine = open_database(url)
    with suppress(KeyError), writing(engine) as writer:
        writer.exec_driver_sql("UPDATE changes SET wanted = 9")
        raise KeyError
    with reading(engine) as reader:
        assert reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one() == 0
    engine.dispose()


def test_writers_queue(url: str) -> None:
    engine = open_database(url)

    def add(_: int) -> None:
        with writing(engine) as writer:
            wanted = writer.exec_driver_sql(
                "SELECT wanted FROM changes" + (" FOR UPDATE" if "postgres" in url else "")
            ).scalar_one()
            writer.exec_driver_sql(f"UPDATE changes SET wanted = {wanted + 1}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(60)))
    with reading(engine) as reader:
        assert reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one() == 60
    engine.dispose()


def lock(pipe: Connection, file: str) -> None:
    """Sends whether nobody has locked what SQLite's readers and writers lock."""
    with open(file, "r+b") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
            pipe.send("free")
        except BlockingIOError:
            pipe.send("locked")


def test_to_open_it_again_frees_no_locks(tmp_path: Path) -> None:
    """As closing a file frees those of the whole process; without them another process may take the log away."""
    file = tmp_path / "a.db"
    engine = open_database(f"sqlite:///{file}")
    with reading(engine) as reader:
        reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one()
        again = open_database(f"sqlite:///{file}")
        assert Child(lock, str(file)).rest() == ["locked"]
        again.dispose()
        assert Child(lock, str(file)).rest() == ["locked"]
    engine.dispose()
    assert Child(lock, str(file)).rest() == ["free"]


def test_a_reader_keeps_the_log_from_being_emptied_and_nobody_waits(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    log = tmp_path / "a.db-wal"
    with reading(engine) as reader:
        reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one()
        with writing(engine) as writer:
            writer.exec_driver_sql("UPDATE changes SET wanted = 5")
        sqlite.scrub(engine, patience=0.01)
        assert log.stat().st_size > 0
        assert reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one() == 0
    scrub(engine)
    assert log.stat().st_size == 0
    assert pragma(engine, "busy_timeout") == 30_000
    engine.dispose()


def start(pipe: Connection, url: str) -> None:
    pipe.send("ready")
    pipe.recv()
    with reading(open_database(url)) as connection:
        pipe.send(connection.exec_driver_sql("SELECT count(*) FROM truthgpt_schema").scalar_one())


def test_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    starters = [Child(start, url) for _ in range(4)]
    for starter in starters:
        assert starter.hear(1) == ["ready"]
    for starter in starters:
        starter.pipe.send("go")
    assert [starter.rest() for starter in starters] == [[1]] * 4
    assert [starter.code for starter in starters] == [0] * 4


def test_threads_that_start_at_once_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [url] * 4))
    for engine in engines:
        with reading(engine) as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM truthgpt_schema").scalar_one() == 1
        engine.dispose()


def test_a_path_may_have_any_characters(tmp_path: Path) -> None:
    file = tmp_path / "a folder?mode=ro&b#%20%s" / "汉字 ü.db"
    open_database(f"sqlite:///{file}").dispose()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_the_settings_name_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUTHGPT_DATABASE", raising=False)
    open_database(settings.load(tmp_path / "what?").database).dispose()
    assert (tmp_path / "what?" / "truthgpt.db").is_file()
    monkeypatch.setenv("TRUTHGPT_DATABASE", f"postgresql://a:{SECRET}@db/notes")
    loaded = settings.load(tmp_path)
    assert loaded.database == f"postgresql://a:{SECRET}@db/notes"
    assert SECRET not in repr(loaded)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "truthgpt.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/path",
        "sqlite:///a\0b",
        "sqlite:///a\nb",
        f"mysql://root:{SECRET}@localhost/x",
        f"postgresql+asyncpg://root:{SECRET}@localhost/x",
        f"{SECRET}:x",
        f"x:{SECRET}@://",
        f"postgresql://a:{SECRET}@host:port/x",
        f"postgresql://a:{SECRET}@[::1/x",
        f"postgresql://a:{SECRET}@host/x\n",
        f"postgresql://a:{SECRET}@host/x\0",
        f"postgresql://a:{SECRET}@/x?host=/nowhere&colour=red",
        f"postgresql://a:{SECRET}@/x?host=/nowhere&connect_timeout={SECRET}",
        f"postgresql://a:{SECRET}@/x?host=a:b:c&host=d",
        f"postgresql://a:{SECRET}@/x?host=/nowhere&plugin={SECRET}",
        "x" * 1_000_000,
    ],
)
def test_what_is_no_address_is_bad_input(url: str) -> None:
    refusal(url, BadInputError)


def test_a_server_that_does_not_answer_is_missing(tmp_path: Path) -> None:
    with socket.socket() as listener:  # bound, and nobody listens: its port is refused
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        said = refusal(f"postgresql://someone:{SECRET}@127.0.0.1:{port}/notes", MissingError)
    assert f"notes at 127.0.0.1:{port}" in said
    assert "refused" in said
    refusal(f"postgres://someone:{SECRET}@/notes?host={tmp_path}", MissingError)
    refusal(f"postgres:///notes?host={tmp_path}&password={SECRET}&sslpassword={SECRET}", MissingError)
    refusal(f"postgresql://someone:{SECRET}@127.0.0.1:99999/notes", MissingError)


def test_without_psycopg_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refusal(f"postgresql://someone:{SECRET}@127.0.0.1/notes", MissingError)
    assert "truthgpt[postgres]" in said


def test_a_database_that_is_not_there_or_not_in_utf8_is_told(postgresql: Server) -> None:
    assert "does not exist" in refusal(postgresql.url("nowhere").replace("hush", SECRET), MissingError)
    with postgresql.admin() as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "UTF-8" in refusal(postgresql.url("latin"), BadInputError)


def test_a_server_that_lets_us_only_read_is_told(postgresql: Server) -> None:
    url = postgresql.fresh()
    with postgresql.admin() as admin:
        admin.execute("CREATE ROLE reader LOGIN")
        admin.execute(f"GRANT USAGE ON SCHEMA {url.rpartition('%3D')[2]} TO reader".encode())
    assert "permission denied" in refusal(url.replace("tests:", "reader:"), MissingError)
    engine = open_database(url)
    with pytest.raises(MissingError, match="read-only"), reading(engine) as reader:
        reader.exec_driver_sql("UPDATE changes SET wanted = 1")
    engine.dispose()


def test_a_row_that_is_locked_for_too_long_makes_the_waiter_busy(url: str) -> None:
    engine = open_database(url)
    other = open_database(url)
    other.dispose()  # those of its connections that it has made already are patient
    statement = "UPDATE changes SET wanted = 1"
    with writing(engine) as holder:
        holder.exec_driver_sql(statement)
        short = "SET lock_timeout = 50" if "postgres" in url else "PRAGMA busy_timeout = 50"
        sa.event.listen(other, "connect", lambda connection, _: _impatient(connection, short))
        with pytest.raises(BusyError, match="locked by others"), writing(other) as waiter:
            waiter.exec_driver_sql(statement)
    other.dispose()
    engine.dispose()


def _impatient(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.commit()


def test_all_connections_in_use_is_busy(url: str) -> None:
    engine = open_database(url)
    small = sa.create_engine(
        engine.url, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with reading(small), pytest.raises(BusyError, match="no free connection"), reading(small):
        raise AssertionError
    small.dispose()
    engine.dispose()


def test_a_server_started_anew_is_no_error_to_who_had_it_open(postgresql: Server) -> None:
    engine = open_database(postgresql.fresh())
    postgresql.crash()
    with pytest.raises(MissingError, match="cannot be used"), reading(engine):
        raise AssertionError
    postgresql.start()
    with reading(engine) as reader:
        assert reader.exec_driver_sql("SELECT wanted FROM changes").scalar_one() == 0
    engine.dispose()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letters.db"
    for content in (b"Dear Ana, " * 1000, b"short", b"SQLite format 3\0" + b"\xff" * 4000):
        file.write_bytes(content)
        said = refusal(f"sqlite:///{file}", BadInputError)
        assert str(file) in said
        assert file.read_bytes() == content


def test_a_corrupt_database_is_told_when_it_is_met(tmp_path: Path) -> None:
    file = tmp_path / "truthgpt.db"
    engine = open_database(f"sqlite:///{file}")
    with writing(engine) as writer:
        writer.exec_driver_sql(
            "INSERT INTO people SELECT hex(randomblob(200)), randomblob(32), 1 FROM "
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) SELECT i FROM n)"
        )
    engine.dispose()
    whole = file.read_bytes()
    size = len(whole)
    file.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])  # the table of tables
    assert "damaged" in refusal(f"sqlite:///{file}", BadInputError)
    file.write_bytes(whole[: size // 3])
    refusal(f"sqlite:///{file}", BadInputError)
    # Damage further on is found by who reads there.
    file.write_bytes(whole[: size // 2] + b"\xff" * (size - size // 2))
    engine = open_database(f"sqlite:///{file}")
    with pytest.raises(BadInputError, match="damaged"), reading(engine) as reader:
        reader.exec_driver_sql("SELECT max(length(id)), max(length(known_by)) FROM people").all()
    engine.dispose()


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that who runs the test may read and not write, even if that is root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_a_folder_or_file_that_is_read_only_is_missing(nobody: Path) -> None:
    there = nobody / "there.db"
    open_database(f"sqlite:///{there}").dispose()
    there.chmod(0o444)
    nobody.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
    assert "Permission denied" in refusal(f"sqlite:///{nobody / 'new.db'}", MissingError)
    assert "Permission denied" in refusal(f"sqlite:///{nobody / 'sub' / 'new.db'}", MissingError)
    assert "Permission denied" in refusal(f"sqlite:///{there}", MissingError)


def test_a_folder_a_pipe_and_a_device_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        assert "is no file" in refusal(f"sqlite:///{path}", BadInputError)
    (tmp_path / "file").touch()
    refusal(f"sqlite:///{tmp_path / 'file' / 'a.db'}", MissingError)
    refusal(f"sqlite:///{tmp_path / ('x' * 300)}", MissingError)


def test_tables_of_other_programs_are_left_alone(url: str) -> None:
    if "postgres" in url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE ratings (stars int)")
    else:
        theirs = sqlite3.connect(url.removeprefix("sqlite:///"))
        theirs.execute("CREATE TABLE ratings (stars int)")
        theirs.close()
    for _ in range(2):  # the first try left nothing behind
        assert "already exists" in refusal(url, BadInputError)


def test_tables_of_a_newer_version_are_left_alone(url: str) -> None:
    engine = open_database(url)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE truthgpt_schema SET version_num = '9999'")
    engine.dispose()
    assert "newer TruthGPT" in refusal(url, BadInputError)
