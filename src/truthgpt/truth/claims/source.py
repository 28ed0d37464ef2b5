"""What of a sentence is read: without the marks of a list in front of it and those of references behind it."""

from __future__ import annotations

import regex

from truthgpt.truth.sentences import Span

MAX_CONTEXT = 2_000
"""Characters of the context that are read, from its end."""
KEPT = 12
"""Mentions that are remembered from the sentences before."""
_MARKS = regex.compile(
    r"^(?:(?:[*•·\s]|[->#](?![\d$€£¥]))+|&(?:gt|lt|amp|nbsp|#\d{1,6});|\d{1,2}[.)]\s+|[*_]{1,3})+"
)
_CITATION = regex.compile(r"\s*\[\d{1,3}(?:[,;–-] ?\d{1,3})*\]$")
_CITATION_WIDTH = 64
"""Characters of one reference mark, at most."""


def inner(text: str, span: Span) -> tuple[int, int]:
    """The span without list marks in front and reference marks behind."""
    begin, end = span.start, span.end
    if mark := _MARKS.match(text[begin:end]):
        begin += mark.end() if mark.end() < end - begin else 0
    while (found := _CITATION.search(text, max(begin + 1, end - _CITATION_WIDTH), end)) is not None:
        end = found.start()
    return begin, end
