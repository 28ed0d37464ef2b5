"""Bluesky in, posts out: a repository as its owner exports it (CAR), and the network's stream as Jetstream writes it.

An id is a record's URI, `at://did:plc:…/app.bsky.feed.post/3k…`. In a repository the records do not know their own
names: a search tree of keys (a Merkle search tree) leads to them, and is read first. Authors are DIDs, which stay when
a handle changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import car
from truthgpt.corpus.readers.bluesky_text import text_of
from truthgpt.corpus.readers.dates import parse
from truthgpt.corpus.readers.fields import NAME, name
from truthgpt.corpus.readers.language_tags import code
from truthgpt.corpus.readers.objects import objects
from truthgpt.corpus.readers.reader import Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.repository import POST, REPOST, Repository
from truthgpt.corpus.readers.source import Source
from truthgpt.corpus.readers.wishes import asks_for_none

_ADULT = frozenset(("porn", "sexual", "nudity", "nsfw", "graphic-media", "gore"))
_HIDDEN = "!no-unauthenticated"
"""The label by which an author asks that only people with an account see a post, or all of theirs."""

_GONE = frozenset(("deleted", "takendown"))
_OLD_OPERATIONS = {"c": "create", "u": "update", "d": "delete"}
_NO_DATE = "unreadable date"


def _recognises(source: Source) -> bool:
    if car.is_car(source.head):
        return True
    first = source.first
    return "did" in first and "time_us" in first and ("kind" in first or "type" in first)


def _read(source: Source, community: str) -> Iterator[Row]:
    if car.is_car(source.head):
        return _repository(source, community)
    return _jetstream(source, community)


def _repository(source: Source, community: str) -> Iterator[Row]:
    repository = Repository.of(source)
    training = not _closed(repository.profile)
    path = str(source.path)
    for key, number, record in repository.records(source):
        if isinstance(record, str):
            yield Rejected(path, number, record, key)
            continue
        row = _row(repository.did, key, record, training, community, source.name)
        yield Rejected(path, number, row, key) if isinstance(row, str) else row
    for reason in repository.faults:
        yield Rejected(path, 0, reason, "")


def _closed(profile: dict[str, Any]) -> bool:
    return _HIDDEN in _labels(profile) or asks_for_none(profile.get("description"))


def _jetstream(source: Source, community: str) -> Iterator[Row]:
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
        else:
            row = _event(item.value, community, source.name)
            yield item.rejected(row) if isinstance(row, str) else row


def _event(event: dict[str, Any], community: str, source: str) -> Post | Deleted | str:
    """What one event says, or the reason why it is no post. In 2024 Jetstream wrote `type` for `kind` and
    `operation`, and its values short."""
    did, commit = name(event.get("did")), _of(event, "commit")
    if not did.startswith("did:"):
        return "no did"
    if not commit:
        status = name(_of(event, "account").get("status"))
        if status in _GONE:
            return f"the account is {status}: truthgpt forget --author {did} removes its posts"
        return f"no post: an event of kind {name(event.get('kind') or event.get('type'))[:40] or 'unknown'}"
    operation = commit.get("operation") or _OLD_OPERATIONS.get(name(commit.get("type")))
    key = f"{name(commit.get('collection'))}/{name(commit.get('rkey'))}"
    if operation == "delete" and key.startswith(POST):
        return Deleted(f"at://{did}/{key}", source)
    record = _of(commit, "record")
    if operation not in ("create", "update") or not record:
        return f"no post: {key.partition('/')[0][:80]}"
    return _row(did, key, record, True, community, source)


def _row(
    did: str, key: str, record: dict[str, Any], training: bool, community: str, source: str
) -> Post | str:
    """The post of a record, or the reason why it is none. `key` is the record's collection and its key there."""
    if key.startswith(REPOST):
        return f"a repost of {_uri(record.get('subject')) or 'nothing'}, without text of its own"
    own = f"at://{did}/{key}"
    if not key.startswith(POST):
        return f"no post: {key.partition('/')[0][:80]}"
    if len(own) > NAME or not own.isprintable() or " " in own:
        return f"an id that is no URI of at most {NAME} characters"
    text = text_of(record)
    if not text.strip():
        return "empty text"
    try:
        created_at = parse(record.get("createdAt"))
    except ValueError:
        return _NO_DATE
    labels = _labels(record)
    languages = record.get("langs")
    return Post(
        own,
        text,
        community,
        did,
        created_at,
        code(languages[0]) if isinstance(languages, list) and languages else "",
        f"https://bsky.app/profile/{did}/post/{key.removeprefix(POST)}",
        0,
        not _ADULT.isdisjoint(labels),
        source,
        _uri(_of(record, "reply").get("parent")),
        _quoted(record),
        training=training and _HIDDEN not in labels,
    )


def _quoted(record: dict[str, Any]) -> str:
    """The post that is embedded, alone or beside pictures; what else is embedded is no post."""
    embedded = _of(_of(record, "embed"), "record")
    uri = _uri(embedded) or _uri(embedded.get("record"))
    return uri if f"/{POST}" in uri else ""


def _labels(record: dict[str, Any]) -> set[str]:
    """The values of the labels that the author put on it."""
    values = _of(record, "labels").get("values")
    found = (
        (value.get("val") for value in values if isinstance(value, dict)) if isinstance(values, list) else ()
    )
    return {label for label in found if isinstance(label, str)}


def _uri(reference: object) -> str:
    uri = reference.get("uri") if isinstance(reference, dict) else None
    return (
        uri
        if isinstance(uri, str) and uri.startswith("at://") and len(uri) <= NAME and uri.isprintable()
        else ""
    )


def _of(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


READER = Reader("bluesky", _recognises, _read)
