"""Proofs that stand alone: that an entry is in a log, as a text to keep beside what was logged (C2SP tlog-proof)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from truthgpt.errors import BadInputError
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import merkle, note
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.merkle import HASH, ProofError
from truthgpt.oversight.log.note import LARGEST, Verifier

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
"""«Proofs SHOULD be stored with file extension .tlog-proof.»"""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LONGEST = 63
"""Hashes of the longest path."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That the tree of a checkpoint holds an entry at `index`: the hashes from its sibling up, and the signed `checkpoint`.

    `extra` is whatever its maker adds; nothing signs it.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __bytes__(self) -> bytes:
        """The text of C2SP tlog-proof: header, extra data, index, the path's hashes, an empty line, the checkpoint verbatim."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {note.encoded(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [note.encoded(hash_) for hash_ in self.path]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    def check(self, entry: bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
        """The checkpoint, once its signature by one of `verifiers` and the path of `entry` to its root are seen to be right.

        Raises `BadInputError` where either is not. Cosignatures are `witness.cosignatures`' to count.
        """
        found = checkpoints.opened(self.checkpoint, verifiers)
        try:
            merkle.check_inclusion(merkle.leaf_hash(entry), self.index, found.size, self.path, found.root)
        except ProofError as error:
            raise BadInputError(f"the proof does not hold: {error}") from None
        return found


def parse(content: bytes) -> Proof:
    """What `bytes` of a `Proof` wrote; nothing is verified yet. Raises `BadInputError` when it is none."""
    if len(content) > LARGEST:
        raise BadInputError(f"a proof of {len(content):,} bytes is longer than {LARGEST:,}")
    head, gap, checkpoint = content.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        header, lines = "", []
    if not gap or header != HEADER:
        raise BadInputError(
            f"this is no proof: its first line must be `{HEADER}`, with an empty line before the checkpoint"
        )
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = _decoded(lines.pop(0).removeprefix("extra "), "the extra data")
    index = lines.pop(0).removeprefix("index ") if lines and lines[0].startswith("index ") else ""
    if not _NUMBER.fullmatch(index):
        raise BadInputError("the proof has no line `index N` with the number of its entry")
    path = tuple(_decoded(line, "a hash of the path") for line in lines)
    if len(path) > _LONGEST or any(len(hash_) != HASH for hash_ in path):
        raise BadInputError(f"the proof's path must be of at most {_LONGEST} hashes of {HASH} bytes")
    note.parse(checkpoint)
    return Proof(int(index), path, checkpoint, extra)


def _decoded(text: str, what: str) -> bytes:
    try:
        return note.decoded(text)
    except ValueError:
        raise BadInputError(f"{what} of the proof is not Base64: {text[:60]!r}") from None
