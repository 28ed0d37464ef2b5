"""Checkpoints: a log's size and root, signed (C2SP tlog-checkpoint)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from truthgpt.errors import BadInputError
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import note
from truthgpt.oversight.log.merkle import EMPTY, HASH
from truthgpt.oversight.log.note import Note, Verifier

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its `origin` (name), its `size` in entries, and the root of its tree, 32 bytes.

    `extensions` are further lines, which this project never writes and hands through.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text: origin, «the ASCII decimal representation of the number of leaves», «the base64 encoding of
        the root», and the extensions, a line each."""
        lines = (self.origin, str(self.size), note.encoded(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    def signed(self, key: SigningKey) -> bytes:
        """The signed note; «the log's key name in its signature line SHOULD match the origin line»."""
        return bytes(note.signed(self.text(), self.origin, key))


def parse(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Raises `BadInputError` when it is none."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _LINES or not all(lines):
        raise BadInputError("the note is no checkpoint: three lines with origin, size and root are needed")
    origin, size, root, *extensions = lines
    if not _NUMBER.fullmatch(size):
        raise BadInputError(
            f"the checkpoint's second line is {size[:40]!r}, where a number of entries is needed"
        )
    try:
        hash_ = note.decoded(root)
    except ValueError:
        hash_ = b""
    if len(hash_) != HASH:
        raise BadInputError(
            f"the checkpoint's third line is {root[:60]!r}, where a SHA-256 in Base64 is needed"
        )
    if size == "0" and hash_ != EMPTY:
        raise BadInputError("the checkpoint gives an empty log a root that no empty log has")
    return Checkpoint(origin, int(size), hash_, tuple(extensions))


def opened(content: bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint in the signed note `content`, once one of `verifiers` of its origin is seen to have signed it.

    Raises `BadInputError` when it is none, or its signature is wrong or by no key that is known.
    """
    return opened_note(note.parse(content), verifiers)


def opened_note(given: Note, verifiers: Iterable[Verifier]) -> Checkpoint:
    """As `opened`, of a note that was read already."""
    note.check(given, verifiers)
    return parse(given.text)
