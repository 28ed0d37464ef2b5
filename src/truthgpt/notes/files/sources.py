"""Paths in, the tables at them out: files, folders of them, zips and tars, plain or packed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

from truthgpt.corpus.clean import label
from truthgpt.corpus.readers import archive
from truthgpt.corpus.readers.lines import utf8
from truthgpt.corpus.readers.open import DamagedError, chunks
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError
from truthgpt.notes.files.forms import FORMS, Form
from truthgpt.notes.files.layout import Layout
from truthgpt.notes.files.reading import Tally

Paths: TypeAlias = str | Path | Iterable[str | Path]

_LOOK = 1 << 16
_PATH = 1000
_COLUMNS = 1000


@dataclass(frozen=True)
class Table:
    """A file of the form that was asked for. `skipped` lines come before its rows; `name` is how messages call it."""

    name: str
    source: Source
    layout: Layout
    skipped: int


def tables(paths: Paths, form: Form, tally: Tally) -> Iterator[Table]:
    """The tables of this `form` at `paths`, one after the other: each must be read before the next is asked for.

    A file that is named must be one. In a folder and in an archive those are taken that are named as X names them, or
    have the columns; the others are left out. Raises `BadInputError` for what cannot be opened, for a table that lacks
    a column, and where there is no table at all.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found = 0
    for source, must in _sources(map(Path, given), tally):
        table = _table(source, form, must, tally)
        if table is not None:
            found += 1
            yield table
    if not found:
        shown = ", ".join(_shown(path) for path in given[:3]) or "no path was given"
        why = f" ({tally.notices[0]})" if tally.notices else ""
        raise BadInputError(f"no {form.what} found in {shown}{why}: name a file of X's with these columns")


def _sources(paths: Iterable[Path], tally: Tally) -> Iterator[tuple[Source, bool]]:
    """Each file and whether it was named itself; a file that is there twice comes once."""
    seen: set[str] = set()
    for path in paths:
        named = not path.is_dir()
        for file in [path] if named else _files(path):
            real = os.path.realpath(file)
            if real in seen:
                tally.notice(f"{_shown(file)} is named twice and was read once")
                continue
            seen.add(real)
            source = _look(file, tally)
            if source is None:
                continue
            if not archive.is_archive(source.head):
                yield source, named
                continue
            opened = archive.look(source)
            for refused in opened.refused:
                tally.notice(f"{_shown(file)}, {refused.row or 'archive'}: {refused.reason}")
            for member in opened.walk(_is_data):
                if isinstance(member, Rejected):
                    tally.notice(f"{_shown(file)}, {member.row}: {member.reason}")
                else:
                    yield member, False


def _files(folder: Path) -> Iterator[Path]:
    """The regular files below `folder`, in order, hidden ones left out."""

    def refuse(error: OSError) -> None:
        raise BadInputError(
            f"{_shown(folder)} cannot be read ({error.strerror}): check its permissions"
        ) from None

    for here, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            file = Path(here, name)
            if _is_data(str(file.relative_to(folder))) and file.is_file():
                yield file


def _is_data(name: str) -> bool:
    parts = Path(name).parts
    return "__MACOSX" not in parts and not any(part.startswith(".") for part in parts)


def _look(path: Path, tally: Tally) -> Source | None:
    """The file with its beginning; None where nothing of it can be read, which is noticed."""
    head = b""
    why = "is empty"
    try:
        for chunk in chunks(path):
            head += chunk
            if len(head) >= _LOOK:
                break
    except DamagedError as error:
        why = f"is damaged: {error.reason}"
    if not head:
        tally.notice(f"{_shown(path)} {why}")
        return None
    return Source(path, path.name, head[:_LOOK], partial(chunks, path))


def _table(source: Source, form: Form, must: bool, tally: Tally) -> Table | None:
    name = _shown(source.path)
    lines = b"".join(utf8(iter([source.head]))).split(b"\n")
    blank = sum(1 for _ in takewhile(lambda line: not line.strip(), lines))
    if blank == len(lines):
        tally.notice(f"{name} is empty")
        return None
    must = must or form.named.match(source.path.name) is not None
    columns = [cell.decode("utf-8", "replace").strip() for cell in lines[blank].split(b"\t")]
    if not set(columns) & set(form.order):
        headless = Layout.of(form, form.order[: len(columns)])
        if len(columns) in form.widths and headless.fits(lines[blank].split(b"\t")):
            return Table(name, source, headless, blank)
    if not must and not set(form.told_by) <= set(columns):
        if not any(other.named.match(source.path.name) for other in FORMS):
            tally.notice(f"{name} was left out: it has no columns of {form.what}")
        return None
    if len(columns) > _COLUMNS:
        raise BadInputError(f"{name}: more than {_COLUMNS} columns: X's {form.what} have {len(form.order)}")
    if lacking := form.lacks(columns):
        raise BadInputError(
            f"{name}: no column {lacking}: its first line must name the columns, as X's {form.what} do"
        )
    for column in form.read:
        if columns.count(column) > 1:
            raise BadInputError(f"{name}: two columns are called {column}: leave one out")
    _notice_absent(name, form, columns, tally)
    return Table(name, source, Layout.of(form, columns), blank + 1)


def _notice_absent(name: str, form: Form, columns: list[str], tally: Tally) -> None:
    absent = [column for column in form.optional if column not in columns]
    if absent:
        tally.notice(f"{name}: no column {', '.join(absent)}: what they say is not known")
    if form.flags and not set(form.flags) & set(columns):
        tally.notice(f"{name}: no columns of tags, such as {form.flags[0]}: none counts as ticked")


def _shown(path: str | Path) -> str:
    return label(os.fspath(path).encode(errors="replace").decode(), _PATH)
