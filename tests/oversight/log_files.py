"""Small logs for tests, and what can be done to their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import Log, Verified, verify

KEY = SigningKey.from_seed(bytes(range(32)))
ORIGIN = "log.example/test"

CHANGES = ("open", "write", "pwrite", "fsync", "replace", "unlink", "mkdir", "rmdir", "ftruncate")
"""The functions of `os` by which a log changes its files."""


def opened(folder: Path) -> Log:
    return Log.open(folder, origin=ORIGIN, key=KEY)


def entry(number: int) -> bytes:
    return b"entry %d" % number


def checked(log: Log, *seen: bytes) -> Verified:
    return verify(log.folder, [log.verifier], seen=seen)


def files(folder: Path) -> dict[Path, bytes]:
    """Every file of a log that holds anything."""
    found = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {path: content for path, content in found.items() if content}


@contextmanager
def at_change(number: int, do: Callable[[], None]) -> Iterator[list[int]]:
    """`do` happens in place of the change of that number, counted from 0; gives the count of changes so far."""
    count = [0]

    def hooked(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            count[0] += 1
            if count[0] == number + 1:
                do()
            return function(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, hooked(getattr(os, name)))
        yield count
