"""Where the columns of one file stand, and which of its lines begin a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from truthgpt.notes.files.forms import Form

MAX_ID = 256
"""Characters of an id at most: X's are of 19 digits, or of 64 hexadecimal ones."""

_TOLD = 3
"""Cells that look right in a line of too few: so many are no accident."""
_ID = rb"[^\x00-\x20\x7f]{1,%d}" % MAX_ID
_NUMBER = re.compile(rb"(?:-?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE]\+?[0-9]{1,2})?)?")
_KINDS = {
    **dict.fromkeys(("noteId", "raterParticipantId", "participantId"), re.compile(_ID)),
    "noteAuthorParticipantId": re.compile(rb"(?:%s)?" % _ID),
    **dict.fromkeys(("helpfulnessLevel", "firstNonNMRStatus"), re.compile(rb"[A-Z_]*")),
    **dict.fromkeys(("classification", "currentStatus"), re.compile(rb"[A-Z_]+")),
}


@dataclass(frozen=True)
class Layout:
    """The columns of a file: `width` of them, `places` of those that are read, `text` the place of the one that people
    write freely, if it has one, and `cells` what cells of known columns look like."""

    form: Form
    width: int
    places: Mapping[str, int]
    text: int | None
    cells: tuple[tuple[int, re.Pattern[bytes]], ...]

    @classmethod
    def of(cls, form: Form, columns: Sequence[str]) -> Layout:
        wanted = set(form.read) | {form.text}
        places = {name: place for place, name in enumerate(columns) if name in wanted and name}
        kinds = {**_KINDS, **dict.fromkeys(form.numbers, _NUMBER)}
        cells = tuple((place, kinds[name]) for place, name in enumerate(columns) if name in kinds)
        return cls(form, len(columns), places, places.get(form.text), cells)

    @cached_property
    def _enough(self) -> int:
        """Cells that the first line of a broken row has at least: those by which it is told from a piece of a text."""
        if self.text is None:
            told = [place for place, _ in self.cells][:_TOLD]
            return 1 + max(told, default=self.width)
        told = [place for place, _ in self.cells if place < self.text]
        return 1 + (max(told) if len(told) >= _TOLD else self.text)

    def fits(self, cells: Sequence[bytes]) -> bool:
        """Whether the cells, as far as they go, look as those of their columns do."""
        return all(kind.fullmatch(cells[place]) for place, kind in self.cells if place < len(cells))

    def begins(self, cells: Sequence[bytes]) -> bool:
        """Whether a line with these cells begins a row, and does not go on with one that a newline broke."""
        if len(cells) >= self.width:
            return True
        return len(cells) >= self._enough and self.fits(cells[: self.text])

    def joined(self, cells: list[bytes]) -> list[bytes]:
        """The cells of a row; tabs too many are taken for letters of its text, if it has one."""
        extra = len(cells) - self.width
        if extra <= 0 or extra >= self.width - 1 or self.text is None:
            return cells
        end = self.text + extra + 1
        return [*cells[: self.text], b"\t".join(cells[self.text : end]), *cells[end:]]
