"""The opt-out list: which posts and authors are not to come (back) in, and on which nothing is to be trained.

The list holds no names. Each entry is BLAKE2b (RFC 7693) of the name, keyed with 32 random bytes that are made with the
corpus and never leave its folder: who gets the list without the key learns nothing from it, and lists of two corpora
cannot be joined. Who has both can try names out; the key must stay as private as the posts.

Authors are people on one platform: `alice` on Reddit and `alice` on Mastodon are two. The platform of a post is what
stands before the first colon of its id (`reddit:7beo2`). An entry without a platform holds for all of them. Handles
are compared without case and without a leading `@` or `u/`, since platforms give no second person the same one.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from truthgpt.corpus import durable
from truthgpt.corpus.consent import folder
from truthgpt.errors import BadInputError, MissingError

Wish: TypeAlias = Literal["forget", "no-training"]
Kind: TypeAlias = Literal["post", "author"]

BY_AUTHOR, BY_POST = "its author opted out", "it was forgotten"
"""Why an import rejects a row."""

LONGEST = 500
"""Characters that a name may have."""

_SIZE = 16
"""Bytes of a hash: two of a billion names meet with probability 10^-21."""
_KEY = 32


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a wish is about: the id of a post, or an author, on one platform where `platform` names it."""

    kind: Kind
    name: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a wish about whom only the keyed hash (hexadecimal) is known."""

    kind: Kind
    hash: str
    wish: Wish


@dataclass(frozen=True, slots=True)
class OptOuts:
    """The list, read once; it can be sent to other processes. False while nobody opted out of anything.

    A million entries take about 120 MB.
    """

    key: bytes = b""
    forgotten: frozenset[bytes] = frozenset()
    untrained: frozenset[bytes] = frozenset()
    _authors: dict[tuple[str, str], tuple[bytes, bytes]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __bool__(self) -> bool:
        return bool(self.forgotten or self.untrained)

    def reasons(self, ids: Sequence[str], authors: Sequence[str]) -> list[str]:
        """For each post, by its id and author, why it may not come in: `BY_AUTHOR`, `BY_POST` or ""."""
        if not self.forgotten:
            return [""] * len(ids)
        return [self._reason(post_id, author) for post_id, author in zip(ids, authors, strict=True)]

    def trainable(self, ids: Sequence[str], authors: Sequence[str]) -> list[bool]:
        """For each post, by its id and author, whether the list lets it be trained on."""
        if not self:
            return [True] * len(ids)
        return [
            not (self._reason(post_id, author) or self._is_untrained(post_id, author))
            for post_id, author in zip(ids, authors, strict=True)
        ]

    def _is_untrained(self, post_id: str, author: str) -> bool:
        if not self.untrained:
            return False
        return (
            not self.untrained.isdisjoint(self._author(post_id, author))
            or _digest(self.key, "post", post_id) in self.untrained
        )

    def _reason(self, post_id: str, author: str) -> str:
        if not self.forgotten.isdisjoint(self._author(post_id, author)):
            return BY_AUTHOR
        return BY_POST if _digest(self.key, "post", post_id) in self.forgotten else ""

    def _author(self, post_id: str, author: str) -> tuple[bytes, ...]:
        if not author:
            return ()
        where = platform(post_id)
        found = self._authors.get((where, author))
        if found is None:
            if len(self._authors) >= _REMEMBERED:
                self._authors.clear()
            name = handle(author)
            found = _digest(self.key, "author", name), _digest(self.key, "author", name, where)
            self._authors[where, author] = found
        return found


_REMEMBERED = 100_000
"""Authors whose hashes are kept, since few authors write most posts."""


def platform(post_id: str) -> str:
    """The platform that `post_id` names, "" where it names none.

    >>> platform("reddit:t1_abc"), platform("17")
    ('reddit', '')
    """
    return post_id.partition(":")[0].lower() if ":" in post_id else ""


def handle(author: str) -> str:
    """`author` as it is compared: NFC, without case, `@` or `u/` before it.

    >>> handle("@Alice") == handle("/u/alice") == handle("ALICE")
    True
    """
    name = unicodedata.normalize("NFC", author.strip()).casefold()
    return name.removeprefix("/").removeprefix("u/").removeprefix("@")


def load(corpus: Path) -> OptOuts:
    """The list of the corpus in this folder, empty where there is none.

    Raises `BadInputError` where it is damaged or has lost its key: to go on without it would bring back what was
    forgotten.
    """
    path = folder(corpus) / "optout.jsonl"
    found: dict[str, set[bytes]] = {"forget": set(), "no-training": set()}
    for number, row in enumerate(durable.lines(path), start=1):
        try:
            found[row["wish"]].add(bytes.fromhex(row["hash"]))
        except (KeyError, TypeError, ValueError):
            raise BadInputError(f"{path}, line {number}: damaged; restore the file from a backup") from None
    if not (found["forget"] or found["no-training"]):
        return OptOuts()
    return OptOuts(_key(corpus), frozenset(found["forget"]), frozenset(found["no-training"]))


def check(subjects: Iterable[Subject]) -> None:
    """Raise `BadInputError` for a name that is empty or too long."""
    for subject in subjects:
        name = handle(subject.name) if subject.kind == "author" else subject.name.strip()
        if not name or len(subject.name) > LONGEST:
            what = f"an {subject.kind}" if subject.kind == "author" else f"a {subject.kind}"
            raise BadInputError(
                f"{what} is named by 1 to {LONGEST} characters; {len(subject.name)} were given"
            )


def entries(corpus: Path, subjects: Iterable[Subject], wish: Wish) -> list[Entry]:
    """What the list will hold of each subject, by the key of the corpus in this folder, made where there is none."""
    key = _key(corpus, make=True)
    return [Entry(subject.kind, hash_of(key, subject).hex(), wish) for subject in subjects]


def add(corpus: Path, wanted: Iterable[Entry]) -> None:
    """Put `wanted` on the list, those that are on it already left alone; the caller holds the write lock."""
    listed = load(corpus)
    there = {("forget", entry.hex()) for entry in listed.forgotten}
    there |= {("no-training", entry.hex()) for entry in listed.untrained}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    durable.append(
        folder(corpus) / "optout.jsonl",
        (
            {"kind": entry.kind, "hash": entry.hash, "wish": entry.wish, "since": now}
            for entry in wanted
            if (entry.wish, entry.hash) not in there
        ),
    )


def hash_of(key: bytes, subject: Subject) -> bytes:
    """The entry of `subject` in the list that has this key."""
    if subject.kind == "post":
        return _digest(key, "post", subject.name)
    return _digest(key, "author", handle(subject.name), subject.platform.lower())


def _digest(key: bytes, kind: Kind, name: str, where: str = "") -> bytes:
    # NUL stands in no name, so that no two of them run together.
    content = f"{where}\0{name}".encode("utf-8", "replace")
    return hashlib.blake2b(content, digest_size=_SIZE, key=key, person=kind.encode()).digest()


def _key(corpus: Path, *, make: bool = False) -> bytes:
    path = folder(corpus) / "key"
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if not make or (folder(corpus) / "optout.jsonl").exists():
            raise BadInputError(
                f"{path} is gone, and without it the opt-out list cannot be read; restore it from a backup"
            ) from None
        key = os.urandom(_KEY)
        try:
            folder(corpus).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MissingError(f"cannot write to {corpus}: {error.strerror}; mend its permissions") from error
        durable.write(path, key, mode=0o600)
    except OSError as error:
        raise MissingError(f"cannot read {path}: {error.strerror}; mend its permissions") from error
    if len(key) != _KEY:
        raise BadInputError(f"{path} is damaged; restore it from a backup")
    return key
