"""What reading found: rows read, kept and rejected, each rejection with its reason, and what else a person should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

EXAMPLES = 5
"""Rejected rows that are shown."""
_NOTICES = 20

CUT = "the row is cut off"
TOO_FEW = "too few columns"
TOO_MANY = "too many columns"
STRAY = "a line that belongs to no row"


@dataclass(frozen=True)
class Reading:
    """`read` rows were read: `kept` of them are used, the others were `rejected`, each for one reason.

    Of the kept rows `repeated` were replaced by a later one of the same thing. `examples` are the first rejected rows,
    "file, line N: reason"; `notices` tell of files that are cut off, columns that are not there, and cells that were
    taken for empty.
    """

    read: int
    kept: int
    rejected: Counter[str]
    examples: tuple[str, ...]
    notices: tuple[str, ...]
    repeated: int = 0


@dataclass
class Rejections:
    """Rejected rows of one piece of a file: how many for each reason, the first ones, and the last line with one."""

    counts: Counter[str] = field(default_factory=Counter)
    first: list[tuple[int, str]] = field(default_factory=list)
    last: int = 0

    def add(self, line: int, reason: str) -> None:
        self.counts[reason] += 1
        self.last = max(self.last, line)
        if len(self.first) < EXAMPLES:
            self.first.append((line, reason))

    def add_all(self, lines: npt.NDArray[np.int64], reason: str) -> None:
        """The rows at these `lines` (rows,), ascending; none is fine."""
        if len(lines):
            self.counts[reason] += len(lines)
            self.last = max(self.last, int(lines[-1]))
            found = [(int(line), reason) for line in lines[:EXAMPLES]]
            self.first = sorted([*self.first, *found])[:EXAMPLES]


class Tally:
    """Adds up what was found in all files. `unclear` counts cells that were taken for empty."""

    def __init__(self) -> None:
        self.kept = 0
        self.unclear: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._examples: list[str] = []
        self._notices: dict[str, None] = {}
        self._left_out = 0

    def reject(self, file: str, rejections: Rejections) -> None:
        self._rejected += rejections.counts
        room = EXAMPLES - len(self._examples)
        self._examples += [
            f"{file}, line {line}: {reason}" for line, reason in sorted(rejections.first)[:room]
        ]

    def notice(self, text: str) -> None:
        """Adds a notice; one that is there already is not added, and of very many the rest is only counted."""
        if text in self._notices:
            return
        if len(self._notices) < _NOTICES:
            self._notices[text] = None
        else:
            self._left_out += 1

    @property
    def notices(self) -> Sequence[str]:
        more = [f"{self._left_out} more notices of this kind"] if self._left_out else []
        return [
            *self._notices,
            *more,
            *(f"{count} {what}" for what, count in sorted(self.unclear.items()) if count),
        ]

    def reading(self, repeated: int) -> Reading:
        rejected = self._rejected
        read = self.kept + rejected.total()
        return Reading(read, self.kept, rejected, tuple(self._examples), tuple(self.notices), repeated)
