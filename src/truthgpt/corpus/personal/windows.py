"""The few places of a text worth a closer look: an anchor that is cheap to find in, stretches around it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Stretch: TypeAlias = tuple[int, int]
"""Start and end of a part of a text."""

DIGITS = re.compile(r"[0-9](?:[ ()./-]{0,4}[0-9]){6,}|[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}\s?/")
"""Seven digits or more with nothing but separators between them, or the start of a CNPJ with letters."""


def windows(anchor: re.Pattern[str], text: str, before: int = 10, after: int = 14) -> Iterator[Stretch]:
    """Where `anchor` is found in `text`, from `before` characters ahead of it to `after` behind; stretches that touch
    are one."""
    start = end = -1
    for match in anchor.finditer(text):
        if match.start() - before > end:
            if end >= 0:
                yield start, end
            start = max(0, match.start() - before)
        end = min(len(text), match.end() + after)
    if end >= 0:
        yield start, end


def near(pattern: re.Pattern[str], text: str, stretches: Sequence[Stretch]) -> Iterator[re.Match[str]]:
    """The matches of `pattern` within `stretches` of `text`; a look-behind sees what stands before a stretch."""
    for start, end in stretches:
        yield from pattern.finditer(text, start, end)
