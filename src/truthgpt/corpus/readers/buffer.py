"""The bytes of one JSON text in, a window on it out that moves from value to value and never holds more than a row.

The standard library's decoder finds where a value ends; it has to begin anew when the text is cut off within one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from truthgpt.corpus.readers.lines import utf8
from truthgpt.corpus.readers.open import CHUNK, DamagedError
from truthgpt.corpus.readers.rejected import MAX_ROW, TOO_LONG

_DEEPEST = 32
"""Objects and arrays within each other that are passed over where they are longer than a row."""

INVALID = "not valid JSON from here on"
_ENDS_EARLY = "the file ends early: its array is not closed"

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


class LostError(Exception):
    """Nothing can be found any more in what is no JSON; `reason` says what is wrong from here on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Buffer:
    """A window on the text of a file: `text[at:]` is what has not been taken yet, `line` the one that it begins on.

    Bytes that are no UTF-8 are lone surrogates in it. `damage` says why the bytes broke off, if they did.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.text = ""
        self.at = 0
        self.line = 1
        self.damage = ""
        self._chunks = utf8(chunks)
        self._left = b""

    def more(self) -> bool:
        """Reads on; whether there was anything."""
        pieces = [self._left]
        size = 0
        # A value is decoded anew with each addition: in pieces of some bytes that would take for ever.
        while size < CHUNK // 2 and (chunk := self._chunk()):
            pieces.append(chunk)
            size += len(chunk)
        data = b"".join(pieces)
        # A letter of several bytes may be cut: at most its first three wait for the rest.
        cut = (
            next((back for back in (1, 2, 3) if len(data) >= back and data[-back] >= 0xC0), 0) if size else 0
        )
        self._left = data[len(data) - cut :]
        if not data:
            return False
        self.text = self.text[self.at :] + data[: len(data) - cut].decode("utf-8", "surrogateescape")
        self.at = 0
        return True

    def _chunk(self) -> bytes:
        """The next bytes, none at the end."""
        try:
            # The first chunk is empty where it held nothing but a byte-order mark.
            return next((chunk for chunk in self._chunks if chunk), b"")
        except DamagedError as error:
            self.damage = error.reason
            return b""

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
        """What is left, as far as it has been read and no more than a row."""
        return self.text[self.at : self.at + MAX_ROW]

    def take(self) -> str:
        """The JSON text of the value that begins here. `LostError` if it is none or longer than a row."""
        size = self.size()
        if not size:
            too_long = len(self.text) - self.at > MAX_ROW
            raise LostError(
                self.damage or (f"not valid JSON, or {TOO_LONG}, from here on" if too_long else INVALID)
            )
        raw = self.text[self.at : self.at + size]
        self.skip(size)
        return raw

    def elements(self) -> Iterator[int]:
        """Stops at each element of the array that begins here, with the line that it begins on; its user takes it."""
        if self.peek() != "[":
            raise LostError(self.damage or "no array")
        self.skip(1)
        mark = self.peek()
        while mark and mark != "]":
            yield self.line
            mark = self.peek()
            if mark == ",":
                self.skip(1)
                self.peek()
            elif mark and mark != "]":
                raise LostError("not valid JSON: no comma, from here on")
        if not mark:
            raise LostError(self.damage or _ENDS_EARLY)
        self.skip(1)

    def members(self) -> Iterator[str]:
        """Stops at the value of each key of the object that begins here; its user takes it."""
        if self.peek() != "{":
            raise LostError(self.damage or "JSON that is not an object")
        self.skip(1)
        mark = self.peek()
        while mark != "}":
            if mark != '"':
                raise LostError(self.damage or INVALID)
            key = json.loads(self.take())
            if self.peek() != ":":
                raise LostError(self.damage or INVALID)
            self.skip(1)
            self.peek()
            yield key
            mark = self.peek()
            if mark == ",":
                self.skip(1)
                mark = self.peek()
            elif mark != "}":
                raise LostError(self.damage or INVALID)
        self.skip(1)

    def pass_over(self, depth: int = _DEEPEST) -> None:
        """Moves past the value that begins here, however long it is."""
        mark = self.peek()
        if size := self.size():
            self.skip(size)
        elif mark == "{" and depth:
            for _ in self.members():
                self.pass_over(depth - 1)
        elif mark == "[" and depth:
            for _ in self.elements():
                self.pass_over(depth - 1)
        else:
            self.take()
