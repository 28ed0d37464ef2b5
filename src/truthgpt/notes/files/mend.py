"""Lines in, rows out: those that a newline or a tab within a text has broken are put together again."""

from __future__ import annotations

from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG
from truthgpt.notes.files.layout import Layout
from truthgpt.notes.files.reading import CUT, STRAY, TOO_FEW, TOO_MANY, Rejections

_HOPELESS = 64
"""Columns too many, from which on nobody looks whether a row is whole."""


def rows(
    data: bytes, line: int, layout: Layout, open_end: bool, rejections: Rejections
) -> tuple[list[list[bytes]], list[int]]:
    """The rows of `data`, each of the layout's number of cells, and the lines that they begin on, the first being `line`.

    What cannot be mended is added to `rejections`; `open_end` says that the file stops within its last line.
    """
    found = _Open(layout, rejections)
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, text in enumerate(lines, start=line):
        found.take(text.removesuffix(b"\r"), number)
    found.close(CUT if open_end else TOO_FEW)
    return found.rows, found.lines


class _Open:
    """The row that is open: its first line and all after it that begin no other.

    `_whole` of its lines are a row already, as far as one can see; the others may yet belong to it, where its text has
    tabs, too, which look like ends of cells.
    """

    def __init__(self, layout: Layout, rejections: Rejections) -> None:
        self.rows: list[list[bytes]] = []
        self.lines: list[int] = []
        self._layout = layout
        self._rejections = rejections
        self._parts: list[bytes] = []
        self._line = self._columns = self._size = self._whole = 0
        self._endless = False

    def take(self, text: bytes, number: int) -> None:
        cells = text.split(b"\t")
        if self._layout.begins(cells):
            self.close(TOO_FEW)
            self._line, self._columns, self._size, self._whole = number, 1, 0, 0
            self._endless = False
        elif not self._parts:
            if text.strip():
                self._rejections.add(number, STRAY)
            return
        self._size += len(text) + 1
        if self._size > MAX_ROW and self._parts:
            self._endless = True
            return
        self._parts.append(text)
        self._columns += len(cells) - 1
        extra = self._columns - self._layout.width
        if not self._whole and 0 <= extra < _HOPELESS and (len(cells) > 1 or len(self._parts) == 1):
            self._whole = len(self._parts) * self._layout.fits(self._cells(len(self._parts)))

    def close(self, why: str) -> None:
        """Ends the open row. One that lacks columns is rejected, for the reason `why`."""
        parts, width = len(self._parts), self._layout.width
        if not parts:
            return
        cells = self._cells(parts)
        if self._endless:
            self._rejections.add(self._line + self._whole, TOO_LONG)
            parts = self._whole
        elif self._whole and self._whole < parts and not self._is_row(cells):
            for number in range(self._whole, parts):
                if self._parts[number].strip():
                    self._rejections.add(self._line + number, STRAY)
            parts = self._whole
        elif len(cells) != width:
            self._rejections.add(self._line, why if len(cells) < width else TOO_MANY)
            parts = 0
        if parts:
            self.rows.append(self._cells(parts))
            self.lines.append(self._line)
        self._parts = []

    def _is_row(self, cells: list[bytes]) -> bool:
        """Whether these are the cells of a row of which the text alone is on several lines."""
        text = self._layout.text
        if text is None or len(cells) != self._layout.width or not self._layout.fits(cells):
            return False
        return not any(b"\n" in cell for cell in cells[text + 1 :])

    def _cells(self, parts: int) -> list[bytes]:
        return self._layout.joined(b"\n".join(self._parts[:parts]).split(b"\t"))
