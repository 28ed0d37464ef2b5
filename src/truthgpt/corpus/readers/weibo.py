"""Posts of Weibo in, as common crawlers write them: the objects of its mobile and its desktop interface, one a line or
in an array, bare or under `mblog`, and files with one user and an array `weibo`.

The same post is spelled in two ways, by a number (`mid`) and by that number in base 62 (`bid`); ids are `weibo:` and
the number. A reposted post stands inside the one that reposts it, and is a post of its own. Times without a zone are
China's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from truthgpt.corpus.post import Deleted, Markup, Post
from truthgpt.corpus.readers import dates
from truthgpt.corpus.readers.fields import flag, name, score, text
from truthgpt.corpus.readers.objects import array, objects
from truthgpt.corpus.readers.reader import Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source

_IDS = ("mid", "idstr", "id", "bid", "mblogid")
_COUNTS = frozenset(("attitudes_count", "reposts_count", "comments_count", "isLongText", "retweeted_status"))
_NESTED = ("retweeted_status", "retweet")
_DEEPEST = 3
"""Posts in posts that are read; Weibo nests one."""

_CHINA = timezone(timedelta(hours=8))
_ZONED = re.compile(r"Z|[+-]\d{2}:?\d{2}|UTC|GMT")
_WRITTEN_OUT = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日(?:\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_RELATIVE = re.compile(r"刚刚|前|昨天|今天|^\d{1,2}-\d{1,2}\b|^\d{1,2}月\d{1,2}日")
"""Times that only say how far back a post was, or leave out the year: unknown, since nobody knows when it was crawled."""

_MARKED_UP = re.compile(r"<(?:a|span|br|img)\b|&(?:amp|lt|gt|quot|nbsp|#\d+);")
_PICTURED = re.compile(r'<img\b[^<>]{0,200}?\balt="?(\[[^\]"<>]{1,20}\])[^<>]{0,500}>')
_REST = re.compile(r'<a href="/status/\d{1,20}">全文</a>')
_TOPIC = re.compile(r"#([^#\s<>]{1,60})#")
_BARE = frozenset(("", "转发微博", "轉發微博", "转发", "Repost", "repost", "分享图片"))
_HIDDEN = re.compile(
    r"(?:抱歉|该微博|此微博|根据)[^。\n]{0,40}?(作者删除|删除|不可见|不存在|没有权限|无法查看|被屏蔽)"
)
"""What Weibo puts in the place of a text that is gone."""

_LONGEST_BID = 16
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def recognises(source: Source) -> bool:
    """Whether the first object is a post of Weibo, or a file's one object with an array of them."""
    first = _unwrapped(source.first)
    if isinstance(first.get("weibo"), list) and isinstance(first.get("user"), Mapping):
        return True
    written = "text" in first or "text_raw" in first
    return (
        written and any(key in first for key in ("mid", "bid", "mblogid")) and not _COUNTS.isdisjoint(first)
    )


def read(source: Source, community: str) -> Iterator[Row]:
    """The posts of a crawl, each reposted one before that which reposts it. The community is a post's first topic."""
    inside = isinstance(source.first.get("weibo"), list)
    for item in array(source, "weibo") if inside else objects(source):
        if isinstance(item, Rejected):
            yield item
            continue
        for row in _posts(source.name, community, _unwrapped(item.value), _DEEPEST):
            yield item.rejected(row) if isinstance(row, str) else row


