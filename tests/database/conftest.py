"""Both kinds of databases, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
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
