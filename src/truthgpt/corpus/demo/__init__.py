"""The demo posts: what an empty corpus is filled with, so that a newcomer has something to ask about.

In: nothing. Out: `Post`s in English, Portuguese and Chinese, in the order of their files. May import
`truthgpt.errors` and `truthgpt.corpus.post`. Authors, handles and small towns are invented; `docs/demo.md`
says how the posts are laid out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from importlib import resources

from truthgpt.corpus.post import Post
from truthgpt.errors import BadInputError

LANGUAGES = ("en", "pt", "zh")
"""One file a language, `<language>.jsonl`."""

SOURCE = "truthgpt/demo"
"""The `source` of each demo post, by which they are told and removed; no file's name has a slash."""


def load() -> Iterator[Post]:
    """The demo posts, one by one. Raises `BadInputError`, with file and line, on a damaged file."""
    for language in LANGUAGES:
        file = resources.files(__name__).joinpath(f"{language}.jsonl")
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield _post(line)
                except (ValueError, KeyError, TypeError) as error:
                    raise BadInputError(
                        f"{file.name}, line {number}: not a demo post ({error}); reinstall truthgpt"
                    ) from error


def _post(line: str) -> Post:
    row = json.loads(line)
    return Post(
        id=row["id"],
        text=row["text"],
        community=row["community"],
        author=row["author"],
        created_at=datetime.fromisoformat(row["created_at"]),
        language=row["language"],
        url=row.get("url", ""),
        score=row["score"],
        source=SOURCE,
    )
