"""Posts in, an Atom feed out (RFC 4287), so that a search can be followed in any feed reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

import regex

from truthgpt.corpus.post import Post
from truthgpt.notes.told import context

MEDIA_TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a post without one: an entry has to have a time, and this stands last."""
_TITLE = 80
_NO_XML = regex.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(query: str, address: str, posts: Sequence[Post], notes: Mapping[str, Sequence[str]]) -> bytes:
    """The feed of `posts` that were found for `query` at `address`, the latest first. An entry is known by its post's id.

    `notes` are the texts, by post, that stand with it and follow its own.
    """
    ordered = sorted(posts, key=lambda post: post.created_at or _UNKNOWN, reverse=True)
    feed = ET.Element("feed", xmlns=_ATOM)
    _add(feed, "title", f"TruthGPT: {query}")
    _add(feed, "id", address)
    ET.SubElement(feed, "link", rel="self", href=_plain(address))
    _add(feed, "updated", _time(ordered[0] if ordered else None))
    for post in ordered:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", f"urn:truthgpt:{quote(post.id)}")
        _add(entry, "title", _title(post.text))
        _add(entry, "updated", _time(post))
        _add(ET.SubElement(entry, "author"), "name", post.author or "unknown")
        if post.url.startswith(("http://", "https://")):
            ET.SubElement(entry, "link", rel="alternate", href=_plain(post.url))
        if post.community:
            ET.SubElement(entry, "category", term=_plain(post.community))
        told = [context(note) for note in notes.get(post.id, ())]
        _add(entry, "content", "\n\n".join([post.text, *told])).set("type", "text")
    made: bytes = ET.tostring(feed, "utf-8", xml_declaration=True)
    return made


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _plain(text)
    return element


def _plain(text: str) -> str:
    """`text` without what XML cannot hold, escaped or not."""
    return _NO_XML.sub("", text)


def _time(post: Post | None) -> str:
    return ((post and post.created_at) or _UNKNOWN).astimezone(UTC).isoformat(timespec="seconds")


def _title(text: str) -> str:
    line = text.split("\n", 1)[0].strip()
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"
