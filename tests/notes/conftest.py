"""Stores of notes in both kinds of databases, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from truthgpt.database import open_database
from truthgpt.notes.store import NoteStore


@pytest.fixture
def store(url: str) -> Iterator[NoteStore]:
    engine = open_database(url)
    yield NoteStore(engine)
    engine.dispose()
