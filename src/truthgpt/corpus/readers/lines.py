"""Chunks of bytes in, lines of text out, a block at a time; a line that cannot be text says so itself.

Read are UTF-8, with or without a byte-order mark, and UTF-16 with one. A line ends at `\\n`, never at the
other characters that `str.splitlines` knows: U+2028 is a legal letter of a post.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.rejected import EXCERPT, MAX_ROW, TOO_LONG

NOT_UTF8 = "not UTF-8"
NUL = "holds NUL bytes"


class Faulty(str):
    """A line that is no text, as far as it can be shown, at its place among the others; `reason` says why."""

    __slots__ = ("reason",)

    reason: str

    def __new__(cls, text: str, reason: str) -> Faulty:
        line = super().__new__(cls, text)
        line.reason = reason
        return line


Block = tuple[list[str], bool]
"""Lines with their ends, and whether a `Faulty` one is among them."""


def utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte-order mark, also where it was UTF-16; errors stay errors."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 3:
            break
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="surrogatepass")
    yield decoder.decode(head).encode("utf-8", "surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"  # half a character at the end: no UTF-8 either


def blocks(chunks: Iterator[bytes]) -> Iterator[Block]:
    """The lines of a text, in blocks of about a chunk.

    A line over 1 MiB is skipped with bounded memory and given as `Faulty` with its beginning. Raises
    `DamagedError` after the last whole line, with the beginning of the one that was cut off in its `rest`.
    """
    held: list[bytes] = []
    size = 0
    damaged: DamagedError | None = None
    stream = utf8(chunks)
    while True:
        try:
            chunk = next(stream, None)
        except DamagedError as error:
            damaged = error
            break
        if chunk is None:
            break
        end = chunk.rfind(b"\n") + 1
        if not end:
            size += len(chunk)
            if size <= MAX_ROW:
                held.append(chunk)
            elif held and len(held[0]) > 4 * EXCERPT:
                held = [held[0][: 4 * EXCERPT]]
            continue
        first = chunk.find(b"\n") + 1
        if size + first > MAX_ROW + 1:
            yield [_too_long(b"".join([*held, chunk[: 4 * EXCERPT]]))], True
            body = chunk[first:end]
        else:
            body = b"".join([*held, chunk[:end]])
        if body:
            yield _block(body)
        held, size = [chunk[end:]], len(chunk) - end
    if damaged is not None:
        damaged.rest = b"".join(held)[: 4 * EXCERPT].decode("utf-8", "replace")
        raise damaged
    if size > MAX_ROW:
        yield [_too_long(b"".join(held))], True
    elif size:
        yield _block(b"".join(held))


def _block(body: bytes) -> Block:
    if b"\0" not in body:
        try:
            return list(io.StringIO(body.decode(), newline="\n")), False
        except UnicodeDecodeError:
            pass
    lines = [_line(line) for line in io.BytesIO(body)]
    return lines, any(isinstance(line, Faulty) for line in lines)


def _line(line: bytes) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Faulty(line.decode("utf-8", "replace"), NOT_UTF8)
    return Faulty(text, NUL) if "\0" in text else text


def _too_long(beginning: bytes) -> Faulty:
    # Without quotes: what is left of the line must not open or close a field of CSV.
    text = beginning.decode("utf-8", "replace").replace('"', " ").split("\n", 1)[0]
    return Faulty(text[:EXCERPT] + "\n", TOO_LONG)