def _unwrapped(row: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = row.get("mblog")
    return inner if isinstance(inner, Mapping) else row


def _posts(source: str, community: str, row: Mapping[str, Any], depth: int) -> Iterator[Post | Deleted | str]:
    """The post of `row` and, before it, that which it reposts."""
    nested = next((row[key] for key in _NESTED if isinstance(row.get(key), Mapping)), None)
    if nested and depth > 1:
        yield from _posts(source, community, nested, depth - 1)
    elif nested:
        yield f"posts within posts are read {_DEEPEST} deep"
    yield _post(source, community, row, _id(nested) if nested else "")


def _post(source: str, community: str, row: Mapping[str, Any], reposts: str) -> Post | Deleted | str:
    """The post, its deletion, or the reason why the row is neither."""
    post_id = _id(row)
    if not post_id:
        return "no id"
    if flag(row.get("deleted")):
        return Deleted(post_id, source)
    visible = row.get("visible")
    if isinstance(visible, Mapping) and score(visible.get("type")):
        return "not public"
    written, markup = _written(row)
    if hidden := _HIDDEN.match(written):
        return Deleted(post_id, source) if hidden[1] == "作者删除" else "deleted or hidden on Weibo"
    if written in _BARE:
        return "a repost without words of its own" if reposts else "empty text"
    try:
        created_at = _date(row.get("created_at") or row.get("full_created_at"))
    except ValueError:
        return f"unreadable date {name(row.get('created_at'))[:40]!r}"
    user = row.get("user")
    author = user if isinstance(user, Mapping) else row
    topic = _TOPIC.search(written)
    number = post_id.removeprefix("weibo:")
    return Post(
        post_id,
        written,
        community or (name(topic[1]) if topic else ""),
        name(author.get("screen_name")),
        created_at,
        url=f"https://m.weibo.cn/detail/{number}" if number.isdecimal() else "",
        score=_count(row.get("attitudes_count")),
        source=source,
        reposts=reposts,
        markup=markup,
    )


def _id(row: Mapping[str, Any]) -> str:
    for key in _IDS:
        own = name(row.get(key))
        if own.isascii() and own.isdecimal():
            return f"weibo:{own}"
        if own.isascii() and own.isalnum() and len(own) <= _LONGEST_BID:
            return f"weibo:{_number(own)}"
    return ""


def _number(bid: str) -> str:
    """The number that a post's `bid` spells: from its end, each four digits in base 62 are seven decimal ones.

    >>> _number("z0JH2lOMb")
    '3501756485200075'
    """
    groups = []
    while bid:
        bid, group = bid[:-4], bid[-4:]
        value = 0
        for digit in group:
            value = value * 62 + _DIGITS.index(digit)
        groups.append(f"{value:07}")
    return "".join(reversed(groups)).lstrip("0") or "0"


def _written(row: Mapping[str, Any]) -> tuple[str, Markup]:
    """A post's text, the whole one where the crawl has it, and how it is written."""
    long = row.get("longText")
    whole = long if isinstance(long, Mapping) else {}
    for plain in (
        whole.get("longTextContent_raw"),
        whole.get("content"),
        None if whole else row.get("text_raw"),
    ):
        if found := text(plain):
            return found, ""
    found = text(whole.get("longTextContent")) or text(row.get("longTextContent"))
    found = found or text(row.get("text")) or text(row.get("text_raw"))
    if not _MARKED_UP.search(found):
        return found, ""
    if "<img" in found:
        # Weibo draws its own emoji, and keeps their names beside the pictures.
        found = _PICTURED.sub(r"\1", found)
    return _REST.sub("", found).strip(), "html"


def _date(value: object) -> datetime | None:
    if not isinstance(value, str):
        return dates.parse(value)
    written = value.strip()
    if _RELATIVE.search(written):
        return None
    if found := _WRITTEN_OUT.fullmatch(written):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        moment: datetime | None = datetime(year, month, day, hour, minute, second)
    else:
        moment = dates.parse(written)
    if moment is None or _ZONED.search(written[10:]) or written.replace(".", "", 1).isdecimal():
        return moment
    try:
        return moment.replace(tzinfo=_CHINA).astimezone(UTC)
    except OverflowError:
        raise ValueError("no date") from None


def _count(value: object) -> int:
    """A number as Weibo writes it, which from ten thousand on counts in ten thousands: `3.2万`, `100万+`."""
    if isinstance(value, str):
        plain = value.strip().removesuffix("+")
        if plain.endswith("万"):
            return score(f"{plain.removesuffix('万')}e4")
        return score(plain)
    return score(value)


READER = Reader("weibo", recognises, read)
