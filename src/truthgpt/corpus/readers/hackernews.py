"""Hacker News items in, posts out: as its API gives them, one JSON object each, and as BigQuery's public table has them.

BigQuery writes every field in each row, null where the API leaves it out, and whole numbers as text. Ids are
`hackernews:8863`. A deleted item is a deletion; a dead one, which its readers or moderators killed, is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import dates
from truthgpt.corpus.readers.fields import flag, name, score, text
from truthgpt.corpus.readers.objects import objects
from truthgpt.corpus.readers.reader import Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source

_TYPES = frozenset(("story", "comment", "job", "poll", "pollopt"))
_ESCAPED = str.maketrans({"<": "&lt;", ">": "&gt;"})


def recognises(source: Source) -> bool:
    """Whether the first object is an item."""
    first = source.first
    known = first.get("type") in _TYPES if isinstance(first.get("type"), str) else False
    return known and "id" in first and "time" in first and ("by" in first or "deleted" in first)


def read(source: Source, community: str) -> Iterator[Row]:
    """The posts of a file of items. Their community is `hackernews` unless another is given."""
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
        else:
            row = _post(source.name, community or "hackernews", item.value)
            yield item.rejected(row) if isinstance(row, str) else row


def _post(source: str, community: str, item: dict[str, Any]) -> Post | Deleted | str:
    """The post, its deletion, or the reason why the item is neither."""
    number = name(item.get("id"))
    if not number.isdecimal():
        return "no id"
    if flag(item.get("deleted")):
        return Deleted(_id(number), source)
    if flag(item.get("dead")):
        return "dead: flagged by readers or killed by a moderator"
    # Titles hold no markup: what looks like a tag in one is what its author wrote.
    title, body = text(item.get("title")).translate(_ESCAPED), text(item.get("text"))
    written = f"<p>{title}</p><p>{body}" if title and body else title or body
    if not written:
        return "empty text"
    try:
        created_at = dates.parse(item.get("time"))
    except ValueError:
        return f"unreadable date {name(item.get('time'))[:40]!r}"
    return Post(
        _id(number),
        written,
        community,
        name(item.get("by")),
        created_at,
        url=f"https://news.ycombinator.com/item?id={number}",
        score=score(item.get("score")),
        source=source,
        # A choice of a poll names the poll in the place of a parent.
        reply_to=_id(name(item.get("parent")) or name(item.get("poll"))),
        markup="html",
    )


def _id(number: str) -> str:
    return f"hackernews:{number}" if number else ""


READER = Reader("hackernews", recognises, read)
