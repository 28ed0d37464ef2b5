"""Pushshift's dumps of Reddit in, posts out: submissions (`RS_*.zst`) and comments (`RC_*.zst`), an object a line.

The layout changed over the years: `created_utc` was text before it was a number, `permalink`, `name` and the reasons
of a removal came late, and for a while `parent_id` was a number. Ids are those of every reader of Reddit:
`reddit:7beo2` for a submission, `reddit:t1_c0299an` for a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import dates
from truthgpt.corpus.readers.fields import NAME, address, flag, name, score, text
from truthgpt.corpus.readers.objects import objects
from truthgpt.corpus.readers.reader import Reader, Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source

BY_AUTHOR = "deleted by its author"
BY_MODERATOR = "removed by a moderator"
BY_REDDIT = "taken down by Reddit"

_GONE = {
    "[deleted]": BY_AUTHOR,
    "[deleted by user]": BY_AUTHOR,
    "[removed]": BY_MODERATOR,
    "[ removed by moderator ]": BY_MODERATOR,
    "[ removed by reddit ]": BY_REDDIT,
}
_LONGEST_MARK = max(map(len, _GONE))
_TAKEN_DOWN = "[ removed by reddit "
"""How a title begins that says why: in response to a copyright notice, for breaking the content policy."""

_WITHDRAWN = {
    "deleted": BY_AUTHOR,
    "author": BY_AUTHOR,
    "anti_evil_ops": BY_REDDIT,
    "content_takedown": BY_REDDIT,
    "copyright_takedown": BY_REDDIT,
}
"""Values of `removed_by_category` that leave nothing, not even a title; a moderator's removal leaves the title."""

_PAGE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*/comments/[a-z0-9]+/(?:_/[a-z0-9]+/)?")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def recognises(source: Source) -> bool:
    """Whether the first object is a submission or a comment."""
    first = source.first
    written = "body" in first or "title" in first or "selftext" in first
    return "subreddit" in first and "created_utc" in first and written and ("id" in first or "name" in first)


def read(source: Source, community: str) -> Iterator[Row]:
    """The posts of a dump. Of a removed submission its title is left; without one it is rejected. What its author
    deleted is also a deletion, since an earlier dump may have had it."""
    for item in objects(source):
        if isinstance(item, Rejected):
            yield item
            continue
        row = _post(source.name, community, item.value)
        if isinstance(row, Post):
            yield row
            continue
        yield item.rejected(row)
        if row == BY_AUTHOR and (gone := _own_id(item.value)):
            yield Deleted(gone, source.name)


def _post(source: str, community: str, row: dict[str, Any]) -> Post | str:
    """The post, or the reason why the row is none."""
    get = row.get
    category, crossposted = get("removed_by_category"), get("crosspost_parent")
    if category and (withdrawn := _WITHDRAWN.get(name(category))):
        return withdrawn
    comment = _is_comment(row)
    title, body = text(get("title")), text(get("body") if comment else get("selftext"))
    gone = ""
    if body[:1] == "[" and (mark := _mark(body)):
        body, gone = "", mark
    if title[:1] == "[" and (mark := _mark(title)):
        title, gone = "", mark
    written = f"{title}\n\n{body}" if title and body and title != body else title or body
    if not written:
        return gone or "empty text"
    try:
        created_at = dates.parse(get("created_utc"))
    except ValueError:
        return f"unreadable date {name(get('created_utc'))[:40]!r}"
    post_id = _own_id(row)
    if not post_id:
        return "no id"
    if len(post_id) > NAME:
        return f"an id longer than {NAME} characters"
    author = name(get("author"))
    subreddit = name(get("subreddit"))
    return Post(
        post_id,
        written,
        subreddit or community,
        "" if author == "[deleted]" else author,
        created_at,
        "",
        _url(row, subreddit, post_id),
        score(get("score", get("ups"))),
        flag(get("over_18")),
        source,
        _parent(row) if comment else "",
        _id(name(crossposted), comment=False) if crossposted else "",
        training=not flag(get("noai")),
        markup="entities",
    )


def _is_comment(row: dict[str, Any]) -> bool:
    return "title" not in row and "body" in row


def _own_id(row: dict[str, Any]) -> str:
    return _id(name(row.get("id")) or name(row.get("name")), _is_comment(row))


def _mark(written: str) -> str:
    """Why nothing stands here any more, `""` if something does."""
    mark = written[: _LONGEST_MARK + 1].lower()
    return _GONE.get(mark) or (BY_REDDIT if mark.startswith(_TAKEN_DOWN) else "")


def _id(own: str, comment: bool) -> str:
    """The id of a post from Reddit's own, with its kind (`t3_7beo2`) or without; `""` for none.

    Submissions (t3) and comments (t1) count in the same letters, so those of comments keep their kind.
    """
    if not own or own.startswith("reddit:"):
        return own
    if own.startswith("t3_"):
        return f"reddit:{own[3:]}"
    return f"reddit:t1_{own}" if comment and not own.startswith("t1_") else f"reddit:{own}"


def _parent(row: dict[str, Any]) -> str:
    """The id of what a comment answers: another comment, else the submission under which it stands."""
    link, parent = row.get("link_id"), row.get("parent_id")
    if type(parent) is int:
        # A number does not say of which kind it is; that of the submission is the submission.
        of_link = parent == link or f"t3_{_base36(parent)}" == link
        return _id(_base36(parent), comment=not of_link)
    return _id(name(parent) or name(link) if type(link) is not int else f"t3_{_base36(link)}", comment=False)


def _base36(number: int) -> str:
    digits = ""
    number = abs(number) if number.bit_length() <= 64 else 0
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def _url(row: dict[str, Any], subreddit: str, post_id: str) -> str:
    """The post's page: its permalink; dumps before 2017 lack those of comments, but all that they are made of."""
    permalink = row.get("permalink")
    if isinstance(permalink, str) and permalink:
        return address(f"https://www.reddit.com{permalink}" if permalink[0] == "/" else permalink)
    own = post_id.removeprefix("reddit:")
    link, comment = own, ""
    if own.startswith("t1_"):
        link, comment = name(row.get("link_id")).removeprefix("t3_"), f"_/{own[3:]}/"
    page = f"{subreddit}/comments/{link}/{comment}"
    return f"https://www.reddit.com/r/{page}" if _PAGE.fullmatch(page) else ""


READER = Reader("pushshift", recognises, read)
