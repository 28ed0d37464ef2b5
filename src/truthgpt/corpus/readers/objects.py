"""JSON text in, its objects out, one by one, each with its line; what is no object is a rejected row.

Read are an object a line, one array of objects, the same behind a JavaScript assignment (`window.x = [`), and the
array under one key of a single object. Memory is bounded by elements of 1 MiB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from truthgpt.corpus.readers.lines import NOT_UTF8, Faulty, blocks, utf8
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG, Rejected, excerpt
from truthgpt.corpus.readers.source import Source

NOT_OBJECT = "JSON that is not an object"

_INVALID = "not valid JSON from here on"

_ESCAPED_BYTES = re.compile("[\udc80-\udcff]")
_SPACE = re.compile(r"[ \t\r\n]*")
_ASSIGNED = re.compile(r"[\w.$]{1,200}\s*=\s*(?=[\[{])")
_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class Item:
    """One JSON object: the `line` on which it begins, from 1, and its text as it stands in the file."""

    line: int
    value: dict[str, Any]
    raw: str
    path: Path

    def rejected(self, reason: str) -> Rejected:
        return Rejected(str(self.path), self.line, reason, excerpt(self.raw))


Found: TypeAlias = Item | Rejected


def objects(source: Source) -> Iterator[Found]:
    """The objects of JSON Lines, or of an array where the file begins with one or with an assignment of one."""
    return array(source) if source.text.startswith("[") or _ASSIGNED.match(source.text) else lines(source)


def lines(source: Source) -> Iterator[Found]:
    """The objects of JSON Lines."""
    number = 0
    try:
        for block, _ in blocks(source.chunks()):
            for line in block:
                number += 1
                if isinstance(line, Faulty):
                    yield _rejected(source, number, line.reason, line)
                elif not line.isspace():
                    yield _item(source, number, line)
    except DamagedError as error:
        yield _rejected(source, number + 1, error.reason, error.rest)


def array(source: Source, key: str | None = None) -> Iterator[Found]:
    """The objects of one JSON array, or of the array under `key` of the file's one object.

    Nothing can be found again after an element that is no JSON: the rest is rejected as one row.
    """
    buffer = _Buffer(source.chunks())
    if assigned := buffer.match(_ASSIGNED):
        buffer.skip(len(assigned))
    found = "" if key is None else _to_key(source, buffer, key)
    if not found and buffer.peek() != "[":
        found = "no array of objects"
    if found:
        yield _rejected(source, buffer.line, buffer.damage or found, buffer.rest())
        return
    yield from _elements(source, buffer)


def _to_key(source: Source, buffer: _Buffer, key: str) -> str:
    """Moves on to the value of `key`; why that cannot be done, `""` if it can."""
    if buffer.peek() != "{":
        return NOT_OBJECT
    buffer.skip(1)
    while True:
        if buffer.peek() in ("}", ""):
            return f"no {key} in it"
        size = buffer.size()
        name = buffer.text[buffer.at : buffer.at + size]
        buffer.skip(size)
        if not size or buffer.peek() != ":":
            return _INVALID
        buffer.skip(1)
        buffer.peek()
        if name == f'"{key}"':
            return ""
        size = buffer.size()
        if not size:
            return _INVALID
        buffer.skip(size)
        if buffer.peek() == ",":
            buffer.skip(1)


def _elements(source: Source, buffer: _Buffer) -> Iterator[Found]:
    buffer.skip(1)  # the opening bracket
    opened = True
    while True:
        mark = buffer.peek()
        if mark == "]":
            return
        if not mark:
            why = buffer.damage or "the file ends early: its array is not closed"
            yield _rejected(source, buffer.line, why, "")
            return
        if not opened:
            if mark != ",":
                yield _rejected(source, buffer.line, "not valid JSON: no comma, from here on", buffer.rest())
                return
            buffer.skip(1)
            buffer.peek()
        opened = False
        size = buffer.size()
        if not size:
            too_long = len(buffer.text) - buffer.at > MAX_ROW
            reason = f"not valid JSON, or {TOO_LONG}, from here on" if too_long else _INVALID
            yield _rejected(source, buffer.line, buffer.damage or reason, buffer.rest())
            return
        raw = buffer.text[buffer.at : buffer.at + size]
        if _ESCAPED_BYTES.search(raw):
            yield _rejected(source, buffer.line, NOT_UTF8, raw)
        elif size > MAX_ROW:
            yield _rejected(source, buffer.line, TOO_LONG, raw)
        else:
            yield _item(source, buffer.line, raw)
        buffer.skip(size)


def _item(source: Source, number: int, raw: str) -> Found:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        # The standard library also reads what other writers make: NaN, lone surrogates.
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return _rejected(source, number, "not valid JSON", raw)
    if not isinstance(value, dict):
        return _rejected(source, number, NOT_OBJECT, raw)
    return Item(number, value, raw, source.path)


def _rejected(source: Source, number: int, reason: str, raw: str) -> Rejected:
    return Rejected(str(source.path), number, reason, excerpt(raw))


class _Buffer:
    """A window on the text of a file: `text[at:]` is what has not been taken yet."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.text = ""
        self.at = 0
        self.line = 1
        self.damage = ""
        self._chunks = utf8(chunks)
        self._left = b""

    def more(self) -> bool:
        """Reads on; whether there was anything."""
        try:
            chunk = next(self._chunks, None)
        except DamagedError as error:
            self.damage = error.reason
            chunk = None
        if chunk is None:
            left, self._left = self._left.decode("utf-8", "surrogateescape"), b""
            self._append(left)
            return bool(left)
        data = self._left + chunk
        # A letter of several bytes may be cut: at most its first three wait for the rest.
        cut = next((back for back in (1, 2, 3) if len(data) >= back and data[-back] >= 0xC0), 0)
        self._left = data[len(data) - cut :]
        self._append(data[: len(data) - cut].decode("utf-8", "surrogateescape"))
        return True

    def peek(self) -> str:
        """The next letter that is no blank, `""` at the end of the file."""
        while True:
            blank = _SPACE.match(self.text, self.at)
            self.skip(blank.end() - self.at if blank else 0)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def match(self, pattern: re.Pattern[str]) -> str:
        """What `pattern` matches from here on, blanks aside, within what has been read; `""` if nothing."""
        self.peek()
        found = pattern.match(self.text, self.at)
        return found.group() if found else ""

    def skip(self, size: int) -> None:
        """Takes `size` letters."""
        self.line += self.text.count("\n", self.at, self.at + size)
        self.at += size

    def size(self) -> int:
        """How many letters the JSON value that begins here has, 0 if it is none or does not end within 1 MiB."""
        while True:
            try:
                _, end = _DECODER.raw_decode(self.text, self.at)
                # What ends with the buffer may go on: 1 of 12.
                if end < len(self.text) or not self.more():
                    return end - self.at
            except (ValueError, RecursionError):
                if len(self.text) - self.at > MAX_ROW or not self.more():
                    return 0

    def rest(self) -> str:
        return self.text[self.at : self.at + MAX_ROW]

    def _append(self, text: str) -> None:
        self.text = self.text[self.at :] + text
        self.at = 0
