"""Names of columns in, which of them is what of a post out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truthgpt.corpus.clean import label
from truthgpt.errors import BadInputError

KNOWN: dict[str, tuple[str, ...]] = {
    "id": ("id_str", "id", "post_id", "tweet_id", "status_id"),
    "text": ("full_text", "selftext", "text", "body", "content", "message", "tweet", "comment", "post"),
    "title": ("title",),
    "author": ("author", "username", "screen_name", "handle", "user"),
    "community": ("subreddit", "community", "group", "channel", "hashtag"),
    "created_at": ("created_utc", "created_at", "timestamp", "date", "time"),
    "language": ("language", "lang"),
    "score": ("score", "likes", "favorite_count", "ups"),
    "url": ("permalink", "url", "link"),
    "over_18": ("over_18", "nsfw", "sensitive", "possibly_sensitive"),
    "reply_to": ("in_reply_to_status_id_str", "in_reply_to_status_id", "reply_to", "parent_id"),
    "quotes": ("quoted_status_id_str", "quoted_status_id", "quotes", "crosspost_parent"),
    "reposts": ("retweeted_status_id_str", "retweeted_status_id", "reposts"),
    "noai": ("noai", "no_ai", "no_training"),
}
"""The names that a field of a post goes by, the best first. `title` is put before the text; `noai` is true where
nothing may be trained on the post."""

_REDDIT = frozenset(
    ("selftext", "subreddit", "permalink", "subreddit_id", "num_comments", "link_id", "parent_id", "is_self")
)
_TWITTER = frozenset(("full_text", "tweet_id", "status_id", "tweet", "favorite_count"))
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field of a post stands in a row: an index, or `None` where no column gives it.

    `permalink` may name the community of a Reddit post. `escaped` says that the platform stores text as HTML,
    `comment` that ids are those of Reddit's comments.
    """

    text: int | None
    title: int | None
    id: int | None
    author: int | None
    community: int | None
    permalink: int | None
    created_at: int | None
    language: int | None
    score: int | None
    url: int | None
    over_18: int | None
    reply_to: int | None
    quotes: int | None
    reposts: int | None
    noai: int | None
    reddit: bool
    comment: bool
    escaped: bool

    @property
    def used(self) -> frozenset[int]:
        """The columns that are read at all."""
        fields = (self.text, self.title, self.id, self.author, self.community, self.permalink)
        more = (self.created_at, self.language, self.score, self.url, self.over_18)
        links = (self.reply_to, self.quotes, self.reposts, self.noai)
        return frozenset(index for index in (*fields, *more, *links) if index is not None)


def check_mapping(mapping: Mapping[str, str]) -> None:
    """`BadInputError` if `mapping` names something that no post has."""
    for field in mapping:
        if field not in KNOWN:
            raise BadInputError(
                f"--map {label(field, 40)}=…: a post has no such field; it has {', '.join(KNOWN)}"
            )


def resolve(names: Sequence[str], mapping: Mapping[str, str]) -> Columns | None:
    """What each column is, by `mapping` (field to column) and else by `KNOWN`; case does not matter.

    `None` where no column can serve as text. A column that `mapping` names and the row lacks is absent.
    """
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        places.setdefault(name.strip().lower(), index)
        places.setdefault(name, index)
    found: dict[str, int | None] = {}
    for field, known in KNOWN.items():
        wanted = mapping.get(field)
        options = known if wanted is None else (wanted, wanted.strip().lower())
        found[field] = next((places[name] for name in options if name in places), None)
    if found["text"] is None and (found["title"] is None or "text" in mapping):
        return None
    reddit = "created_utc" in places and not _REDDIT.isdisjoint(places)
    title = found["title"] if found["title"] != found["text"] else None
    comment = reddit and title is None and "body" in places
    if reddit and "permalink" not in places and "url" not in mapping:
        found["url"] = None  # the page that a Reddit post links to, not the post
    return Columns(
        text=found["text"],
        title=title,
        id=found["id"],
        author=found["author"],
        community=found["community"],
        permalink=places.get("permalink"),
        created_at=found["created_at"],
        language=found["language"],
        score=found["score"],
        url=found["url"],
        over_18=found["over_18"],
        reply_to=found["reply_to"],
        quotes=found["quotes"],
        reposts=found["reposts"],
        noai=found["noai"],
        reddit=reddit,
        comment=comment,
        escaped=reddit or not _TWITTER.isdisjoint(places),
    )


def require(path: Path, names: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """`resolve` for a file whose columns are the same in each row. `BadInputError` names what was found."""
    lowered = {name.strip().lower() for name in names}
    for field, column in mapping.items():
        if column not in names and column.strip().lower() not in lowered:
            missing = f"{path} has no column {label(column, 40)} (for {field})"
            raise BadInputError(f"{missing}: it has {listed(names)}; correct --map")
    columns = resolve(names, mapping)
    if columns is None:
        raise no_text(path, names)
    return columns


def no_text(path: Path, names: Sequence[str]) -> BadInputError:
    """The error for a file in which no column can serve as text."""
    return BadInputError(
        f"{path}: no column is known to hold text among {listed(names)}; name it: --map text=COLUMN"
    )


def listed(names: Sequence[str]) -> str:
    """Names of columns for an error's line: the first twenty, printable, short."""
    shown = ", ".join(label(name, 40) or '""' for name in names[:_SHOWN])
    return f"{shown}, … ({len(names)} in all)" if len(names) > _SHOWN else shown or "(none)"
