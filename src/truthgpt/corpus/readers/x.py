"""The archive that X (Twitter) gives an account's owner in, posts and word of deletions out.

An archive is a zip of JavaScript files that assign an array: `window.YTD.tweets.part0 = [{"tweet": {…}}, …]`. Until
2022 the file was `tweet.js`, until 2019 its elements were bare tweets, until 2018 there was a file a month that
assigned to `Grailbird.data…`. Single files of an archive are read too. Tweets come in from deleted ones, which only give
ids, and from those for a circle, which were never public.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers.archive import Archive
from truthgpt.corpus.readers.dates import parse
from truthgpt.corpus.readers.fields import flag, name, score
from truthgpt.corpus.readers.language_tags import code
from truthgpt.corpus.readers.objects import objects
from truthgpt.corpus.readers.reader import ArchiveReader, Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source
from truthgpt.corpus.readers.x_notes import Notes, escaped, links

_MEMBER = re.compile(
    r"(?:^|/)(?:data/js/tweets/\d{4}_\d\d|(tweets?|community-tweet|deleted-tweets?|deleted-tweet-headers"
    r"|twitter-circle-tweet|note-tweet|account|protected-history)(?:-part\d+)?)\.js$"
)
_ASSIGNED = re.compile(
    r"(?:window\.YTD\.(tweets?|community_tweet|deleted_tweets?|deleted_tweet_headers|twitter_circle_tweet)\.part\d+"
    r"|Grailbird\.data\.tweets_\d{4}_\d\d)\s*="
)
_DELETED = frozenset(("deleted-tweet", "deleted-tweets", "deleted-tweet-headers"))
_BESIDE = frozenset(("note-tweet", "account", "protected-history"))
_CIRCLE = "twitter-circle-tweet"

_SHORT = re.compile(r"https?://t\.co/\w+")
_RETWEET = re.compile(r"RT @\w{1,20}:? ")
_STATUS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/\w{1,20}/status(?:es)?/(\d{1,20})(?:[/?#].*)?"
)


@dataclass(slots=True)
class _Account:
    """What the archive says of its owner."""

    author: str = ""
    protected: bool = False
    protected_at: datetime | None = None
    notes: Notes = field(default_factory=Notes)


def _recognises_archive(members: Collection[str]) -> bool:
    return any(_kind(member) not in (None, *_BESIDE) for member in members)


def _recognises(source: Source) -> bool:
    if _ASSIGNED.match(source.text):
        return True
    tweet = source.first.get("tweet")
    return len(source.first) == 1 and isinstance(tweet, dict) and not {"id", "id_str"}.isdisjoint(tweet)


def _kind(member: str) -> str | None:
    """What a member holds by its name: `tweets`, `deleted-tweets`, …; `None` for nothing that is read."""
    found = _MEMBER.search(member)
    return (found.group(1) or "tweets") if found else None


def _read_archive(archive: Archive, community: str) -> Iterator[Row]:
    account = _Account()
    for member in archive.walk(lambda name: _kind(name) in _BESIDE):
        yield from (member,) if isinstance(member, Rejected) else _beside(member, account)
    for member in archive.walk(lambda name: _kind(name) not in (None, *_BESIDE)):
        if isinstance(member, Rejected):
            yield member
        else:
            yield from _tweets(member, _kind(member.path.as_posix()) or "tweets", account, community)
    yield from account.notes.unjoined()


def _read(source: Source, community: str) -> Iterator[Row]:
    found = _ASSIGNED.match(source.text)
    kind = found.group(1) if found else None
    return _tweets(source, (kind or "tweets").replace("_", "-"), _Account(), community)


def _beside(source: Source, account: _Account) -> Iterator[Rejected]:
    """What is no post but says something of posts: the account's name, whether it is protected, long texts."""
    kind = _kind(source.path.as_posix())
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
        elif kind == "note-tweet":
            if (rejected := account.notes.add(item)) is not None:
                yield rejected
        elif kind == "account":
            account.author = account.author or name(_inner(item.value, "account").get("username"))
        else:
            _protect(_inner(item.value, "protectedHistory"), account)


def _protect(value: dict[str, Any], account: _Account) -> None:
    try:
        moment = parse(value.get("protectedAt"))
    except ValueError:
        return
    if account.protected_at is None or (moment is not None and moment >= account.protected_at):
        account.protected_at = moment
        account.protected = value.get("action") == "Protect"


def _inner(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key, value)
    return inner if isinstance(inner, dict) else {}


