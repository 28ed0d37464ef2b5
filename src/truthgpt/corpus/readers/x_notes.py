"""The long texts of an X archive (`note-tweet.js`) in, the whole text of a shortened tweet out.

A tweet of more than 280 characters stands in `tweets.js` with its first 275 or so, and nothing there names its note.
What joins them is the beginning of the text and the second in which both were made; of archives that give the note the
tweet's id, or the tweet its note's, the id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from truthgpt.corpus.clean import unescape
from truthgpt.corpus.readers.dates import parse
from truthgpt.corpus.readers.fields import name
from truthgpt.corpus.readers.objects import Item
from truthgpt.corpus.readers.rejected import Rejected

_MAX_HELD = 256 << 20
"""Characters of notes that are held at once; all notes of an archive come before its tweets."""
_APART = 2
"""Seconds between a tweet's moment and its note's at most."""
_SHORTENED = 2000
"""Characters of a shortened tweet at most, entities and all."""
_AT_ONCE = 64
"""Notes of one second that are looked through for each tweet of it; nobody writes as many."""
_ENOUGH = 40
"""Characters that a tweet and its note begin with alike."""
_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*(?:https?://t\.co/\w+)?\s*\Z")


@dataclass(slots=True)
class _Note:
    text: str
    urls: dict[str, str]
    unjoined: Rejected
    joined: bool = False


class Notes:
    """The notes of an archive, each to be joined to one tweet."""

    def __init__(self) -> None:
        self._notes: list[_Note] = []
        self._by_id: dict[str, _Note] = {}
        self._by_second: dict[int, list[_Note]] = {}
        self._held = 0

    def add(self, item: Item) -> Rejected | None:
        """Holds a note; why it cannot be, if it cannot."""
        note = item.value.get("noteTweet", item.value)
        core = note.get("core") if isinstance(note, dict) else None
        text = core.get("text") if isinstance(core, dict) else None
        if not isinstance(core, dict) or not isinstance(text, str) or not text.strip():
            return item.rejected("a long text without text")
        self._held += len(item.raw)
        if self._held > _MAX_HELD:
            return item.rejected(f"more than {_MAX_HELD >> 20} million characters of long texts")
        held = _Note(
            text,
            links(core.get("urls"), "shortUrl", "expandedUrl"),
            item.rejected("a long text whose tweet is not there"),
        )
        self._notes.append(held)
        if own := name(note.get("noteTweetId")):
            self._by_id[own] = held
        try:
            moment = parse(note.get("createdAt"))
        except ValueError:
            moment = None
        if moment is not None:
            at_once = self._by_second.setdefault(int(moment.timestamp()), [])
            if len(at_once) < _AT_ONCE:
                at_once.append(held)
        return None

    def join(
        self, tweet: Mapping[str, Any], text: str, moment: datetime | None
    ) -> tuple[str, dict[str, str]] | None:
        """The whole text of the tweet whose shortened one is `text`, and its links (short to long); `None` where it
        has no note. Both texts are written with entities."""
        note = self._of(tweet, text, moment) if self._notes else None
        if note is None:
            return None
        note.joined = True
        return escaped(note.text), note.urls

    def unjoined(self) -> Iterator[Rejected]:
        """The notes that no tweet was found for."""
        yield from (note.unjoined for note in self._notes if not note.joined)

    def _of(self, tweet: Mapping[str, Any], text: str, moment: datetime | None) -> _Note | None:
        for key in ("note_tweet_id", "noteTweetId", "id_str", "id"):
            if (own := name(tweet.get(key))) and own in self._by_id:
                return self._by_id[own]
        if moment is None or len(text) > _SHORTENED:
            return None
        begun = unescape(_CUT.sub("", text))
        if len(begun) < _ENOUGH:
            return None
        second = int(moment.timestamp())
        for near in range(second - _APART, second + _APART + 1):
            for note in self._by_second.get(near, ()):
                # Its links are short ones in both; only the tweet's last word may be cut.
                if not note.joined and note.text.lstrip().startswith(begun.lstrip()):
                    return note
        return None


def escaped(text: str) -> str:
    """`text` as X writes it: with entities for the ampersand and the angle brackets."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def links(urls: object, short: str, long: str) -> dict[str, str]:
    """Short addresses to long ones, of a list of objects that have them under these keys."""
    found: dict[str, str] = {}
    for url in urls if isinstance(urls, list) else ():
        if isinstance(url, dict):
            key, value = url.get(short), url.get(long)
            if isinstance(key, str) and isinstance(value, str) and key and value:
                found[key] = value
    return found
