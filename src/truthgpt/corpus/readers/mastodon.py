"""Mastodon in, posts out: the archive that an account's owner gets, and statuses as the servers' API gives them.

The archive (zip since 2023, `.tar.gz` before) holds `outbox.json`, an ActivityPub collection of all that the account
did. An id is a post's ActivityPub URI in both forms, so the same post read from both is one. Only public and unlisted
posts are read. A boost has no text of its own: it is a rejected row that names what it boosts; the API gives the boosted
post with it, which is read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers.archive import Archive
from truthgpt.corpus.readers.dates import parse
from truthgpt.corpus.readers.fields import NAME, address, flag, name, score
from truthgpt.corpus.readers.language_tags import code
from truthgpt.corpus.readers.objects import array, objects
from truthgpt.corpus.readers.reader import ArchiveReader, Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source
from truthgpt.corpus.readers.wishes import asks_for_none

_OUTBOX = "outbox.json"
_ACTOR = "actor.json"
_PUBLIC = frozenset(("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"))
_OPEN = frozenset(("public", "unlisted", ""))
"""Visibilities that are read; old dumps lack the field."""
_WRITTEN = frozenset(("Note", "Question", "Article", "Page"))
_STATUS = frozenset(("uri", "content", "account", "created_at"))
_QUOTES = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
_TAG = re.compile(r"<[^<>]*>")
_MAX_PARENTS = 1_000_000
"""Statuses of a file whose ids are held, to find the posts that others answer."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose archive it is."""

    author: str = ""
    training: bool = True


def _recognises_archive(members: Collection[str]) -> bool:
    return any(_base(member) == _OUTBOX for member in members)


def _base(member: str) -> str:
    return member.rpartition("/")[2]


def _read_archive(archive: Archive, community: str) -> Iterator[Row]:
    owner = _Owner()
    for member in archive.walk(lambda name: _base(name) == _ACTOR):
        if isinstance(member, Rejected):
            yield member
        else:
            owner = _owner(member.first)
    for member in archive.walk(lambda name: _base(name) == _OUTBOX):
        if isinstance(member, Rejected):
            yield member
        else:
            yield from _outbox(member, owner, community)


def _owner(actor: Mapping[str, object]) -> _Owner:
    author = name(actor.get("webfinger")) or _at(name(actor.get("preferredUsername")), actor.get("id"))
    return _Owner(author, actor.get("indexable") is not False and not asks_for_none(actor.get("summary")))


def _recognises(source: Source) -> bool:
    return _is_outbox(source) or source.first.keys() >= _STATUS


def _is_outbox(source: Source) -> bool:
    return source.first.get("type") == "OrderedCollection" and "orderedItems" in source.first


def _read(source: Source, community: str) -> Iterator[Row]:
    return _outbox(source, _Owner(), community) if _is_outbox(source) else _statuses(source, community)


def _outbox(source: Source, owner: _Owner, community: str) -> Iterator[Row]:
    for item in array(source, "orderedItems"):
        if isinstance(item, Rejected):
            yield item
        else:
            row = _activity(item.value, owner, community, source.name)
            yield item.rejected(row) if isinstance(row, str) else row


def _activity(activity: dict[str, Any], owner: _Owner, community: str, source: str) -> Post | Deleted | str:
    """What an activity of ActivityPub says, or the reason why it is no post."""
    kind, thing = activity.get("type"), activity.get("object")
    if kind == "Announce":
        return f"a boost of {_uri(thing) or 'nothing'}, without text of its own"
    if kind == "Delete" or (isinstance(thing, dict) and thing.get("type") == "Tombstone"):
        own = _uri(thing)
        return Deleted(own, source) if own else "a deletion without an id"
    if (
        kind not in ("Create", "Update")
        or not isinstance(thing, dict)
        or name(thing.get("type")) not in _WRITTEN
    ):
        return "an activity that writes nothing"
    if _PUBLIC.isdisjoint((*_listed(thing.get("to")), *_listed(thing.get("cc")))):
        return "not public"
    languages = thing.get("contentMap")
    languages = languages if isinstance(languages, dict) else {}
    content = thing.get("content") or next(iter(languages.values()), "")
    by = _uri(thing.get("attributedTo")) or _uri(activity.get("actor"))
    try:
        created_at = parse(thing.get("published") or activity.get("published"))
    except ValueError:
        return "unreadable date"
    likes = thing.get("likes")
    return _post(
        Post(
            _uri(thing),
            _text(thing.get("summary"), content, thing.get("name")),
            community or _host(_uri(thing)),
            owner.author or _at(by.rstrip("/").rpartition("/")[2].removeprefix("@"), by),
            created_at,
            code(next(iter(languages), "")),
            address(_uri(thing.get("url")) or _uri(thing)),
            score(likes.get("totalItems")) if isinstance(likes, dict) else 0,
            flag(thing.get("sensitive")),
            source,
            _uri(thing.get("inReplyTo")),
            next((uri for key in _QUOTES if (uri := _uri(thing.get(key)))), ""),
            training=owner.training,
            markup="html",
        )
    )


