"""Exports of platforms come in; typed posts, rejected rows and word of deletions go out, streaming. Imports
`corpus.post`, `corpus.clean` and `errors`.

>>> for row in read(Path("politics.csv.gz")):
...     print(row)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from truthgpt.corpus.clean import label
from truthgpt.corpus.readers import archive, columns, csv, formats, jsonl, objects, parquet, platforms
from truthgpt.corpus.readers.lines import blocks
from truthgpt.corpus.readers.open import chunks
from truthgpt.corpus.readers.reader import Row
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.rows import Builder
from truthgpt.corpus.readers.source import Source, look
from truthgpt.errors import BadInputError

__all__ = ["Rejected", "Row", "read", "read_source"]


def read(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
) -> Iterator[Row]:
    """The posts of one export, in the order of the file, and the rows that are none, each with the reason.

    Read are platforms' own exports (`platforms`), JSON Lines, a JSON array, CSV, TSV and Parquet, each also packed with
    gzip or zstd, and archives of them (`archive`); `format` overrides what content and name say. `mapping` (field of a
    post to column) overrides the names of `columns.KNOWN`, and has a file read by its columns; `community` is for rows
    that name none. Memory is bounded by rows of 1 MiB (Parquet: by its row groups). `language` is only filled where
    the export gives it; see `corpus.languages`.

    Raises `BadInputError` for what no row can be read of: no such file, a folder, an empty file, an unknown
    format, no column with text. Of these the last may come while iterating.
    """
    path = Path(path)
    source = look(path, formats.stem(path), partial(chunks, path))
    return read_source(source, format=format, mapping=mapping, community=community)


def read_source(
    source: Source,
    *,
    format: str | None = None,  # noqa: A002 (as above)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
) -> Iterator[Row]:
    """`read` of what is looked into already."""
    asked = _known(format)
    given = dict(mapping or {})
    columns.check_mapping(given)
    if archive.is_archive(source.head):
        return _archive(archive.look(source), asked, given, community or "")
    return _file(source, asked, given, community or "")


def _known(asked: str | None) -> str | None:
    """The format that was asked for as it is spelled here. `BadInputError` for one that is not known."""
    if asked is None:
        return None
    name = asked.strip().lower()
    known = (*platforms.names(), *formats.NAMES)
    if name not in known:
        raise BadInputError(f"format {label(asked, 40)} is not known: use one of {', '.join(known)}")
    return name


def _file(source: Source, asked: str | None, mapping: Mapping[str, str], community: str) -> Iterator[Row]:
    if asked not in formats.NAMES and not mapping:
        reader = platforms.of_file(source, asked)
        if reader is not None:
            return reader.read(source, community)
    if asked is not None and asked not in formats.NAMES:
        why = "--map is for columns, which it has none of" if mapping else "it comes as an archive"
        raise BadInputError(f"{source.path} cannot be read as {asked}: {why}")
    return _columns(source, asked, mapping, community)


def _columns(source: Source, asked: str | None, mapping: Mapping[str, str], community: str) -> Iterator[Row]:
    """The rows of a file whose columns or keys name the fields of posts."""
    path = source.path
    form = formats.detect(path, source.head, asked)

    def builder(found: columns.Columns) -> Builder:
        nameless = found.reddit and found.community is None and found.permalink is None
        return Builder(found, community or (source.name if nameless else ""), source.name)

    def prepare(names: Sequence[str]) -> Builder:
        return builder(columns.require(path, names, mapping))

    def prepare_keys(names: Sequence[str]) -> Builder | None:
        found = columns.resolve(names, mapping)
        return None if found is None else builder(found)

    match form:
        case "parquet":
            return parquet.read(source, prepare)
        case "json":
            return jsonl.read(path, objects.array(source), prepare_keys)
        case "jsonl":
            return jsonl.read(path, objects.lines(source), prepare_keys)
        case "csv" | "tsv":
            delimiter = "\t" if form == "tsv" else formats.delimiter(source.head)
            return csv.read(path, blocks(source.chunks()), delimiter, prepare)


def _archive(
    opened: archive.Archive, asked: str | None, mapping: Mapping[str, str], community: str
) -> Iterator[Row]:
    """The rows of an archive: of a platform's as a whole, of any other member by member."""
    yield from opened.refused
    if asked not in formats.NAMES and not mapping:
        reader = platforms.of_archive(opened.members, asked)
        if reader is not None:
            yield from reader.read(opened, community)
            return
    unknown: list[str] = []
    read_any = False
    for member in opened.walk(lambda _: True):
        if isinstance(member, Rejected):
            yield member
            continue
        member = replace(member, name=formats.stem(member.path))
        try:
            rows = _file(member, asked, mapping, community)
        except BadInputError:
            unknown.append(member.path.name)
            continue
        read_any = True
        try:
            yield from rows
        except BadInputError as error:
            reason = str(error).removeprefix(str(member.path)).lstrip(": ")
            yield Rejected(str(member.path), 0, reason, "")
    if unknown:
        if not read_any:
            raise BadInputError(f"{opened.path} holds no export of a known format: {columns.listed(unknown)}")
        reason = f"{len(unknown)} files in it are of no known format"
        yield Rejected(str(opened.path), 0, reason, columns.listed(unknown))
