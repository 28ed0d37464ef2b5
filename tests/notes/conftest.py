"""Stores of notes in both kinds of databases, fresh for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from truthgpt.database import open_database
from truthgpt.notes.store import NoteStore

# The server is the one that the database's own tests start.
sys.path.append(str(Path(__file__).parents[1] / "database"))
from postgresql_server import Server, shared


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    yield shared()
    shared().stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that is not there yet, or has no tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'truthgpt.db'}"
    server: Server = request.getfixturevalue("postgresql")
    return server.fresh()


@pytest.fixture
def store(url: str) -> Iterator[NoteStore]:
    engine = open_database(url)
    yield NoteStore(engine)
    engine.dispose()
