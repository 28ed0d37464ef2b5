"""Quarantine files in; out, the same files without what rejected rows held of posts that are forgotten.

A rejected row is a piece of an export that could not be read, so nothing says for certain whose it is. A row is taken
for a forgotten post's when it holds the post's id, the author's name or the opening words of the text. The row's file, line
and reason stay; what it held is blanked. That blanks a row too many now and then, which costs nobody anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson

from truthgpt.corpus import durable
from truthgpt.corpus.consent.optout import Subject, handle

BLANKED = "its text was forgotten"
"""What a blanked row's reason ends with."""

_WORD = re.compile(r"[\w-]+")
_OPENING = 5
"""Words of a text that it is told by; it is not looked for when they have under `_TELLING` characters."""
_TELLING = 12
_SHORTEST = 4
"""Characters that the id on its platform must have to be told from a number in any row."""


class Traces:
    """What the rows of forgotten posts are told by."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._runs: set[tuple[str, ...]] = set()

    def add(self, subject: Subject) -> None:
        """A post's id, or an author's name."""
        if subject.kind == "author":
            self._add(handle(subject.name))
            return
        native = subject.name.rpartition(":")[2]
        self._add(subject.name)
        if len(native) >= _SHORTEST:
            self._add(native)

    def add_text(self, text: str) -> None:
        """The text of a forgotten post."""
        opening = tuple(_WORD.findall(text[:1_000].casefold())[:_OPENING])
        if sum(map(len, opening)) >= _TELLING:
            self._runs.add(opening)

    def _add(self, name: str) -> None:
        words = tuple(_WORD.findall(name.casefold()))
        if len(words) == 1:
            self._words.add(words[0])
        elif words:
            self._runs.add(words)

    def are_in(self, row: str) -> bool:
        """Whether `row` holds one of them."""
        words = _WORD.findall(row.casefold())
        if not self._words.isdisjoint(words):
            return True
        lengths = {len(run) for run in self._runs}
        return any(
            tuple(words[start : start + length]) in self._runs
            for length in lengths
            for start in range(len(words) - length + 1)
        )


def scrub(folder: Path, traces: Traces) -> int:
    """Blank the rows in the quarantine files of `folder` that hold `traces`; how many there were.

    A file is replaced whole or left as it was. Raises `MissingError` where the disk is full.
    """
    blanked = 0
    for path in sorted((*folder.glob("*.jsonl"), *folder.glob("*.jsonl.part"))):
        held = sum(1 for row in _rows(path) if _holds(row, traces))
        if held:
            durable.write(path, (_blank(row, traces) for row in _rows(path)), mode=0o600)
            blanked += held
    return blanked


def _rows(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _held(line: bytes) -> dict[str, object]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None  # the last line of an import that was killed
    return (
        row
        if isinstance(row, dict)
        else {"file": "", "line": 0, "reason": "", "row": line.decode(errors="replace")}
    )


def _holds(line: bytes, traces: Traces) -> bool:
    return traces.are_in(f"{_held(line).get('row', '')}\n{_held(line).get('reason', '')}")


def _blank(line: bytes, traces: Traces) -> bytes:
    if not _holds(line, traces):
        return line
    row = _held(line)
    reason = str(row.get("reason", ""))
    kept = BLANKED if traces.are_in(reason) or not reason else f"{reason}; {BLANKED}"
    return orjson.dumps({**row, "reason": kept, "row": ""}, option=orjson.OPT_APPEND_NEWLINE)
