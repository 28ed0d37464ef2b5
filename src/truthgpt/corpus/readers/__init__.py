"""Exports of a platform come in, typed posts and rejected rows go out, streaming. Imports `corpus.post`,
`corpus.clean` and `errors`.

>>> for row in read(Path("politics.csv.gz")):
...     print(row.text if isinstance(row, Post) else f"{row.file}:{row.line}: {row.reason}")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import columns, csv, formats, jsonl, parquet
from truthgpt.corpus.readers.lines import blocks
from truthgpt.corpus.readers.open import DamagedError, chunks
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.rows import Builder
from truthgpt.errors import BadInputError

__all__ = ["Rejected", "read"]

_LOOK = 1 << 16


def read(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
) -> Iterator[Post | Rejected]:
    """The posts of one export, in the order of the file, and the rows that are none, each with the reason.

    Read are JSON Lines, a JSON array, CSV, TSV and Parquet, each also packed with gzip or zstd; `format`
    overrides what content and name say. `mapping` (field of a post to column) overrides the names of
    `columns.KNOWN`; `community` is for rows that name none. Memory is bounded by rows of 1 MiB (Parquet: by
    its row groups). `language` is only filled where a column gives it; see `corpus.languages`.

    Raises `BadInputError` for what no row can be read of: no such file, a folder, an empty file, an unknown
    format, no column with text. Of these the last may come while iterating.
    """
    path = Path(path)
    given = dict(mapping or {})
    columns.check_mapping(given)
    head = _look(path)
    form = formats.detect(path, head, format)
    name = formats.stem(path)

    def builder(found: columns.Columns) -> Builder:
        nameless = found.reddit and found.community is None and found.permalink is None
        return Builder(found, community or (name if nameless else ""), name)

    def prepare(names: Sequence[str]) -> Builder:
        return builder(columns.require(path, names, given))

    def prepare_keys(names: Sequence[str]) -> Builder | None:
        found = columns.resolve(names, given)
        return None if found is None else builder(found)

    match form:
        case "parquet":
            return parquet.read(path, prepare)
        case "json":
            return jsonl.read_array(path, chunks(path), prepare_keys)
        case "jsonl":
            return jsonl.read(path, blocks(chunks(path)), prepare_keys)
        case "csv" | "tsv":
            delimiter = "\t" if form == "tsv" else formats.delimiter(head)
            return csv.read(path, blocks(chunks(path)), delimiter, prepare)


def _look(path: Path) -> bytes:
    """The unpacked beginning of the file, at least its first letter. `BadInputError` if there is none."""
    head = b""
    try:
        for chunk in chunks(path):
            head += chunk
            if len(head) >= _LOOK:
                break
    except DamagedError as error:
        if not head:
            raise BadInputError(f"{path}: {error.reason}; get the file anew") from None
    if not formats.decode(head).strip():
        raise BadInputError(f"{path} is empty: there are no posts in it")
    return head[:_LOOK]
