"""Inspectors' keys: a name comes in, a key goes out once; later a key comes in, and whose it is goes out.

A key is 32 random bytes, of which only the SHA-256 is kept: nobody can guess one, so no slow hash is needed. `inspectors.json` is read
anew for every key that is shown, so that one who was removed is out at once, on every process. A file that cannot be read lets
nobody in.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError

FILE: Final = "inspectors.json"
FORMAT: Final = "truthgpt inspectors 1"
PREFIX: Final = "tgi_"
"""What a key begins with, so that programs which look for leaked secrets know one."""
LONGEST_NAME: Final = 100
LONGEST_TERM: Final = 3650
"""Days that a key may last."""
_LONGEST_KEY: Final = 100
_LARGEST: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Inspector:
    """One who may read: `name`, the SHA-256 of the key in hexadecimal, when it was `added` and from when on it is over (UTC)."""

    name: str
    hash: str
    added: datetime
    expires: datetime

    def over(self, now: datetime) -> bool:
        """Whether the key counts no longer."""
        return now >= self.expires


class Inspectors:
    """The inspectors of one data folder; any number of processes may read and change them."""

    def __init__(self, data: Path) -> None:
        self._path = data / "oversight" / FILE

    def add(self, name: str, days: int) -> tuple[Inspector, str]:
        """Let `name` read for `days` days; gives the key too, which is kept nowhere.

        Raises `BadInputError` on a name or a term that cannot be, or a name that is there already.
        """
        called = " ".join(name.split())
        if not called or len(called) > LONGEST_NAME or not called.isprintable():
            raise BadInputError(f"an inspector's name is 1 to {LONGEST_NAME} characters on one line")
        if not 1 <= days <= LONGEST_TERM:
            raise BadInputError(f"a key lasts 1 to {LONGEST_TERM} days, not {days}")
        key = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(microsecond=0)
        new = Inspector(called, _hash(key), now, now + timedelta(days=days))
        with self._lock():
            known = self.all()
            if any(each.name == called for each in known):
                raise BadInputError(
                    f"there is an inspector {called!r} already; `truthgpt inspector remove` takes the old key back"
                )
            self._write([*known, new])
        return new, key

    def remove(self, name: str) -> Inspector:
        """Take the key of `name` back, at once. Raises `MissingError` where there is no such inspector."""
        called = " ".join(name.split())
        with self._lock():
            known = self.all()
            gone = next((each for each in known if each.name == called), None)
            if gone is None:
                raise MissingError(
                    f"there is no inspector {called[:LONGEST_NAME]!r}; `truthgpt inspector list` shows them"
                )
            self._write([each for each in known if each is not gone])
        return gone

    def all(self) -> list[Inspector]:
        """All of them, as they were added. Raises `BadInputError` where the file is damaged, `MissingError` where it cannot be read."""
        try:
            with self._path.open("rb") as file:
                content = file.read(_LARGEST)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise durable.missing(self._path, error) from error
        try:
            whole = orjson.loads(content)
            if whole["format"] != FORMAT:
                raise ValueError
            return [_read(row) for row in whole["inspectors"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInputError(f"{self._path} is damaged; restore it from a backup") from None

    def whose(self, key: str) -> Inspector | None:
        """Whose `key` is, in date or not; None where it is nobody's. Raises as `all`.

        Compares with every hash to its end, so that how long it takes tells nothing.
        """
        given = _hash(key[:_LONGEST_KEY])
        found = None
        for each in self.all():
            if hmac.compare_digest(given, each.hash):
                found = each
        return found

    def _write(self, inspectors: list[Inspector]) -> None:
        whole = {"format": FORMAT, "inspectors": [asdict(each) for each in inspectors]}
        durable.write(self._path, orjson.dumps(whole, option=orjson.OPT_INDENT_2), mode=0o600)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self._path.with_suffix(".lock")
            file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise durable.missing(self._path, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _read(row: dict[str, str]) -> Inspector:
    hash_ = row["hash"]
    if len(bytes.fromhex(hash_)) != hashlib.sha256().digest_size:
        raise ValueError
    added, expires = datetime.fromisoformat(row["added"]), datetime.fromisoformat(row["expires"])
    if added.tzinfo is None or expires.tzinfo is None:
        raise ValueError
    return Inspector(str(row["name"]), hash_.lower(), added, expires)
