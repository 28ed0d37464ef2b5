"""A Bluesky post's record in, its text with whole links out.

People see a link shortened (`example.org/a-long-…`); its address stands beside the text, in a facet that names the
bytes it covers. The text is UTF-8 there, and so are the counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from truthgpt.corpus.readers.fields import address

_LINK = "app.bsky.richtext.facet#link"
_MAX_LINKS = 100
"""Links of a post that are made whole; it has 300 letters."""


def text_of(record: dict[str, Any]) -> str:
    """The text, each shortened link made whole; a link under words of its author's is put behind them."""
    text = record.get("text")
    if not isinstance(text, str):
        return ""
    links = sorted(islice(_links(record, text), _MAX_LINKS), reverse=True)
    if not links:
        return text
    written = text.encode("utf-8", "surrogatepass")
    after = len(written)
    for start, end, uri in links:
        if not 0 <= start < end <= after:
            continue  # outside the text, or over another one
        try:
            shown = written[start:end].decode()
        except UnicodeDecodeError:
            continue  # within a letter
        whole = uri if _shortens(shown, uri) else f"{shown} ({uri})"
        written = written[:start] + whole.encode() + written[end:]
        after = start
    return written.decode("utf-8", "surrogatepass")


def _shortens(shown: str, uri: str) -> bool:
    begun = shown.strip().removesuffix("...").removesuffix("…")
    return bool(begun) and begun.lower() in uri.lower()


def _links(record: dict[str, Any], text: str) -> Iterator[tuple[int, int, str]]:
    """First byte, byte after the last, address. Posts of early 2023 have `entities` instead, counted in UTF-16."""
    facets = record.get("facets")
    for facet in facets if isinstance(facets, list) else ():
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else ():
            if isinstance(feature, dict) and feature.get("$type") == _LINK:
                yield from _span(index, "byteStart", "byteEnd", feature.get("uri"))
    entities = record.get("entities")
    for entity in entities if isinstance(entities, list) and not facets else ():
        if isinstance(entity, dict) and entity.get("type") == "link":
            for start, end, uri in _span(entity.get("index"), "start", "end", entity.get("value")):
                yield _bytes(text, start), _bytes(text, end), uri


def _span(index: object, first: str, last: str, uri: object) -> Iterator[tuple[int, int, str]]:
    if isinstance(index, dict) and (whole := address(uri)):
        start, end = index.get(first), index.get(last)
        if type(start) is int and type(end) is int:
            yield start, end, whole


def _bytes(text: str, units: int) -> int:
    """Bytes of UTF-8 that so many units of UTF-16 take."""
    cut = text.encode("utf-16-le", "surrogatepass")[: 2 * max(units, 0)]
    return len(cut.decode("utf-16-le", "ignore").encode("utf-8", "surrogatepass"))
