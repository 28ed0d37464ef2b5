"""CSV and TSV (RFC 4180): lines in, posts and rejected rows out.

The regular case is left to the `csv` module, which reads strictly: whatever a quote does that RFC 4180
forbids is an error of the row. After an error only the first line of the row is given up and reading starts
again at the next, so that a quote that is never closed costs one row and not the file. From there on, until
one line is a row beyond doubt, a line with a stray quote is taken for the rest of a broken field, however
many columns it seems to have.

Many TSV files quote nothing: a line that has the right number of tabs is a row there, whatever its quotes do.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers.lines import Block, Faulty
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import EXCERPT, MAX_ROW, Rejected, excerpt
from truthgpt.corpus.readers.rows import Builder
from truthgpt.errors import BadInputError

# The module's bound holds for the whole process and is 128 KiB; ours, in `_Source`, is what bounds a row.
csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_ROW))

_MAX_COLUMNS = 10_000
_STRAY = "a quote that is not doubled, or a field that is not closed"


class _RunawayError(Exception):
    """A quoted field is still open after 1 MiB."""


class _Source:
    """The lines of a file and the place of the row that is being read: `lines[start:at]`."""

    def __init__(self, path: Path, blocks: Iterator[Block]) -> None:
        self.path = str(path)
        self.start = self.at = 0
        self.dirty = False
        self._blocks = blocks
        self._lines: list[str] = []
        self._before = 0

    def feed(self) -> Iterator[str]:
        """The lines from `at` on."""
        while True:
            lines = self._lines
            for index in range(self.at, len(lines)):
                self.at = index + 1
                yield lines[index]
            held = lines[self.start :]
            lines, dirty = next(self._blocks, ([], False))
            if not lines:
                return
            self._before += self.start
            self._lines = held + lines
            self.start, self.at = 0, len(held)
            self.dirty = dirty or (self.dirty and bool(held))
            if sum(map(len, held)) > MAX_ROW:
                raise _RunawayError

    @property
    def row(self) -> list[str]:
        """The lines of the row as they stand in the file."""
        return self._lines[self.start : self.at]

    def fault(self) -> str:
        """Why the row is no text, `""` if it is."""
        return next((line.reason for line in self.row if isinstance(line, Faulty)), "") if self.dirty else ""

    def rejected(self, reason: str, rest: str = "") -> Rejected:
        lines = [line[:EXCERPT] for line in self._lines[self.start : min(self.at, self.start + EXCERPT)]]
        row = excerpt(("".join(lines) + rest)[:EXCERPT].rstrip("\r\n"))
        return Rejected(self.path, self._before + self.start + 1, reason, row)


def read(
    path: Path, blocks: Iterator[Block], delimiter: str, prepare: Callable[[Sequence[str]], Builder]
) -> Iterator[Post | Rejected]:
    """The posts of a file whose first row names its columns; `prepare` makes of them what makes posts."""
    source = _Source(path, blocks)
    names = _header(path, source, delimiter)
    if not names:
        return
    build = prepare(names)
    width = len(names)
    irregular = _Irregular(source, build, width, delimiter)
    tabs = delimiter == "\t"
    while True:
        reader = csv.reader(source.feed(), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                if (
                    len(row) == width
                    and not source.dirty
                    and not irregular.doubtful
                    and not (tabs and source.at - source.start > 1)
                ):
                    post = build(row)
                    yield post if isinstance(post, Post) else source.rejected(post)
                    source.start = source.at
                    continue
                end = source.at
                if row:
                    yield irregular.take(row)
                source.start = source.at
                if source.at != end:
                    break  # lines were given back: they are read anew
            else:
                return
        except DamagedError as error:
            yield source.rejected(error.reason, error.rest)
            return
        except (csv.Error, _RunawayError) as error:
            carriage = str(error).startswith("new-line")
            yield irregular.take(None, "a carriage return outside quotes" if carriage else _STRAY)
            source.start = source.at


class _Irregular:
    """Takes the rows that are not plainly right; `doubtful` while it is open where rows begin."""

    def __init__(self, source: _Source, build: Builder, width: int, delimiter: str) -> None:
        self.doubtful = False
        self._source = source
        self._build = build
        self._width = width
        self._delimiter = delimiter
        mark = re.escape(delimiter)
        field = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"\r\n{mark}]*+)'
        self._whole = re.compile(rf"(?:{field}{mark}){{{width - 1}}}{field}\r?\n?")

    def take(self, row: list[str] | None, reason: str = _STRAY) -> Post | Rejected:
        """The post of a row, or its rejection. `None` is a row that could not be parsed, for `reason`."""
        source = self._source
        if row is None or self._is_several(row, source.row):
            source.at = min(source.at, source.start + 1)
            plain = source.row[0].rstrip("\r\n").split("\t") if self._delimiter == "\t" else []
            row = plain if len(plain) == self._width else None
        if fault := source.fault():
            return source.rejected(fault)
        if row is None:
            self.doubtful = True
            return source.rejected(reason)
        if len(row) != self._width:
            return source.rejected(f"{len(row)} columns where the header has {self._width}")
        if self.doubtful and self._delimiter != "\t":
            if not self._whole.fullmatch("".join(source.row)):
                return source.rejected(_STRAY)
            self.doubtful = False
        post = self._build(row)
        return post if isinstance(post, Post) else source.rejected(post)

    def _is_several(self, row: list[str], lines: list[str]) -> bool:
        """Whether a quote ran over the ends of rows: lines that were read as one row are rows by
        themselves."""
        if len(lines) == 1:
            return False
        if self._delimiter == "\t":
            return all(line.count("\t") == self._width - 1 for line in lines)
        return len(row) != self._width and any(self._whole.fullmatch(line) for line in lines[1:])


def _header(path: Path, source: _Source, delimiter: str) -> list[str]:
    try:
        for names in csv.reader(source.feed(), delimiter=delimiter, strict=True):
            fault = source.fault()
            if fault or len(names) > _MAX_COLUMNS:
                why = fault or f"more than {_MAX_COLUMNS}"
                raise BadInputError(f"{path}: its first row cannot name columns ({why}): check its --format")
            source.start = source.at
            if names:
                return names
    except DamagedError as error:
        raise BadInputError(
            f"{path}: {error.reason}, before its first row ended: get the file anew"
        ) from None
    except (csv.Error, _RunawayError):
        raise BadInputError(
            f"{path}: its first row cannot name columns ({_STRAY}): check its --format"
        ) from None
    return []
