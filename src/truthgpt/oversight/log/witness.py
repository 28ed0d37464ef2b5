"""Witnesses: others who keep a log to one history (C2SP tlog-cosignature and tlog-witness).

A witness remembers, for each log, the largest checkpoint that it cosigned, and cosigns another only with the proof that
it begins with that one. Who asks for the cosignature of a witness whom he trusts is then shown the same log as everybody. Here
are both sides: `Witness` cosigns what `request` asks for, and `keep` puts what comes back beside the log. The bytes travel by HTTP:
`witnessing` asks, `server.witness` answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.oversight.keys import SIGNATURE, SigningKey
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import locking, merkle, note
from truthgpt.oversight.log.merkle import HASH, ProofError
from truthgpt.oversight.log.note import COSIGNATURE, Note, Signature, Verifier
from truthgpt.oversight.log.reading import View

COSIGNED = "cosigned"
"""The folder, beside a log's checkpoint, of those that witnesses cosigned: the last of each, a file a witness."""
WITNESSES = "witnesses"
"""The file of the witnesses' vkeys, a line each."""

_REQUEST = re.compile(r"old (0|[1-9][0-9]{0,18})")
_LONGEST = 63
"""«The client MUST NOT send more than 63 consistency proof lines.»"""


class RefusedError(Exception):
    """What a witness will not cosign: `status` is the HTTP status that C2SP tlog-witness has for it, `body` what to answer."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That witness `name` knew, at `time` (seconds since the epoch), of no larger and no other tree of the log."""

    name: str
    time: int


def cosign(text: str, name: str, key: SigningKey, time: int) -> Signature:
    """The cosignature of witness `name` over a checkpoint's text, made at `time` in seconds since the epoch.

    «struct { u64 timestamp; opaque ed25519_signature[64]; } timestamped_signature».
    """
    verifier = Verifier(name, key.public, COSIGNATURE)
    return Signature(name, verifier.key_id, time.to_bytes(8, "big") + key.sign(_message(text, time)))


def cosignatures(given: Note, witnesses: Iterable[Verifier]) -> tuple[Cosignature, ...]:
    """Those of `witnesses` under a checkpoint, at most one a witness; those of others are passed over.

    Raises `BadInputError` when one of theirs is wrong.
    """
    found = []
    for witness in witnesses:
        if witness.type != COSIGNATURE:
            continue
        for signature in witness.of(given)[:1]:
            time = int.from_bytes(signature.content[:8], "big")
            # «It MUST NOT exceed 2^63 - 1»
            if (
                len(signature.content) != 8 + SIGNATURE
                or time >> 63
                or not witness.key.verifies(signature.content[8:], _message(given.text, time))
            ):
                raise BadInputError(f"the cosignature of {witness.name} is wrong: the checkpoint was changed")
            found.append(Cosignature(witness.name, time))
    return tuple(found)


