"""The sums of the newest version's content hash, kept so that posts can be added to them.

One file, overwritten by each version and readable by its owner alone: from the sums before and after, whoever knows what a
post said can tell that it was there. So `consent.forgetting` drops them, and what is forgotten next is summed anew.
"""

from __future__ import annotations

import base64
from pathlib import Path

import orjson

from truthgpt.corpus import durable
from truthgpt.corpus.provenance import folder
from truthgpt.corpus.provenance.content import ContentHash

_FUNCTION = "blake3"
"""What makes numbers of a post: sums of another's are of no use."""


def keep(corpus: Path, version: int, content: ContentHash) -> None:
    """`content` is the sum of all posts of `version`. Raises `MissingError` where the disk is full."""
    row = {
        "version": version,
        "posts": content.posts,
        "function": _FUNCTION,
        "sums": base64.b64encode(content.sums).decode(),
    }
    durable.write(_path(corpus), orjson.dumps(row), mode=0o600)


def kept(corpus: Path, version: int) -> ContentHash | None:
    """The sum of all posts of `version`; None where another's or none is kept, or it is damaged."""
    try:
        row = orjson.loads(_path(corpus).read_bytes())
        found = ContentHash(row["posts"], base64.b64decode(row["sums"], validate=True))
        return found if (row["version"], row["function"]) == (version, _FUNCTION) else None
    except (OSError, KeyError, TypeError, ValueError):
        return None


def drop(corpus: Path) -> None:
    """Keep none."""
    _path(corpus).unlink(missing_ok=True)


def _path(corpus: Path) -> Path:
    return folder(corpus) / "sums.json"