def _statuses(source: Source, community: str) -> Iterator[Row]:
    """Statuses of the API, newest first as a rule: the file is read twice, so that answers find what they answer."""
    uris: dict[str, str] = {}
    for item in islice(objects(source), _MAX_PARENTS):
        if not isinstance(item, Rejected):
            uris[name(item.value.get("id"))] = _uri(item.value.get("uri"))
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
            continue
        status = item.value
        boosted = status.get("reblog")
        if isinstance(boosted, dict):
            yield item.rejected(
                f"a boost of {_uri(boosted.get('uri')) or 'nothing'}, without text of its own"
            )
            status = boosted
        row = _status(status, uris, community, source.name)
        yield item.rejected(row) if isinstance(row, str) else row


def _status(status: dict[str, Any], uris: Mapping[str, str], community: str, source: str) -> Post | str:
    get = status.get
    if name(get("visibility")) not in _OPEN:
        return "not public"
    account = get("account")
    account = account if isinstance(account, dict) else {}
    try:
        created_at = parse(get("created_at"))
    except ValueError:
        return "unreadable date"
    refused = flag(account.get("noindex")) or account.get("indexable") is False
    uri = _uri(get("uri"))
    return _post(
        Post(
            uri,
            _text(get("spoiler_text"), get("content"), None),
            community or _host(uri),
            _acct(account),
            created_at,
            code(get("language")),
            address(get("url")) or address(uri),
            score(get("favourites_count")),
            flag(get("sensitive")),
            source,
            _parent(status, account, uris),
            _quoted(get("quote")),
            training=not (refused or asks_for_none(account.get("note"))),
            markup="html",
        )
    )


def _post(post: Post) -> Post | str:
    """The post, or the reason why it cannot be one."""
    if not post.id:
        return "no id"
    if len(post.id) > NAME:
        return f"an id longer than {NAME} characters"
    return post if _TAG.sub("", post.text).strip() else "empty text"


def _parent(status: dict[str, Any], account: dict[str, Any], uris: Mapping[str, str]) -> str:
    """The URI of the status that this one answers.

    The API names it by the server's own number. Its URI is known if it is in the same file, and can be made if its
    author lives on the server that was asked; otherwise it is `mastodon:` and the number.
    """
    number, by = name(status.get("in_reply_to_id")), name(status.get("in_reply_to_account_id"))
    if not number:
        return ""
    if uri := uris.get(number):
        return uri
    mentions = status.get("mentions")
    for person in (account, *(mentions if isinstance(mentions, list) else ())):
        if isinstance(person, dict) and name(person.get("id")) == by and by:
            user, host = name(person.get("acct")), _host(person.get("url"))
            if user and host and "@" not in user:
                return f"https://{host}/users/{user}/statuses/{number}"
    return f"mastodon:{number}"


def _quoted(quote: object) -> str:
    """The quoted status, by Mastodon's form, which wraps it, or by that of servers that came before."""
    if not isinstance(quote, dict):
        return ""
    inner = quote.get("quoted_status")
    return _uri(inner.get("uri")) if isinstance(inner, dict) else _uri(quote.get("uri"))


def _text(warning: object, content: object, title: object) -> str:
    """HTML: a title and a content warning, which are plain text, before the content."""
    plain = [part for part in (title, warning) if isinstance(part, str) and part.strip()]
    body = content if isinstance(content, str) else ""
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in plain) + body


def _acct(account: dict[str, Any]) -> str:
    acct = name(account.get("acct")) or name(account.get("username"))
    return acct if "@" in acct else _at(acct, account.get("url"))


def _at(user: str, url: object) -> str:
    """`user@server`, as people of other servers write it."""
    host = _host(url)
    return f"{user}@{host}"[:NAME] if user and host else user


def _host(url: object) -> str:
    try:
        return (urlsplit(url).hostname or "")[:NAME] if isinstance(url, str) else ""
    except ValueError:
        return ""


def _uri(thing: object) -> str:
    """The URI of a thing, which is itself, the thing's `id`, or the first of several."""
    if isinstance(thing, list):
        thing = thing[0] if thing else None
    if isinstance(thing, dict):
        thing = thing.get("id") or thing.get("href")
    uri = thing.strip() if isinstance(thing, str) else ""
    return uri if uri.isprintable() and len(uri) <= 2 * NAME else ""


def _listed(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [entry for entry in values if isinstance(entry, str)]


READER = Reader("mastodon", _recognises, _read)
ARCHIVE = ArchiveReader("mastodon", _recognises_archive, _read_archive)
