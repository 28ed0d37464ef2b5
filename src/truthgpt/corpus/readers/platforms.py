"""The readers of platforms' own exports, tried in this order; what none recognises is read by its columns."""

from __future__ import annotations

from collections.abc import Collection

from truthgpt.corpus.readers import bluesky, hackernews, mastodon, pushshift, telegram, weibo, x
from truthgpt.corpus.readers.reader import ArchiveReader, Reader
from truthgpt.corpus.readers.source import Source

READERS: tuple[Reader, ...] = (
    x.READER,
    mastodon.READER,
    bluesky.READER,
    pushshift.READER,
    telegram.READER,
    weibo.READER,
    hackernews.READER,
)
ARCHIVES: tuple[ArchiveReader, ...] = (x.ARCHIVE, mastodon.ARCHIVE)


def names() -> tuple[str, ...]:
    """The names of `--format` that are platforms'."""
    known = [reader.name for reader in READERS] + [reader.name for reader in ARCHIVES]
    return tuple(dict.fromkeys(known))


def of_file(source: Source, asked: str | None) -> Reader | None:
    """The reader that was asked for by name, else the one that recognises the file."""
    if asked is not None:
        return next((reader for reader in READERS if reader.name == asked), None)
    return next((reader for reader in READERS if reader.recognises(source)), None)


def of_archive(members: Collection[str], asked: str | None) -> ArchiveReader | None:
    """The reader that was asked for by name, else the one that recognises the archive by its members' names."""
    known = [reader for reader in ARCHIVES if asked is None or reader.name == asked]
    return next((reader for reader in known if reader.recognises(members)), None)
