"""What a post is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it can be cited.

    `id` is stable across imports (`reddit:7beo2`, the export's own id, else a hash of the content). `text` is what its
    author wrote: a title, a blank line and the body where both exist, untouched but for Unicode NFC and line ends.
    `created_at` is UTC. `language` is an ISO 639-1 code, `""` where it cannot be told. An empty string means unknown.
    """

    id: str
    text: str
    community: str = ""
    author: str = ""
    created_at: datetime | None = None
    language: str = ""
    url: str = ""
    score: int = 0
    over_18: bool = False
    source: str = ""
