"""A file, or a member of an archive, as a reader sees it: its names, its beginning, its bytes from the first on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic_core import from_json

from truthgpt.corpus.readers.formats import decode
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.errors import BadInputError

_LOOK = 1 << 16
_ASSIGNMENT = re.compile(r"[\w.$]{1,200}\s*=\s*(?=[\[{])")


@dataclass(frozen=True)
class Source:
    """What a reader reads.

    `path` is how errors and rejected rows name it (`archive.zip/data/tweets.js` for a member); `name` is where its
    posts say that they come from. `head` is its unpacked beginning, 64 KiB at most. `chunks()` gives all of its
    bytes, unpacked, in bounded chunks, and may be called again; it raises `DamagedError` where they break off. Of a
    member of an archive `path` is a name alone, made by whoever packed it: nothing may be opened by it.
    """

    path: Path
    name: str
    head: bytes
    chunks: Callable[[], Iterator[bytes]]
    is_member: bool = False

    @cached_property
    def text(self) -> str:
        """The beginning as text, without blanks before it."""
        return decode(self.head).lstrip()

    @cached_property
    def first(self) -> Mapping[str, object]:
        """The file's first JSON object: of an array its first element, of JSON Lines the first line's. Where the
        beginning cuts it off, as much of it as is there; `{}` where there is none."""
        text = self.text
        if assigned := _ASSIGNMENT.match(text):
            text = text[assigned.end() :]
        if not text.startswith(("{", "[")):
            return {}
        for whole in (text.partition("\n")[0], text):
            try:
                value = from_json(whole, allow_partial=whole is text)
            except ValueError:
                continue
            if isinstance(value, list):
                value = value[0] if value else None
            if isinstance(value, dict) and value:
                return value
        return {}


def look(path: Path, name: str, chunks: Callable[[], Iterator[bytes]]) -> Source:
    """The source of these chunks. `BadInputError` if they hold nothing or nothing of them can be read."""
    head = b""
    try:
        for chunk in chunks():
            head += chunk
            if len(head) >= _LOOK:
                break
    except DamagedError as error:
        if not head:
            raise BadInputError(f"{path}: {error.reason}; get the file anew") from None
    if not decode(head).strip():
        raise BadInputError(f"{path} is empty: there are no posts in it")
    return Source(path, name, head[:_LOOK], chunks)