def _tweets(source: Source, kind: str, account: _Account, community: str) -> Iterator[Row]:
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
            continue
        tweet = _inner(item.value, "tweet")
        if kind in _DELETED:
            own = _id(tweet, "tweet_id") or _id(tweet)
            yield Deleted(own, source.name) if own else item.rejected("no id")
        elif kind == _CIRCLE:
            yield item.rejected("not public: written for a circle")
        else:
            row = _post(tweet, account, community, source.name)
            yield item.rejected(row) if isinstance(row, str) else row


def _post(tweet: dict[str, Any], account: _Account, community: str, source: str) -> Post | str:
    """The post of a tweet, or the reason why it is none."""
    get = tweet.get
    own = _id(tweet)
    if not own:
        return "no id"
    try:
        created_at = parse(get("created_at"))
    except ValueError:
        return f"unreadable date {name(get('created_at'))[:40]!r}"
    entities = _of(tweet, "entities")
    original = _of(tweet, "retweeted_status")
    text = _text(tweet, entities, original, created_at, account)
    if not text.strip():
        return "empty text"
    user = _of(tweet, "user")
    author = name(user.get("screen_name")) or account.author
    retweet = original or _RETWEET.match(text)
    return Post(
        own,
        text,
        name(get("community_id_str")) or name(get("community_id")) or community,
        author,
        created_at,
        code(get("lang")),
        f"https://x.com/{author if author.isascii() and author.isidentifier() else 'i'}/status/{own[2:]}",
        score(get("favorite_count")),
        flag(get("possibly_sensitive")),
        source,
        _id(tweet, "in_reply_to_status_id"),
        "" if retweet else _quoted(tweet, entities),
        _reposted(tweet, original) if retweet else "",
        training=not (account.protected or flag(user.get("protected"))),
        markup="entities",
    )


def _text(
    tweet: dict[str, Any],
    entities: dict[str, Any],
    original: dict[str, Any],
    created_at: datetime | None,
    account: _Account,
) -> str:
    """The whole text, with the links that its author wrote in place of X's short ones, and without the one that X puts
    at the end for a picture."""
    text = _written(tweet)
    urls = links(entities.get("urls"), "url", "expanded_url")
    media = entities.get("media")
    if whole := _written(original):
        # What stands in the tweet is cut off after 140 characters.
        found = _RETWEET.match(text)
        entities = _of(original, "entities")
        text = (found.group() if found else "") + whole
        urls |= links(entities.get("urls"), "url", "expanded_url")
        media = entities.get("media")
    elif (note := account.notes.join(tweet, text, created_at)) is not None:
        text, more = note
        urls |= more
    if "//t.co/" not in text:
        return text
    pictures = links(media, "url", "url") | links(_of(tweet, "extended_entities").get("media"), "url", "url")

    def long(short: re.Match[str]) -> str:
        address = short.group()
        return "" if address in pictures else escaped(urls.get(address, address))

    return _SHORT.sub(long, text)


def _written(tweet: dict[str, Any]) -> str:
    for key in ("full_text", "text"):
        if isinstance(text := tweet.get(key), str) and text:
            return text
    return ""


def _of(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _id(tweet: dict[str, Any], key: str = "id") -> str:
    """`x:` and the number under `key`, as text where the tweet has it so: in JavaScript the number is not exact."""
    number = name(tweet.get(f"{key}_str")) or name(tweet.get(key))
    return f"x:{number}" if number.isdecimal() and number.isascii() and len(number) <= 20 else ""


def _quoted(tweet: dict[str, Any], entities: dict[str, Any]) -> str:
    """The tweet that this one quotes: named, else the one that the last of its links leads to."""
    if own := _id(tweet, "quoted_status_id") or _id(_of(tweet, "quoted_status")):
        return own
    permalink = _of(tweet, "quoted_status_permalink").get("expanded")
    addresses = [*links(entities.get("urls"), "url", "expanded_url").values(), permalink]
    for address in reversed(addresses):
        if isinstance(address, str) and (found := _STATUS.fullmatch(address)):
            return f"x:{found.group(1)}"
    return ""


def _reposted(tweet: dict[str, Any], original: dict[str, Any]) -> str:
    """The tweet that this one repeats. An archive names it only where it has a picture, which says where it is from."""
    if own := _id(original) or _id(tweet, "retweeted_status_id"):
        return own
    for holder in (_of(tweet, "extended_entities"), _of(tweet, "entities")):
        media = holder.get("media")
        for medium in media if isinstance(media, list) else ():
            if isinstance(medium, dict) and (own := _id(medium, "source_status_id")):
                return own
    return ""


READER = Reader("x", _recognises, _read)
ARCHIVE = ArchiveReader("x", _recognises_archive, _read_archive)
