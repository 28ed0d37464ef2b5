"""Signed notes: a text, and lines of signatures under it (C2SP signed-note).

    example.com/log        the text, which ends in a line end
    42
    ...
                           an empty line
    — NAME BASE64          a line a signature: four bytes of key id, then the signature

Base64 is taken in its one canonical form, so that no byte of a note can change unseen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from truthgpt.errors import BadInputError
from truthgpt.oversight.keys import PublicKey, SigningKey

ED25519 = 0x01
"""The signature type of an Ed25519 signature over the text."""
COSIGNATURE = 0x04
"""The signature type of a witness's timestamped Ed25519 cosignature (C2SP tlog-cosignature)."""

LARGEST = 1 << 20
"""Bytes that a note may have."""
MOST_SIGNATURES = 100
"""Lines of signatures that a note may have."""

_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class Signature:
    """A line under a note: who signed, by name and key id (4 bytes), and the bytes of the signature."""

    name: str
    key_id: bytes
    content: bytes

    def line(self) -> str:
        """It as it stands in a note, with its line end."""
        return f"{_DASH}{self.name} {encoded(self.key_id + self.content)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a line end, and its signatures; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}".encode()


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that signs notes, as those know it who verify: its name, its type and its public half."""

    name: str
    key: PublicKey
    type: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def key_id(self) -> bytes:
        """«key ID = SHA-256(key name || 0x0A || signature type || public key)[:4]»"""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.key.raw).digest()[:4]

    def __str__(self) -> str:
        """Its vkey: «<key name>+hex(32-bit key ID)+base64(signature type || public key)»."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.type]) + self.key.raw)}"

    def of(self, note: Note) -> tuple[Signature, ...]:
        """The signatures of `note` that claim to be by this key; «the tuple of key name and key ID» names it."""
        return tuple(each for each in note.signatures if (each.name, each.key_id) == (self.name, self.key_id))

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """What `str` wrote. Raises `BadInputError` when it is no vkey of an Ed25519 key or a cosigner's."""
        name, _, rest = vkey.partition("+")
        key_id, _, key = rest.partition("+")
        try:
            raw = decoded(key)
        except ValueError:
            raw = b""
        if len(raw) == 33 and raw[0] in (ED25519, COSIGNATURE) and _NAME.fullmatch(name):
            found = cls(name, PublicKey(raw[1:]), raw[0])
            if found.key_id.hex() == key_id:
                return found
        raise BadInputError(f"{vkey[:200]!r} is no key of a log or witness; its form is NAME+ID+BASE64")


def check_name(name: str) -> None:
    """Raises `BadInputError` unless `name` may name a key: «non-empty», and no «Unicode spaces or plus»."""
    if not _NAME.fullmatch(name) or _CONTROL.search(name):
        raise BadInputError(f"{name!r} cannot name a key: it must have letters, and no spaces or plus signs")


def signed(text: str, name: str, key: SigningKey) -> Note:
    """`text` with the signature of `key`: «Ed25519 signatures are generated according to RFC 8032 over the note text»."""
    return Note(text, (Signature(name, Verifier(name, key.public).key_id, key.sign(text.encode())),))


def parse(content: bytes) -> Note:
    """The note in `content`. Raises `BadInputError` when it is not of the form."""
    if len(content) > LARGEST:
        raise BadInputError(f"a note of {len(content):,} bytes is longer than {LARGEST:,}")
    try:
        whole = content.decode()
    except UnicodeDecodeError:
        raise BadInputError("the note is not UTF-8") from None
    if _CONTROL.search(whole):
        raise BadInputError("the note has control characters")
    # «the text is separated from the signatures by the last empty line in the note»
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadInputError(
            "the note has no signatures: a text, an empty line and lines of signatures are needed"
        )
    return Note(f"{text}\n", signatures(lines))


def signatures(lines: str) -> tuple[Signature, ...]:
    """Those of lines such as stand under a note. Raises `BadInputError` on a line that is none."""
    rows = lines.removesuffix("\n").split("\n")
    if len(rows) > MOST_SIGNATURES:
        raise BadInputError(f"the note has more than {MOST_SIGNATURES} signatures")
    return tuple(_signature(row) for row in rows)


def check(note: Note, verifiers: Iterable[Verifier]) -> None:
    """Raises `BadInputError` unless one of `verifiers`, of type `ED25519`, signed `note` and none of them wrongly.

    «Verifiers MUST ignore signatures from unknown keys»; «if a signature from a known key fails to verify, clients
    SHOULD reject the whole note.»
    """
    text = note.text.encode()
    good = False
    for verifier in verifiers:
        if verifier.type != ED25519:
            continue
        for signature in verifier.of(note):
            if not verifier.key.verifies(signature.content, text):
                raise BadInputError(f"the signature of {verifier.name} is wrong: the note was changed")
            good = True
    if not good:
        names = ", ".join(signature.name for signature in note.signatures)
        raise BadInputError(f"the note is signed by {names} and by no key that is known here")


def encoded(content: bytes) -> str:
    """`content` in the «standard Base 64 encoding specified in RFC 4648, Section 4»."""
    return base64.b64encode(content).decode("ascii")


def decoded(text: str) -> bytes:
    """What `encoded` wrote. Raises `ValueError` on any other form, such as spare bits that are not zero."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if encoded(content) != text:
        raise ValueError("not the canonical form")
    return content


def _signature(row: str) -> Signature:
    name, gap, content = row.removeprefix(_DASH).partition(" ")
    try:
        raw = decoded(content)
    except ValueError:
        raw = b""
    if not row.startswith(_DASH) or not gap or not _NAME.fullmatch(name) or len(raw) < 5:
        raise BadInputError(f"{row[:100]!r} is no line of a signature; its form is `— NAME BASE64`")
    return Signature(name, raw[:4], raw[4:])
