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

from truthgpt.corpus.readers.buffer import Buffer, LostError
from truthgpt.corpus.readers.lines import NOT_UTF8, Faulty, blocks
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG, Rejected, excerpt
from truthgpt.corpus.readers.source import Source

NOT_OBJECT = "JSON that is not an object"

_ASSIGNED = re.compile(r"[\w.$]{1,200}\s*=\s*(?=[\[{])")


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
    buffer = Buffer(source.chunks())
    if assigned := buffer.match(_ASSIGNED):
        buffer.skip(len(assigned))
    try:
        if key is not None:
            _to_key(buffer, key)
        yield from elements(source, buffer)
    except LostError as error:
        yield _rejected(source, buffer.line, error.reason, buffer.rest())


def elements(source: Source, buffer: Buffer) -> Iterator[Found]:
    """The objects of the array that begins in `buffer`. Raises `LostError` where one is no JSON."""
    for line in buffer.elements():
        raw = buffer.take()
        if not _is_utf8(raw):
            yield _rejected(source, line, NOT_UTF8, raw)
        elif len(raw) > MAX_ROW:
            yield _rejected(source, line, TOO_LONG, raw)
        else:
            yield _item(source, line, raw)


def _is_utf8(raw: str) -> bool:
    """Whether no byte of it is a lone surrogate, as the buffer writes those that are no UTF-8."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        return False
    return True


def _to_key(buffer: Buffer, key: str) -> None:
    """Moves on to the value of `key`."""
    for found in buffer.members():
        if found == key:
            return
        buffer.pass_over()
    raise LostError(f"no {key} in it")


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
