"""JSON in, posts and rejected rows out: an object a line, or one array of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers.columns import no_text
from truthgpt.corpus.readers.lines import NOT_UTF8, Block, Faulty, utf8
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG, Rejected, excerpt
from truthgpt.corpus.readers.rows import Builder

Prepare = Callable[[Sequence[str]], Builder | None]
"""Keys of an object to what makes a post of its values, `None` if no key holds text."""

_NOT_OBJECT = "JSON that is not an object"
_NO_TEXT = "no key is known to hold text"
_PATIENCE = 1000
"""Objects without text at the beginning of a file after which there is no hope of any."""
_CACHED = 64
_CACHED_ROW = 1 << 16
_ESCAPED_BYTES = re.compile("[\udc80-\udcff]")
_SPACE = re.compile(r"[ \t\r\n]*")


def read(path: Path, blocks: Iterator[Block], prepare: Prepare) -> Iterator[Post | Rejected]:
    """The posts of JSON Lines. `BadInputError` if the file holds objects and none of them a text."""
    objects = _Objects(path, prepare)
    number = 0
    try:
        for lines, _ in blocks:
            for line in lines:
                number += 1
                if isinstance(line, Faulty):
                    yield from objects.reject(number, line.reason, line)
                elif not line.isspace():
                    yield from objects.take(number, line)
    except DamagedError as error:
        yield from objects.reject(number + 1, error.reason, error.rest)
    yield from objects.end()


def read_array(path: Path, chunks: Iterator[bytes], prepare: Prepare) -> Iterator[Post | Rejected]:
    """The posts of one JSON array, element by element, with the line on which each begins.

    Nothing can be found again after an element that is no JSON: the rest is rejected as one row.
    """
    objects = _Objects(path, prepare)
    decoder = json.JSONDecoder()
    buffer = _Buffer(chunks)
    buffer.peek()
    buffer.skip(1)  # the opening bracket: it told the format
    opened = True
    while True:
        mark = buffer.peek()
        if mark == "]" or not mark:
            break
        if not opened:
            if mark != ",":
                yield from objects.reject(
                    buffer.line, "not valid JSON: no comma, from here on", buffer.rest()
                )
                break
            buffer.skip(1)
            mark = buffer.peek()
        opened = False
        while True:
            try:
                _, end = decoder.raw_decode(buffer.text, buffer.at)
                # What ends with the buffer may go on: 1 of 12.
                if end < len(buffer.text) or not buffer.more():
                    break
            except (ValueError, RecursionError):
                if len(buffer.text) - buffer.at > MAX_ROW or not buffer.more():
                    end = 0
                    break
        size = end - buffer.at
        if size <= 0:
            long = len(buffer.text) - buffer.at > MAX_ROW
            reason = f"not valid JSON, or {TOO_LONG}, from here on" if long else "not valid JSON from here on"
            yield from objects.reject(buffer.line, buffer.damage or reason, buffer.rest())
            yield from objects.end()
            return
        raw = buffer.text[buffer.at : end]
        if _ESCAPED_BYTES.search(raw):
            yield from objects.reject(buffer.line, NOT_UTF8, raw)
        elif size > MAX_ROW:
            yield from objects.reject(buffer.line, TOO_LONG, raw)
        else:
            yield from objects.take(buffer.line, raw)
        buffer.skip(size)
    if not mark:
        yield from objects.reject(
            buffer.line, buffer.damage or "the file ends early: its array is not closed", ""
        )
    yield from objects.end()


class _Objects:
    """Makes posts of JSON texts; holds objects without a text back until the first that has one."""

    def __init__(self, path: Path, prepare: Prepare) -> None:
        self._path = path
        self._prepare = prepare
        self._builders: dict[tuple[str, ...], Builder | None] = {}
        self._held: list[Rejected] | None = []
        self._names: dict[str, None] = {}

    def take(self, number: int, raw: str) -> Iterator[Post | Rejected]:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            # The standard library also reads what other writers make: NaN, lone surrogates.
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError):
                yield from self.reject(number, "not valid JSON", raw)
                return
        if not isinstance(value, dict):
            yield from self.reject(number, _NOT_OBJECT, raw)
            return
        build = self._builder(tuple(value), len(raw))
        if build is None:
            yield from self._textless(number, value, raw)
            return
        if self._held is not None:
            yield from self._held
            self._held = None
        post = build(list(value.values()))
        yield post if isinstance(post, Post) else self._rejected(number, post, raw)

    def reject(self, number: int, reason: str, raw: str) -> Iterator[Rejected]:
        rejected = self._rejected(number, reason, raw)
        if self._held:
            self._held.append(rejected)  # in the order of the file
        else:
            yield rejected

    def end(self) -> Iterator[Rejected]:
        """`BadInputError` if there were objects and none of them had a text."""
        if self._held and self._names:
            raise no_text(self._path, list(self._names))
        yield from self._held or ()

    def _textless(self, number: int, value: dict[str, object], raw: str) -> Iterator[Rejected]:
        rejected = self._rejected(number, _NO_TEXT, raw)
        if self._held is None:
            yield rejected
            return
        self._held.append(rejected)
        for name in list(value)[:_CACHED]:
            if len(self._names) < _PATIENCE:
                self._names[name[:_CACHED]] = None
        if len(self._held) >= _PATIENCE:
            raise no_text(self._path, list(self._names))

    def _builder(self, keys: tuple[str, ...], size: int) -> Builder | None:
        try:
            return self._builders[keys]
        except KeyError:
            build = self._prepare(keys)
        if size <= _CACHED_ROW:
            if len(self._builders) >= _CACHED:
                self._builders.clear()
            self._builders[keys] = build
        return build

    def _rejected(self, number: int, reason: str, raw: str) -> Rejected:
        return Rejected(str(self._path), number, reason, excerpt(raw))


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

    def skip(self, size: int) -> None:
        """Takes `size` letters."""
        self.line += self.text.count("\n", self.at, self.at + size)
        self.at += size

    def rest(self) -> str:
        return self.text[self.at : self.at + MAX_ROW]

    def _append(self, text: str) -> None:
        self.text = self.text[self.at :] + text
        self.at = 0
