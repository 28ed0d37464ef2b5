"""The texts behind the log, kept apart, so that they can be erased from under a log that never forgets.

The log holds of a text only SHA-256(salt || text), with a salt of 32 random bytes that lies here beside the text. Once both
are erased, the hash tells nothing: whoever guesses the text cannot check the guess. Until then whoever has text and salt can
prove which text was logged.

Of a text that is not to be kept the salt alone lies here. Whoever has the text from elsewhere can then be shown that it was
logged, and whoever keeps the salts can check a guess; nobody else can, and nobody once they are erased.

One SQLite file, read and written by its owner alone; what is erased is overwritten there, and is in no journal.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from truthgpt.corpus.durable import missing
from truthgpt.errors import BadInputError, MissingError

FILE = "texts.db"
"""The file's name in the folder of oversight."""

_SALT = 32
_PATIENCE = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (hash BLOB PRIMARY KEY, salt BLOB NOT NULL, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS salts (hash BLOB PRIMARY KEY, salt BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subjects (
    kind TEXT NOT NULL, name TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (kind, name, hash)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS subjects_hash ON subjects (hash);
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to keep apart, and whom it is about: the `authors` who wrote it or are quoted in it, the ids of the `posts` that
    it quotes. Whoever of them is forgotten takes it along. `kept` says whether the text itself is kept, or its salt alone."""

    text: str
    authors: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """A text with its salt: SHA-256(salt || text in UTF-8) is its hash in the log. None where the salt alone was kept."""

    text: str | None
    salt: bytes


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in the SQLite file at `path`, which the first `put` makes. Safe for many threads and processes."""

    path: Path

    def put(self, texts: Sequence[Text]) -> list[str]:
        """Keep `texts`, all or none; returns the hash of each, in hexadecimal, once they are on the disk.

        The same text twice has two salts and two hashes. Raises `MissingError` where they cannot be written.
        """
        kept = [(secrets.token_bytes(_SALT), _encoded(text.text), text) for text in texts]
        hashes = [_hash(salt, raw) for salt, raw, _ in kept]
        with self._connected(make=True) as database:
            database.executemany(
                "INSERT INTO texts VALUES (?, ?, ?)",
                [
                    (hash_, salt, raw)
                    for hash_, (salt, raw, text) in zip(hashes, kept, strict=True)
                    if text.kept
                ],
            )
            database.executemany(
                "INSERT INTO salts VALUES (?, ?)",
                [(hash_, salt) for hash_, (salt, _, text) in zip(hashes, kept, strict=True) if not text.kept],
            )
            database.executemany(
                "INSERT OR IGNORE INTO subjects VALUES (?, ?, ?)",
                [
                    (kind, name, hash_)
                    for hash_, (_, _, text) in zip(hashes, kept, strict=True)
                    for kind, names in (("author", text.authors), ("post", text.posts))
                    for name in names
                ],
            )
        return [hash_.hex() for hash_ in hashes]

    def get(self, hash_: str) -> Kept | None:
        """The text of a hash in the log; None where it was erased, or never kept here.

        Raises `BadInputError` when what is kept is not what was logged.
        """
        if not self.path.exists():
            return None
        with self._connected() as database:
            row = database.execute(
                "SELECT salt, text FROM texts WHERE hash = :hash UNION ALL SELECT salt, NULL FROM salts WHERE hash = :hash",
                {"hash": bytes.fromhex(hash_)},
            ).fetchone()
        if row is None:
            return None
        salt, raw = row
        if raw is None:
            return Kept(None, salt)
        if not isinstance(raw, bytes) or _hash(bytes(salt), raw).hex() != hash_:
            raise BadInputError(
                f"{self.path} holds another text than was logged under {hash_}: it was changed"
            )
        return Kept(raw.decode("utf-8", "surrogatepass"), salt)

    def erase(
        self, *, authors: Sequence[str] = (), posts: Sequence[str] = (), hashes: Sequence[str] = ()
    ) -> int:
        """Erase, with their salts, the texts of these hashes and those about any of these authors and posts; returns how many.

        Nothing of them is in the file once this returns. Raises `MissingError` where it cannot be written.
        """
        if not self.path.exists():
            return 0
        subjects = [("author", name) for name in authors] + [("post", name) for name in posts]
        with self._connected() as database:
            found = {bytes.fromhex(hash_) for hash_ in hashes}
            for subject in subjects:
                rows = database.execute("SELECT hash FROM subjects WHERE kind = ? AND name = ?", subject)
                found.update(hash_ for (hash_,) in rows)
            before = database.total_changes
            for table in ("texts", "salts"):
                database.executemany(f"DELETE FROM {table} WHERE hash = ?", [(hash_,) for hash_ in found])
            erased = database.total_changes - before
            database.executemany("DELETE FROM subjects WHERE hash = ?", [(hash_,) for hash_ in found])
        return erased

    @contextmanager
    def _connected(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction, durable at its end. A connection a call: none is shared with a thread or a forked process."""
        try:
            if make and not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            database = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        except OSError as error:
            raise missing(self.path, error) from error
        except sqlite3.Error as error:
            raise self._told(error) from error
        try:
            # A journal of WAL would keep erased text until somebody cleans it up.
            database.execute("PRAGMA journal_mode = TRUNCATE")
            database.execute("PRAGMA secure_delete = ON")
            database.execute("PRAGMA synchronous = FULL")
            # What is made last: another thread may be between two of them.
            made = "SELECT 1 FROM sqlite_master WHERE name = 'subjects_hash'"
            if database.execute(made).fetchone() is None:
                database.executescript(_SCHEMA)
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._told(error) from error
        finally:
            database.close()  # what was not committed is rolled back

    def _told(self, error: sqlite3.Error) -> BadInputError | MissingError:
        if isinstance(error, sqlite3.OperationalError):
            return MissingError(
                f"{self.path} cannot be written or read ({error}): free some space or mend its folder"
            )
        return BadInputError(f"{self.path} is damaged ({error}): restore it from a backup")


def is_text(kept: Kept, hash_: str) -> bool:
    """Whether `kept` is the text that the log holds the hash of: what an outsider checks who was given text and salt."""
    return kept.text is not None and _hash(kept.salt, _encoded(kept.text)).hex() == hash_


def _hash(salt: bytes, raw: bytes) -> bytes:
    return hashlib.sha256(salt + raw).digest()


def _encoded(text: str) -> bytes:
    # half a surrogate pair, as hostile JSON holds, is kept as it came
    return text.encode("utf-8", "surrogatepass")
