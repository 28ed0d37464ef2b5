"""The Ed25519 keys of this installation, one a purpose, made where they are first needed.

A key signs for one purpose alone: a checkpoint of the log can then never be taken for a certificate, whatever bytes
either holds (C2SP signed-note and tlog-cosignature ask for this too). The private half is a PKCS #8 file of mode 0600 in
the folder of keys and never leaves it; its public half lies beside it, to be handed to whoever verifies.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError

LOG = "log"
"""The purpose of the key that signs the log's checkpoints."""
CERTIFICATE = "certificate"
"""The purpose of the key that signs certificates."""
WITNESS = "witness"
"""The purpose of the key that cosigns other logs' checkpoints."""

SIZE = 32
"""Bytes of a public key (RFC 8032, 5.1.5)."""
SIGNATURE = 64
"""Bytes of a signature (RFC 8032, 5.1.6)."""

_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies: `raw`, the 32 bytes of an Ed25519 public key. Raises `BadInputError` on any other length."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != SIZE:
            raise BadInputError(f"an Ed25519 public key has {SIZE} bytes, not {len(self.raw)}")

    @property
    def id(self) -> str:
        """Its SHA-256 in hexadecimal, by which a certificate names its signer."""
        return hashlib.sha256(self.raw).hexdigest()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the private half made `signature` over `message` (RFC 8032, 5.1.7)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def pem(self) -> bytes:
        """It as PEM of a SubjectPublicKeyInfo (RFC 8410)."""
        return Ed25519PublicKey.from_public_bytes(self.raw).public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    def from_pem(cls, text: bytes, where: str = "the key") -> PublicKey:
        """What `pem` wrote; `where` names it in an error. Raises `BadInputError` when it is no Ed25519 public key."""
        try:
            key = serialization.load_pem_public_key(text)
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise BadInputError(
                f"{where} is no Ed25519 public key in PEM; give the .pub file of the keys folder"
            )
        return cls(key.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs: an Ed25519 private key, and `public`, what verifies it."""

    private: Ed25519PrivateKey = field(repr=False)
    public: PublicKey

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over `message` (RFC 8032, 5.1.6): the same for the same message."""
        return self.private.sign(message)

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of 32 secret bytes (RFC 8032, 5.1.5). Raises `BadInputError` on any other length."""
        if len(seed) != SIZE:
            raise BadInputError(f"an Ed25519 private key has {SIZE} bytes, not {len(seed)}")
        return _signing(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def new(cls) -> SigningKey:
        """A key that nobody has had before."""
        return cls.from_seed(secrets.token_bytes(SIZE))


def signing_key(folder: Path, purpose: str) -> SigningKey:
    """The key of `purpose` in `folder`, made there on first use; of several that make it at once all get the same.

    Raises `BadInputError` when the file is damaged or can be read by others, `MissingError` where none can be made.
    """
    private = _path(folder, purpose, "pem")
    if not private.exists():
        new = SigningKey.new().private
        _make(
            private,
            new.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            0o600,
        )
    key = _read(private)
    public = private.with_suffix(".pub")
    if not public.exists():
        _make(public, key.public.pem(), 0o644)
    return key


def existing_key(folder: Path, purpose: str) -> SigningKey:
    """The key of `purpose` in `folder`. Raises `MissingError` where none was made yet, else as `signing_key`."""
    private = _path(folder, purpose, "pem")
    if not private.exists():
        raise MissingError(f"{private} is missing: restore it from a backup, or let a first use make one")
    return _read(private)


def public_key(folder: Path, purpose: str) -> PublicKey:
    """The public half of the key of `purpose` in `folder`. Raises `MissingError` where there is none."""
    public = _path(folder, purpose, "pub")
    try:
        with public.open("rb") as file:
            text = file.read(_LARGEST)
    except FileNotFoundError:
        raise MissingError(
            f"{public} is missing: restore it from a backup, or let a first use make one"
        ) from None
    except OSError as error:
        raise durable.missing(public, error) from error
    return PublicKey.from_pem(text, str(public))


def _path(folder: Path, purpose: str, suffix: str) -> Path:
    if not _PURPOSE.fullmatch(purpose):
        raise BadInputError(f"a key's purpose is a word of small letters, not {purpose!r}")
    return folder / f"{purpose}.{suffix}"


def _make(path: Path, content: bytes, mode: int) -> None:
    """Put a file at `path`, unless another process was faster: a link, unlike a rename, never replaces."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise durable.missing(path, error) from error


def _read(path: Path) -> SigningKey:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LARGEST)
    except OSError as error:
        raise durable.missing(path, error) from error
    if mode & 0o077:
        raise BadInputError(
            f"{path} can be read by others; run `chmod 600 {path}`, or make a new key if they did"
        )
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError(f"{path} is no Ed25519 private key in PEM; restore it from a backup")
    return _signing(key)


def _signing(key: Ed25519PrivateKey) -> SigningKey:
    return SigningKey(key, PublicKey(key.public_key().public_bytes_raw()))
