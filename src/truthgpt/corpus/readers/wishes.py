"""What an author writes of themselves in, whether nothing is to be trained on their posts out."""

from __future__ import annotations

import re

_TAG = re.compile(r"<[^<>]*>")
_WISH = re.compile(r"#\s?no[-_]?(?:ai|bots?|index|indexing|archive|scraping|training)\b", re.IGNORECASE)
_READ = 20_000
"""Characters of a description that are looked at."""


def asks_for_none(description: object) -> bool:
    """Whether a profile's description, plain or HTML, holds one of the hashtags of the fediverse by which people keep
    machines away: `#NoAI`, `#NoBot`, `#NoIndex`, `#NoArchive` and the like."""
    return isinstance(description, str) and bool(_WISH.search(_TAG.sub("", description[:_READ])))