def request(view: View, old: int) -> bytes:
    """What to send a witness for its cosignature: the size it knows, the proof from there, and the checkpoint (add-checkpoint).

    Raises `BadInputError` where the log is smaller than `old`.
    """
    lines = [f"old {old}", *(note.encoded(hash_) for hash_ in view.consistency(old))]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + view.note


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns: a name, a key of its own, the `logs` it knows, and `folder`, where it keeps what it cosigned last."""

    folder: Path
    name: str
    key: SigningKey
    logs: tuple[Verifier, ...]

    @property
    def verifier(self) -> Verifier:
        """The key that verifies its cosignatures."""
        return Verifier(self.name, self.key.public, COSIGNATURE)

    def add_checkpoint(self, body: bytes, time: int) -> bytes:
        """The line of its cosignature, made at `time`, for a request's `body`; what it cosigned is durable by then.

        Raises `RefusedError`, and `MissingError` or `BusyError` where its folder cannot be written to.
        """
        old, proof, content = _parsed(body)
        try:
            given = note.parse(content)
            origin = given.text.partition("\n")[0]
            known = [log for log in self.logs if log.name == origin]
            if not known:
                raise RefusedError(404, "unknown log\n")
            found = checkpoints.parse(given.text)
        except BadInputError as error:
            raise RefusedError(400, f"{error}\n") from None
        try:
            note.check(given, known)
        except BadInputError as error:
            raise RefusedError(403, f"{error}\n") from None
        if old > found.size:
            raise RefusedError(400, "the old size is larger than the checkpoint's\n")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise durable.missing(self.folder, error) from error
        path = self.folder / hashlib.sha256(origin.encode()).hexdigest()
        with locking.held(
            self.folder
        ):  # the check and what is kept are one step, or a log could be rolled back
            last = _last(path)
            if old != last.size:
                raise RefusedError(409, f"{last.size}\n")
            try:
                merkle.check_consistency(last.size, last.root, found.size, found.root, proof)
            except ProofError as error:
                raise RefusedError(422, f"{error}\n") from None
            signature = cosign(given.text, self.name, self.key, time)
            durable.write(path, bytes(Note(given.text, (*given.signatures, signature))))
        return signature.line().encode()


def keep(folder: Path, content: bytes, lines: bytes, log: Verifier, by: Verifier) -> None:
    """Put the checkpoint `content`, with the cosignature of witness `by` in its answer `lines`, beside the log in `folder`.

    One of a larger checkpoint is not replaced. Raises `BadInputError` when a signature is wrong or missing.
    """
    given = note.parse(content)
    size = checkpoints.opened_note(given, [log]).size
    try:
        answered = Note(given.text, note.signatures(lines.decode()))
    except UnicodeDecodeError:
        raise BadInputError("the witness's answer is no line of a signature") from None
    if not cosignatures(answered, [by]):
        raise BadInputError(f"the answer holds no cosignature of {by.name}")
    cosigned_ = Note(given.text, (*log.of(given)[:1], *by.of(answered)[:1]))
    with locking.held(folder):
        before = kept(folder, by)
        if before is not None and checkpoints.parse(before.text).size > size:
            return
        known = known_witnesses(folder)
        if by not in known:
            durable.write(folder / WITNESSES, "".join(f"{each}\n" for each in (*known, by)).encode())
        durable.write(folder / kept_at(by), bytes(cosigned_))


def kept_at(by: Verifier) -> str:
    """Where, in a log's folder, the checkpoint lies that witness `by` cosigned last."""
    return f"{COSIGNED}/{hashlib.sha256(str(by).encode()).hexdigest()[:16]}"


def kept(folder: Path, by: Verifier) -> Note | None:
    """The checkpoint that witness `by` cosigned last of the log in `folder`, unverified; None where there is none.

    Raises `BadInputError` when it is damaged.
    """
    content = _read(folder / kept_at(by))
    return None if content is None else note.parse(content)


def known_witnesses(folder: Path) -> tuple[Verifier, ...]:
    """The witnesses whose keys lie beside the log in `folder`. Raises `BadInputError` when their file is damaged."""
    content = _read(folder / WITNESSES)
    if content is None:
        return ()
    try:
        found = tuple(Verifier.parse(line) for line in content.decode().split("\n")[:-1])
    except UnicodeDecodeError:
        found = ()
    if "".join(f"{each}\n" for each in dict.fromkeys(found)).encode() != content:
        raise BadInputError(
            f"{folder / WITNESSES} is damaged: it must hold the key of a witness in each line"
        )
    return found


def _message(text: str, time: int) -> bytes:
    """«Two newline terminated lines (one header line and one timestamp line) followed by the whole note body»."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _parsed(body: bytes) -> tuple[int, list[bytes], bytes]:
    head, gap, content = body.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
        proof = [note.decoded(line) for line in rest]
    except ValueError:
        raise RefusedError(400, "the lines before the checkpoint are wrong\n") from None
    old = _REQUEST.fullmatch(first)
    if not gap or old is None or len(proof) > _LONGEST or any(len(hash_) != HASH for hash_ in proof):
        raise RefusedError(
            400, "a line `old N`, at most 63 hashes, an empty line and a checkpoint are needed\n"
        )
    return int(old[1]), proof, content


def _last(path: Path) -> checkpoints.Checkpoint:
    content = _read(path)
    if content is None:
        return checkpoints.Checkpoint("", 0, merkle.EMPTY)
    return checkpoints.parse(note.parse(content).text)


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(note.LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise durable.missing(path, error) from error
