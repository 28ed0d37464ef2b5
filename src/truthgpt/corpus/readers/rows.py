"""A row's values in, a post out, or the reason why it is none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from truthgpt.corpus.clean import label
from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import dates, fields
from truthgpt.corpus.readers.columns import Columns
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG

_GONE = {
    "[deleted]": "deleted by its author",
    "[removed]": "removed by a moderator",
    "[ removed by moderator ]": "removed by a moderator",
    "[deleted by user]": "deleted by its author",
}
_NAME = 200
"""Characters of an id, an author or a community at most."""
_ADDRESS = 2000
_EXACT = 2.0**53
"""From here on several whole numbers share one float: as ids they would take each other's place."""
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
"""Withdrawn codes that Twitter and Java still write."""
_NAMES_OF_A_USER = ("screen_name", "username", "name", "login", "acct", "handle", "text", "id")


class _UnusableError(Exception):
    """A value that makes the whole row unusable."""


class Builder:
    """Makes posts of rows whose columns are known.

    `community` is for rows that name none, `source` says where the posts come from.
    """

    def __init__(self, columns: Columns, community: str, source: str) -> None:
        self.columns = columns
        self.community = label(community, _NAME)
        self.source = source

    def __call__(self, row: Sequence[object]) -> Post | str:
        """The post, or the reason why the row is none. `row` has a value for each column."""
        columns = self.columns
        try:
            text = self._text(row)
        except _UnusableError as error:
            return str(error)
        created_at = None
        if columns.created_at is not None:
            try:
                created_at = dates.parse(row[columns.created_at])
            except ValueError:
                return f"unreadable date {label(str(row[columns.created_at])[:80], 40)!r}"
        author = _name(row, columns.author)
        if author in _GONE:
            author = ""
        community = self._community(row)
        if columns.id is not None and type(row[columns.id]) is not str and _inexact(row[columns.id]):
            return "an id that is a number too large to be exact: write it as a string"
        post_id = _name(row, columns.id, _NAME + 1)
        if len(post_id) > _NAME:
            return f"an id longer than {_NAME} characters"
        if not post_id:
            post_id = _hash(community, author, created_at.isoformat() if created_at else "", text)
        elif columns.reddit:
            post_id = _reddit_id(post_id, columns.comment)
        return Post(
            post_id,
            text,
            community,
            author,
            created_at,
            "" if columns.language is None else _language(row[columns.language]),
            "" if columns.url is None else _url(row[columns.url], columns.reddit),
            0 if columns.score is None else fields.score(row[columns.score]),
            columns.over_18 is not None and fields.flag(row[columns.over_18]),
            self.source,
            self._linked(row, columns.reply_to),
            self._linked(row, columns.quotes),
            self._linked(row, columns.reposts),
            training=columns.noai is None or not fields.flag(row[columns.noai]),
            markup="entities" if columns.escaped else "",
        )

    def _text(self, row: Sequence[object]) -> str:
        columns = self.columns
        title = "" if columns.title is None else self._written(row[columns.title])
        body = "" if columns.text is None else self._written(row[columns.text])
        gone = ""
        if body in _GONE:
            gone, body = _GONE[body], ""
        if title in _GONE:
            gone, title = _GONE[title], ""
        text = f"{title}\n\n{body}" if title and body and title != body else title or body
        if not text:
            raise _UnusableError(gone or "empty text")
        if len(text) > MAX_ROW:
            raise _UnusableError(f"text {TOO_LONG}")
        return text

    def _written(self, value: object) -> str:
        text = value if type(value) is str else _string(value)
        return text.strip()

    def _linked(self, row: Sequence[object], index: int | None) -> str:
        """The id of another post, spelled as ids are."""
        name = _name(row, index)
        return _reddit_id(name, comment=False) if name and self.columns.reddit else name

    def _community(self, row: Sequence[object]) -> str:
        columns = self.columns
        name = _name(row, columns.community)
        if not name and columns.permalink is not None:
            rest = _name(row, columns.permalink, _ADDRESS).partition("/r/")[2]
            name = rest.partition("/")[0][:_NAME]
        elif columns.reddit:
            name = name.removeprefix("/").removeprefix("r/").rstrip("/")
        return name or self.community


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnusableError("text that is not a string")
    return str(value)


def _name(row: Sequence[object], index: int | None, limit: int = _NAME) -> str:
    if index is None:
        return ""
    value = row[index]
    if type(value) is str:
        return label(value, limit) if value else ""
    try:
        return label(_string(_inner(value)), limit)
    except _UnusableError:
        return ""


def _inner(value: object) -> object:
    """The name in `value`: Twitter nests its user, lists its hashtags."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = next((value[key] for key in _NAMES_OF_A_USER if value.get(key)), None)
    return value


def _inexact(value: object) -> bool:
    """Whether `value` is a float that was a longer number: the reader of JSON makes one of more than 64 bits."""
    number = _inner(value)
    return isinstance(number, float) and abs(number) >= _EXACT  # false for NaN, which is no id


def _reddit_id(name: str, comment: bool) -> str:
    # Submissions (t3) and comments (t1) count in the same letters: without the kind one would replace the
    # other.
    if name.startswith("reddit:"):
        return name
    if name.startswith("t3_"):
        return f"reddit:{name[3:]}"
    return f"reddit:t1_{name}" if comment and not name.startswith("t1_") else f"reddit:{name}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:16]


def _language(value: object) -> str:
    if not isinstance(value, str):
        return ""
    code = value.strip().lower().replace("_", "-").partition("-")[0]
    return _OLD_CODES.get(code, code) if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _url(value: object, reddit: bool) -> str:
    if reddit and isinstance(value, str) and value.lstrip().startswith("/"):
        value = f"https://www.reddit.com{value.strip()}"
    return fields.address(value)
