"""A text in; out, its longest spans that posts have word for word, with the posts as they are stored now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from truthgpt.corpus.fold import nfc
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.store import Store
from truthgpt.corpus.view import View
from truthgpt.errors import BadInputError
from truthgpt.truth.trace.find import Place, Span, places, spans
from truthgpt.truth.trace.folder import segments
from truthgpt.truth.trace.segment import Segment
from truthgpt.truth.trace.tokens import Hashes, Tokens, tokens

T = TypeVar("T")

LEAST = 6
"""Words that a span has at least, unless it is asked otherwise: shorter ones stand in many posts by chance."""
LIMIT = 10
POSTS = 5
"""Spans of a text, and posts of a span, that are told unless it is asked otherwise."""
LONGEST_TEXT = 4_000_000
"""Characters of a text at most."""

_COLUMNS = ("id", "text", "community", "author", "created_at")


@dataclass(frozen=True, slots=True)
class Carrier:
    """A post that has a span: characters `start` to `end` of its `text`."""

    id: str
    start: int
    end: int
    community: str
    author: str
    created_at: datetime | None
    text: str = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Without the text; the time is ISO 8601 or null."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "community": self.community,
            "author": self.author,
            "created_at": self.created_at and self.created_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Traced:
    """Characters `start` to `end` of the text, which are its `text` here: how often posts have it, and some posts that do."""

    start: int
    end: int
    text: str
    count: int
    posts: tuple[Carrier, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "count": self.count,
            "posts": [post.as_dict() for post in self.posts],
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """The spans of `text`, the longest first; `tokens` words of posts were looked through, in this `version` of the corpus."""

    text: str
    spans: tuple[Traced, ...]
    tokens: int
    version: int

    def as_dict(self, seconds: float) -> dict[str, Any]:
        """The trace as `truthgpt trace --json` prints it."""
        return {
            "text": self.text,
            "spans": [span.as_dict() for span in self.spans],
            "tokens": self.tokens,
            "version": self.version,
            "seconds": round(seconds, 6),
        }


class Tracer:
    """Traces texts in one store. Threads may share it; each trace is in one whole version, the newest.

    The first trace after an import indexes what came, which takes a second for some million words; methods raise what
    `folder.segments` raises then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._version = -1
        self._segments: Sequence[Segment] = ()

    def prepare(self, report: Report = unheard) -> int:
        """Index the posts that are not indexed yet; how many there were."""
        return self._read(lambda view: self._of(view, report)[1])

    def trace(
        self,
        text: str,
        least: int = LEAST,
        limit: int = LIMIT,
        posts: int = POSTS,
        report: Report = unheard,
    ) -> Trace:
        """At most `limit` spans of `text` with at least `least` words, each with at most `posts` posts.

        A span lies in no other one; offsets are of characters of the trace's text, which is `text` in NFC, as posts are. Raises
        `BadInputError` where it has more than `LONGEST_TEXT` characters.
        """
        if len(text) > LONGEST_TEXT:
            raise BadInputError(f"the text has more than {LONGEST_TEXT:,} characters; trace it in parts")
        text = nfc(text)
        return self._read(lambda view: self._trace(view, text, max(least, 1), limit, posts, report))

    def _read(self, work: Callable[[View], T]) -> T:
        """What `work` gives for the newest version."""
        view = self._store.view()
        try:
            return work(view)
        except BadInputError:
            # Who forgets posts takes the files of earlier versions away, this one's too if it was long at work.
            if (again := self._store.view()) is view:
                raise
            return work(again)

    def _of(self, view: View, report: Report) -> tuple[Sequence[Segment], int]:
        """The segments of `view`, by the numbers of its fragments, and how many posts were indexed for them."""
        with self._lock:
            if view.version == self._version:
                return self._segments, 0
            self._segments, made = segments(self._store.path, view.dataset, report)
            self._version = view.version
            return self._segments, made

    def _trace(self, view: View, text: str, least: int, limit: int, posts: int, report: Report) -> Trace:
        held, _ = self._of(view, report)
        found = spans(held, text, least, limit)
        where = [places(held, span, posts) for span in found]
        carriers = self._carriers(view, found, where)
        traced = (
            Traced(span.start, span.end, text[span.start : span.end], span.count, tuple(having))
            for span, having in zip(found, carriers, strict=True)
        )
        total = sum(segment.tokens for segment in held)
        return Trace(text, tuple(span for span in traced if span.posts), total, view.version)

    def _carriers(
        self, view: View, found: Sequence[Span], where: Sequence[Sequence[Place]]
    ) -> list[list[Carrier]]:
        """The posts at the places `where` each span that was `found` stands."""
        fragments: list[int] = [fragment.fragment_id for fragment in view.dataset.get_fragments()]

        def row(place: Place) -> int:
            return (fragments[place.segment] << 32) + place.document

        rows = sorted({row(place) for placed in where for place in placed})
        posts = view.take(rows, ("_rowaddr", *_COLUMNS)).to_pylist() if rows else []
        there = self._there(view, [post["id"] for post in posts])
        # By its own address: a row that is deleted, which only a damaged file names, is not among them.
        read = {post["_rowaddr"]: (post, tokens([post["text"]])) for post in posts if post["id"] in there}
        return [
            [
                carrier
                for place in placed
                if row(place) in read and (carrier := _carrier(*read[row(place)], place.word, span.hashes))
            ]
            for span, placed in zip(found, where, strict=True)
        ]

    def _there(self, view: View, ids: Sequence[str]) -> set[str]:
        """Those of `ids`, which were in `view`, that no later version has lost: a post may be forgotten while it is traced."""
        if self._store.view().version == view.version:
            return set(ids)
        return {post.id for post in self._store.get(ids)}


def _carrier(post: dict[str, Any], found: Tokens, word: int, wanted: Hashes) -> Carrier | None:
    """`post`, if its words that were `found` are `wanted` from `word` on: what a file says of a post counts for nothing until
    its text says it too."""
    if not np.array_equal(found.hashes[word : word + len(wanted)], wanted):
        return None
    start, end = int(found.begins[word]), int(found.ends[word + len(wanted) - 1])
    return Carrier(
        post["id"], start, end, post["community"], post["author"], post["created_at"], post["text"]
    )
