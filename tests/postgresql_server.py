"""A PostgreSQL server for tests, from the system's binaries: in a folder of its own, on a socket alone, synced as in earnest."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psutil
import psycopg
import pytest

_ACCOUNT = "postgres"
_SETTINGS = (
    "listen_addresses=",
    "fsync=on",
    "synchronous_commit=on",
    "max_connections=40",
    "shared_buffers=16MB",
)


def binaries() -> Path:
    """The folder of the newest server; the test is skipped where there is none, or where it would have to run as root."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3])
    )
    found = versions[-1] if versions else shutil.which("postgres")
    if not found:
        pytest.skip("PostgreSQL is not installed; Debian's package is postgresql")
    if os.geteuid() == 0 and not _account():
        pytest.skip(f"PostgreSQL does not run as root, and there is no account {_ACCOUNT}")
    return Path(found).parent


@cache
def shared() -> Server:
    """The one server of all tests in this process."""
    return Server()


class Server:
    """Started when made; `stop` ends it and removes its folder."""

    def __init__(self) -> None:
        self._bin = binaries()
        # A socket's path has at most 107 characters, which pytest's folders may have already.
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir=_roomy()))
        if account := _account():
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._data = self.folder / "data"
        self._numbers = itertools.count()
        self._run(
            "initdb",
            *("--pgdata", str(self._data), "--username", "tests", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8", "--auth", "trust", "--no-sync"),
        )
        self.start()

    def url(self, database: str = "postgres", options: str = "") -> str:
        return f"postgresql://tests:hush@/{database}?host={self.folder}" + (options and f"&options={options}")

    def fresh(self) -> str:
        """The URL of a place without tables: a schema of its own, which is made a hundred times faster than a database."""
        name = f"test{next(self._numbers)}"
        with self.admin() as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self.url(options=f"-csearch_path%3D{name}")

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True)

    def start(self) -> None:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self.folder), *settings]
        # It ends with the tests, however they end.
        self._process = subprocess.Popen(
            ["setpriv", *_as_account(), "--pdeathsig", "QUIT", *command],
            cwd=self.folder,
            stderr=(self.folder / "log").open("ab"),
        )
        for _ in range(600):
            try:
                self.admin().close()
                return
            except psycopg.OperationalError:
                try:
                    self._process.wait(0.05)
                    break
                except subprocess.TimeoutExpired:
                    continue
        pytest.fail(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-2000:]}")

    def crash(self) -> None:
        """SIGKILL for the server and all its processes, as when the power fails."""
        processes = [psutil.Process(self._process.pid)]
        processes += processes[0].children(recursive=True)
        for process in processes:
            process.kill()
        self._process.wait()
        while any(map(_lives, processes)):
            time.sleep(0.01)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            ["setpriv", *_as_account(), str(self._bin / program), *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )


def _roomy() -> str | None:
    """Memory, where there is enough: a file a table makes a thousand of them, which disks write and delete slowly. What a
    server that is killed has handed to the system outlives it on either."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _account() -> pwd.struct_passwd | None:
    """Who the server runs as, where that is not who runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        return None


def _as_account() -> list[str]:
    account = _account()
    return [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"] if account else []
