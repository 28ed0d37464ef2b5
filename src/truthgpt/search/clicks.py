"""What readers did with what a search found: which posts they were shown for a query, in which order, and which they opened.

A log is JSON Lines, of this server or of any other search over the same posts:

    {"query": "old bridge", "shown": ["a:1", "a:7", "a:3"], "clicked": ["a:7"]}

`shown` are ids of posts, best first, from the top of the first page on. Who asked and when is not in it.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.query import MAX_CHARACTERS

FILE = "clicks.jsonl"
MOST_SHOWN = 100
LONGEST_ID = 1_000
"""Characters of a post's id."""
MOST_BYTES = 1 << 30
"""Bytes of a log that a server writes, some three million impressions: who floods it fills no disk."""
MOST_READ = 250_000
"""Impressions that are read of logs, the last: some 500 MB."""
_LONGEST = 1 << 18
"""Bytes of a line that is read."""


@dataclass(frozen=True, slots=True)
class Impression:
    """The posts that one reader was `shown` for `query`, best first, and those that were `clicked`."""

    query: str
    shown: tuple[str, ...]
    clicked: frozenset[str]

    @classmethod
    def of(cls, said: Any) -> Impression:
        """Of a line of a log. Raises `BadInputError`, saying what is wrong with it."""
        if not isinstance(said, dict):
            raise BadInputError("not an object")
        query = said.get("query")
        if not isinstance(query, str) or not query.strip() or len(query) > MAX_CHARACTERS:
            raise BadInputError(f"query: not a text of 1 to {MAX_CHARACTERS:,} characters")
        shown, clicked = (_ids(said, name) for name in ("shown", "clicked"))
        if not 0 < len(shown) <= MOST_SHOWN or any(not 0 < len(one) <= LONGEST_ID for one in shown):
            raise BadInputError(f"shown: not 1 to {MOST_SHOWN} ids")
        if len(set(shown)) < len(shown):
            raise BadInputError("shown: an id stands twice")
        if not set(clicked) <= set(shown):
            raise BadInputError("clicked: an id that was not shown")
        return cls(query, tuple(shown), frozenset(clicked))

    def line(self) -> bytes:
        """As a line of a log."""
        ids = [one for one in self.shown if one in self.clicked]
        return orjson.dumps({"query": self.query, "shown": list(self.shown), "clicked": ids}) + b"\n"


def _ids(said: dict[str, Any], name: str) -> list[str]:
    ids = said.get(name)
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise BadInputError(f"{name}: not a list of ids of posts")
    return ids


@dataclass(frozen=True, slots=True)
class Read:
    """The impressions of logs, how many lines could not be read, and what was wrong with the first of these, empty for none."""

    impressions: list[Impression]
    bad: int
    first: str


def read(paths: Iterable[Path]) -> Read:
    """The last `MOST_READ` impressions in the files at `paths`. Raises `MissingError` where one cannot be opened."""
    impressions: deque[Impression] = deque(maxlen=MOST_READ)
    bad, first = 0, ""
    for path in paths:
        for number, line in _lines(path):
            try:
                impressions.append(Impression.of(orjson.loads(line)))
            except (BadInputError, orjson.JSONDecodeError) as error:
                bad += 1
                first = first or f"{path}, line {number}: {error}"
    return Read(list(impressions), bad, first)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST):
                number += 1
                whole = line
                while not line.endswith(b"\n") and (line := file.readline(_LONGEST)):
                    whole = b""  # longer than any that is one
                if whole.strip() or len(whole) == 0:
                    yield number, whole
    except FileNotFoundError:
        raise MissingError(
            f"no clicks in {path}: `truthgpt up --keep-clicks` keeps them there, or name a log of another search"
        ) from None
    except OSError as error:
        raise durable.missing(path, error) from None


class ClickLog:
    """Where a server writes down what was clicked: a file in `folder`, readable by its owner alone. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def add(self, impression: Impression) -> None:
        """Raises `MissingError` where it cannot be written, and `BadInputError` where it is longer than what is read; what stood there
        stays whole."""
        line = impression.line()
        if len(line) > _LONGEST:
            raise BadInputError(f"shown: more than {_LONGEST:,} bytes")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)  # let go with the file
                size = os.fstat(file).st_size
                if size + len(line) > MOST_BYTES:
                    raise MissingError(f"{self.path} is full: `truthgpt ranker learn`, then move it away")
                if size and os.pread(file, 1, size - 1) != b"\n":
                    line = b"\n" + line  # what a crash cut off stays a line of its own
                if os.write(file, line) != len(line):
                    os.ftruncate(file, size)
                    raise OSError(errno.ENOSPC, "no space left on the disk")
            finally:
                os.close(file)
        except OSError as error:
            raise durable.missing(self.path, error) from None
