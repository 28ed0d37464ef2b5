"""A table in, its columns out, a piece of some MiB at a time, with the line that each row stands on.

X's files quote and escape nothing. The regular case is left to Arrow, which reads a piece in C++; a piece that it
refuses, for a row of another number of columns or bytes that are no UTF-8, is read once more, line by line, and mended:
a newline within a text has broken its row into lines, which are joined until the row has its columns. A piece is cut
where a row begins, so that no piece needs another, and several are read at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from truthgpt.corpus.readers.lines import utf8
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG
from truthgpt.notes.files import mend
from truthgpt.notes.files.layout import Layout
from truthgpt.notes.files.reading import CUT, Rejections, Tally
from truthgpt.notes.files.sources import Table

PIECE = 1 << 22
"""Bytes that are read at once."""
_WORKERS = 2
_AHEAD = 2 * _WORKERS
_BACK = 10_000
"""Lines that are looked through for the beginning of a row; one of more lines is given up."""
_ON = ["1", "1.0", "true", "True"]
_OFF = ["0", "0.0", "false", "False"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Piece:
    """Whole lines of a file, of which the first is line `line`; `open_end`: nothing ends the last one."""

    data: bytes
    line: int
    open_end: bool = False
    rejections: Rejections = field(default_factory=Rejections)


@dataclass(frozen=True)
class Rows:
    """n rows: their `columns`, text or flags, the `lines` that they stand on, and what was rejected around them."""

    columns: dict[str, pa.Array]
    lines: npt.NDArray[np.int64]
    rejections: Rejections

    def only(self, kept: npt.NDArray[np.bool_]) -> Rows:
        """Those of which `kept` (n,) is true."""
        if kept.all():
            return self
        mask = pa.array(kept)
        columns = {name: column.filter(mask) for name, column in self.columns.items()}
        return Rows(columns, self.lines[kept], self.rejections)


def results(
    table: Table, columns: tuple[str, ...], work: Callable[[Rows], Result], tally: Tally
) -> Iterator[Result]:
    """What `work` makes of each piece of a table, in order; it is called in other threads. Of `columns` those are read
    that the table has. The rejections of a piece are added to `tally` once `work` has added its own."""
    layout = table.layout
    wanted = tuple(name for name in columns if name in layout.places)

    def do(piece: Piece) -> tuple[Piece, Rejections, Result]:
        rows = _read(piece, layout, wanted)
        return piece, rows.rejections, work(rows)

    def take(done: Future[tuple[Piece, Rejections, Result]]) -> Result:
        piece, rejections, result = done.result()
        tally.reject(table.name, rejections)
        last = piece.line + piece.data.count(b"\n")
        if piece.open_end and (CUT in rejections.counts or rejections.last == last):
            tally.notice(f"{table.name} ends in the middle of a row: it seems to be cut off")
        return result

    pending: deque[Future[tuple[Piece, Rejections, Result]]] = deque()
    pool = ThreadPoolExecutor(_WORKERS)
    try:
        for piece in _pieces(table, tally):
            pending.append(pool.submit(do, piece))
            if len(pending) > _AHEAD:
                yield take(pending.popleft())
        while pending:
            yield take(pending.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _pieces(table: Table, tally: Tally) -> Iterator[Piece]:
    """The rows of a table in pieces, each cut where a row begins. A line longer than a piece is left out."""
    held = bytearray()
    line = table.skipped + 1
    rejections = Rejections()
    endless = False
    damage = ""
    stream = _after(utf8(table.source.chunks()), table.skipped)
    while True:
        try:
            chunk = next(stream, None)
        except DamagedError as error:
            damage, chunk = error.reason, None
        if chunk is None:
            break
        if endless:
            end = chunk.find(b"\n") + 1
            if not end:
                continue
            endless, line, chunk = False, line + 1, chunk[end:]
        held += chunk
        if len(held) < PIECE:
            continue
        cut = _cut(held, table.layout)
        if cut:
            yield Piece(bytes(held[:cut]), line, rejections=rejections)
            rejections = Rejections()
            line += held.count(b"\n", 0, cut)
            del held[:cut]
        else:
            rejections.add(line, TOO_LONG)
            held.clear()
            endless = True
    whole = held.rfind(b"\n") + 1
    if damage:
        tally.notice(f"{table.name}: {damage}; all whole rows before that were read")
        if whole < len(held):
            rejections.add(line + held.count(b"\n"), CUT)
            del held[whole:]
    yield Piece(bytes(held), line, whole < len(held), rejections)


def _after(stream: Iterator[bytes], lines: int) -> Iterator[bytes]:
    """The stream without its first `lines`."""
    for chunk in stream:
        at = 0
        while lines and (end := chunk.find(b"\n", at) + 1):
            lines, at = lines - 1, end
        if not lines:
            yield chunk[at:] if at else chunk


def _cut(held: bytearray, layout: Layout) -> int:
    """Where the last row that begins in `held` does so; the end of its last line where none is found, 0 without one."""
    last = end = held.rfind(b"\n")
    for _ in range(_BACK):
        start = held.rfind(b"\n", 0, max(0, end)) + 1
        if start == 0 or last - start > MAX_ROW:
            break
        if layout.begins(bytes(held[start:end]).split(b"\t")):
            return start
        end = start - 1
    return last + 1


def _read(piece: Piece, layout: Layout, wanted: tuple[str, ...]) -> Rows:
    return _regular(piece, layout, wanted) or _mended(piece, layout, wanted)


def _regular(piece: Piece, layout: Layout, wanted: tuple[str, ...]) -> Rows | None:
    """The rows of a piece in which each line is one; None where it is not so."""
    data = piece.data
    count = data.count(b"\n") + (not data.endswith(b"\n"))
    if not data or _has_odd_ends(data):
        return None
    flags = layout.form.flags
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=[str(at) for at in range(layout.width)],
            ),
            csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(
                include_columns=[str(layout.places[name]) for name in wanted],
                column_types={
                    str(layout.places[name]): pa.bool_() if name in flags else pa.string() for name in wanted
                },
                null_values=["", "nan", "NaN"],
                true_values=_ON,
                false_values=_OFF,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != count:
        return None
    columns = {
        name: pa.concat_arrays(column.chunks) for name, column in zip(wanted, table.columns, strict=True)
    }
    return Rows(columns, np.arange(piece.line, piece.line + count), piece.rejections)


def _has_odd_ends(data: bytes) -> bool:
    """Whether there are lines that Arrow sees otherwise: blank ones are rows to it, a carriage return alone ends one."""
    if data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data:
        return True
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")


def _mended(piece: Piece, layout: Layout, wanted: tuple[str, ...]) -> Rows:
    rows, lines = mend.rows(piece.data, piece.line, layout, piece.open_end, piece.rejections)
    columns: dict[str, pa.Array] = {}
    for name in wanted:
        place = layout.places[name]
        cells = [row[place].decode("utf-8", "replace") for row in rows]
        flag = name in layout.form.flags
        columns[name] = (
            pa.array([cell in _ON for cell in cells], pa.bool_()) if flag else pa.array(cells, pa.string())
        )
    return Rows(columns, np.array(lines, np.int64), piece.rejections)
