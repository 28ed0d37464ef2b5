"""Verifies a certificate with no network and no TruthGPT: this one file, Python 3.11 and the package `cryptography`.

    python offline.py CERTIFICATE --key KEY [FILE…]

KEY is the inspector's public key: 32 bytes in base64, or a file that holds it so, as PEM, or as a JSON list of
`{"key", "name", "from", "until"}`, of which each is good for what was issued from `from` until before `until`. FILEs are the
model's files; without any, those that lie beside the certificate under the names that it gives them.

A certificate is one line of JSON in canonical form (RFC 8785) with a line end:

    {"entry": …, "envelope": …, "format": "truthgpt certificate 1", "proof": …, "witnesses": […]}

`envelope` is a DSSE v1 envelope of an in-toto Statement v1, signed with Ed25519; the statement names the verifier key of the
inspector's log. `entry` is what that log holds of it; it names the statement by its SHA-256. `proof` is a C2SP tlog-proof: the
entry's index, its inclusion proof (RFC 6962) and a checkpoint that the log has signed (C2SP signed-note). `witnesses` are the
verifier keys of those who cosigned it (C2SP tlog-cosignature). Nothing in the file is free: text is compared with its canonical form, base64 with what it
encodes to, every signature line must be that of a key that is known or listed, and a listed key must have signed. So
whatever byte is changed, some check fails and says which part it is.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORMAT = "truthgpt certificate 1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:truthgpt:inspection:v1"
MODEL = "model/"
"""What the names of a model's files begin with among the subjects."""
LARGEST = 8 * 1024 * 1024
"""Bytes that a certificate may have."""

_PROOF = "c2sp.org/tlog-proof@v1"
_ED25519, _COSIGNATURE = b"\x01", b"\x04"


@dataclass(frozen=True, slots=True)
class Key:
    """An inspector's public key (32 bytes), good for what was issued at or after `since` and before `until`."""

    raw: bytes
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def id(self) -> str:
        """SHA-256 of the 32 bytes: 64 hexadecimal digits."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: which part of the certificate, whether it holds, and what was found, in words."""

    part: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True)
class Report:
    """All checks in order. `statement` is the in-toto statement, None where it could not be read; believe it if `valid`."""

    checks: tuple[Check, ...]
    statement: dict[str, Any] | None
    id: str = ""

    @property
    def valid(self) -> bool:
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def wrong(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.ok)


class _WrongError(ValueError):
    """A part that cannot be read, and why: what rests on it cannot be looked at."""

    def __init__(self, part: str, says: str) -> None:
        super().__init__(says)
        self.check = Check(part, False, says)


def pae(payload_type: str, payload: bytes) -> bytes:
    """What a DSSE v1 signature signs: the pre-authentication encoding of the type and the bytes of a payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2, for the tree of RFC 6962); None where its length is wrong."""
    if index >= size:
        return None
    node, last, found = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + hash_ + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + hash_).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def canonical(value: Any) -> bytes:
    """A certificate as it stands in its file. It holds text, lists and objects with ASCII names alone, for which this is RFC 8785."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def verify(
    data: bytes,
    keys: Iterable[Key],
    *,
    at: datetime,
    files: Mapping[Path, str] | None = None,
    beside: Path | None = None,
    witnesses: Iterable[str] = (),
) -> Report:
    """What there is to say of the certificate in `data` at the time `at`, trusting `keys` and nothing else.

    `files` are those of the model with their SHA-256, which must be its subjects, all of them and no others; without them, the
    files in `beside` that have a subject's name must be that subject. `witnesses` are verifier keys of which each must have cosigned.
    """
    checks: list[Check] = []
    statement: dict[str, Any] | None = None
    identity = ""
    try:
        bundle = _bundle(data)
        checks.append(Check("file", True, "in canonical form"))
        envelope, payload = _enveloped(bundle)
        identity = hashlib.sha256(payload).hexdigest()
        statement = _statement(envelope["payloadType"], payload)
        checks += _signed(envelope, payload, bundle["entry"], statement, tuple(keys))
        checks += _in_time(statement["predicate"], at)
        checks += _logged(bundle, identity, statement["predicate"]["log"], tuple(witnesses))
        checks += _subjects(statement["subject"], files, beside)
    except _WrongError as wrong:
        checks.append(wrong.check)
    return Report(tuple(checks), statement, identity)


def statement_of(data: bytes) -> dict[str, Any]:
    """The statement of a certificate, of which nothing is verified. Raises `ValueError`."""
    envelope, payload = _enveloped(_bundle(data))
    return _statement(envelope["payloadType"], payload)


def _enveloped(bundle: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The envelope, and the bytes of its payload."""
    envelope = _fields(
        bundle["envelope"], "envelope", {"payload": str, "payloadType": str, "signatures": list}
    )
    return envelope, _decoded(envelope["payload"], "statement")


def _bundle(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise _WrongError("file", f"{len(data):,} bytes are too many for a certificate")
    try:
        value = json.loads(data)
        plain = canonical(value)
    except (ValueError, RecursionError) as error:
        raise _WrongError("file", f"not JSON in UTF-8 ({' '.join(str(error).split())[:120]})") from None
    if plain != data:
        place = next(
            (n for n, (a, b) in enumerate(zip(plain, data, strict=False)) if a != b),
            min(len(plain), len(data)),
        )
        raise _WrongError(
            "file", f"byte {place} is not that of its canonical form (spaces, order and line ends count)"
        )
    bundle = _fields(
        value, "file", {"entry": str, "envelope": dict, "format": str, "proof": str, "witnesses": list}
    )
    if bundle["format"] != FORMAT:
        raise _WrongError("file", f"its format is {bundle['format']!r:.60}, not {FORMAT!r}")
    return bundle


def _fields(value: Any, part: str, wanted: Mapping[str, type]) -> dict[str, Any]:
    """`value`, an object with exactly the fields that are `wanted`, each of its type."""
    if not isinstance(value, dict) or set(value) != set(wanted):
        raise _WrongError(
            part, f"an object with the fields {', '.join(wanted)} and no other was to stand here"
        )
    for name, kind in wanted.items():
        if not isinstance(value[name], kind):
            raise _WrongError(part, f"{name} is no {kind.__name__}")
    return value


def _decoded(text: str, part: str) -> bytes:
    """The bytes that `text` encodes in base64, if it is what they are encoded as: the last bits of a text may not vary."""
    try:
        found = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        found = b""
    if not found or base64.b64encode(found).decode() != text:
        raise _WrongError(part, "not base64 as it is written")
    return found


def _statement(payload_type: str, payload: bytes) -> dict[str, Any]:
    if payload_type != PAYLOAD_TYPE:
        raise _WrongError("predicate type", f"the payload's type is {payload_type!r:.80}, not {PAYLOAD_TYPE}")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise _WrongError("statement", "not JSON: it was changed") from None
    try:
        statement = _fields(
            value, "statement", {"_type": str, "subject": list, "predicateType": str, "predicate": dict}
        )
    except _WrongError:
        raise _WrongError("statement", "no in-toto statement") from None
    if statement["_type"] != STATEMENT_TYPE:
        raise _WrongError("statement", f"its type is {statement['_type']!r:.80}, not {STATEMENT_TYPE}")
    if statement["predicateType"] != PREDICATE_TYPE:
        raise _WrongError("predicate type", f"it is {statement['predicateType']!r:.80}, not {PREDICATE_TYPE}")
    predicate = statement["predicate"]
    if not all(isinstance(predicate.get(name), str) for name in ("inspector", "issued", "expires", "log")):
        raise _WrongError("statement", "inspector, issued, expires or log is missing")
    for subject in statement["subject"]:
        if (
            not isinstance(subject, dict)
            or not isinstance(subject.get("name"), str)
            or not isinstance(subject.get("digest"), dict)
        ):
            raise _WrongError("statement", "a subject has no name or no digest")
    return statement


def _signed(
    envelope: dict[str, Any], payload: bytes, entry: str, statement: dict[str, Any], keys: Sequence[Key]
) -> list[Check]:
    """Whose signature the envelope has. What was changed, the statement or its signature, is told by the log's entry."""
    if len(envelope["signatures"]) != 1:
        raise _WrongError("signature", "one signature was to stand here")
    one = _fields(envelope["signatures"][0], "signature", {"keyid": str, "sig": str})
    signature = _decoded(one["sig"], "signature")
    message = pae(envelope["payloadType"], payload)
    signer = next((key for key in keys if _verifies(key.raw, signature, message)), None)
    if signer is None:
        if not any(key.id == one["keyid"] for key in keys):
            return [Check("key", False, f"it names the key {one['keyid'][:64]!r}, which is not known here")]
        digest = hashlib.sha256(payload).hexdigest()
        if _named(entry) == digest:
            return [Check("signature", False, "not that of the key that it names: the signature was changed")]
        return [Check("statement", False, f"not what was signed and logged: its SHA-256 is {digest}")]
    if signer.id != one["keyid"]:
        return [
            Check("signature", False, f"the key's id is {signer.id}, the envelope says {one['keyid'][:64]!r}")
        ]
    issued = read_time(statement["predicate"]["issued"])
    early, late = (
        signer.since is not None and issued < signer.since,
        signer.until is not None and issued >= signer.until,
    )
    who = f"{signer.name or 'the key'} ({signer.id[:16]})"
    if early or late:
        return [Check("key", False, f"{who} was not to be used on {issued:%Y-%m-%d}, when this was issued")]
    return [Check("key", True, f"{who} is known"), Check("signature", True, f"by {who}")]


def _verifies(raw: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_time(text: str) -> datetime:
    """A time as certificates write it. Raises `_WrongError`, which is a `ValueError`."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _WrongError("statement", f"{text!r:.40} is no time like 2026-01-31T12:00:00Z") from None


def _in_time(predicate: dict[str, Any], at: datetime) -> list[Check]:
    issued, expires = read_time(predicate["issued"]), read_time(predicate["expires"])
    if at < issued:
        return [Check("expiry", False, f"issued on {issued:%Y-%m-%d %H:%M:%S} UTC, which is not yet")]
    if at >= expires:
        return [Check("expiry", False, f"it expired on {expires:%Y-%m-%d %H:%M:%S} UTC")]
    return [Check("expiry", True, f"from {issued:%Y-%m-%d} until {expires:%Y-%m-%d %H:%M:%S} UTC")]


def _named(entry: str) -> str:
    """The SHA-256 of the statement that the log's entry names; empty where it names none."""
    try:
        value = json.loads(entry)
        return str(value["statement"]) if value["kind"] == "certificate" else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _logged(bundle: dict[str, Any], identity: str, log: str, wanted: Sequence[str]) -> list[Check]:
    """The log's part: the entry names the statement, the proof leads from it to the root that the checkpoint signs."""
    index, path, checkpoint = _proof(bundle["proof"])
    text, lines = _note(checkpoint)
    origin, size, root = _head(text)
    checks = []
    named = _named(bundle["entry"])
    if named != identity:
        says = f"the log's entry names the statement {named[:64]!r}, this one is {identity}"
        checks.append(Check("entry", False, says))
    leaf = hashlib.sha256(b"\x00" + bundle["entry"].encode()).digest()
    if root_of(leaf, index, size, path) == root:
        checks.append(Check("proof", True, f"entry {index:,} of the {size:,} in the log {origin}"))
    else:
        checks.append(
            Check(
                "proof",
                False,
                "it does not lead from the entry to the checkpoint's root: entry, index, proof or root was changed",
            )
        )
    return [*checks, *_checkpoint(text, lines, origin, log, bundle["witnesses"], wanted)]


def _proof(text: str) -> tuple[int, list[bytes], str]:
    """Index, hashes and checkpoint of a tlog-proof without extra data."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) < 2 or lines[0] != _PROOF or not lines[1].startswith("index "):
        raise _WrongError("proof", f"no {_PROOF} of an index, hashes and a checkpoint")
    path = [_decoded(line, "proof") for line in lines[2:]]
    if any(len(each) != 32 for each in path):
        raise _WrongError("proof", "a hash of it has not 32 bytes")
    return _number(lines[1][6:], "proof"), path, checkpoint


def _number(text: str, part: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and str(int(text)) == text):
        raise _WrongError(part, f"{text!r:.40} is no number as it is written")
    return int(text)


def _note(checkpoint: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text that is signed, and the signature lines: names, and what stands behind them."""
    text, gap, signatures = checkpoint.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise _WrongError("checkpoint", "no signed note")
    lines = []
    for line in signatures[:-1].split("\n"):
        mark, name, code = [*line.split(" "), "", "", ""][:3]
        if mark != "—" or not name or f"— {name} {code}" != line:
            raise _WrongError("checkpoint", f"{line!r:.60} is no signature line")
        lines.append((name, _decoded(code, "checkpoint")))
    return text + "\n", lines


def _head(text: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint (C2SP tlog-checkpoint)."""
    lines = text.split("\n")
    if len(lines) < 4:
        raise _WrongError("checkpoint", "origin, size or root is missing")
    return lines[0], _number(lines[1], "checkpoint"), _decoded(lines[2], "checkpoint")


def key_hash(name: str, kind: bytes, raw: bytes) -> bytes:
    """The four bytes that name a key in a signature line (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + raw).digest()[:4]


def _checkpoint(
    text: str,
    lines: Sequence[tuple[str, bytes]],
    origin: str,
    log: str,
    listed: Sequence[Any],
    wanted: Sequence[str],
) -> list[Check]:
    """Whether the log has signed, whose verifier key is `log`, and every other line is by a listed witness, each of which signed once."""
    name, raw = _vkey(log, _ED25519, "checkpoint")
    left = {_vkey(vkey, _COSIGNATURE, "cosignature"): vkey for vkey in listed}
    if len(left) != len(listed) or name != origin:
        raise _WrongError(
            "checkpoint",
            f"it is of {origin!r:.80}, the statement's log {name!r:.80}; no witness may be listed twice",
        )
    own, checks = 0, []
    for signer, code in lines:
        if signer == name and code[:4] == key_hash(name, _ED25519, raw):
            own += _verifies(raw, code[4:], text.encode())
            continue
        witness = next((each for each in left if each[0] == signer and _cosigned(each, code, text)), None)
        if witness is None:
            says = f"the line of {signer!r:.80} is no signature by the log or by a witness that is listed"
            checks.append(Check("cosignature", False, says))
            continue
        del left[witness]
        when = datetime.fromtimestamp(int.from_bytes(code[4:12]), UTC)
        checks.append(Check("cosignature", True, f"by {signer}, {when:%Y-%m-%d %H:%M:%S} UTC"))
    signed = Check(
        "checkpoint", own == 1, f"signed by the log {name}" if own == 1 else "not what the log has signed"
    )
    absent = [f"{each[0]} is listed as a witness and did not sign" for each in left]
    lacking = [vkey for vkey in wanted if vkey not in listed or vkey in left.values()]
    absent += [f"the witness {vkey:.80} has not cosigned" for vkey in lacking]
    return [signed, *checks, *(Check("cosignature", False, says) for says in absent)]


def _vkey(vkey: Any, kind: bytes, part: str) -> tuple[str, bytes]:
    """Name and public key of a verifier key, `NAME+HASH+BASE64(kind || KEY)` (C2SP signed-note)."""
    name, _, rest = str(vkey).partition("+")
    digest, _, code = rest.partition("+")
    raw = _decoded(code, part)
    if len(raw) != 33 or raw[:1] != kind or digest != key_hash(name, kind, raw[1:]).hex():
        raise _WrongError(part, f"{str(vkey)!r:.80} is no verifier key of the kind that is needed")
    return name, raw[1:]


def _cosigned(witness: tuple[str, bytes], code: bytes, text: str) -> bool:
    name, raw = witness
    time = int.from_bytes(code[4:12])
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    fits = len(code) == 76 and time < 1 << 37 and code[:4] == key_hash(name, _COSIGNATURE, raw)
    return fits and _verifies(raw, code[12:], message)


def _subjects(
    subjects: Sequence[dict[str, Any]], files: Mapping[Path, str] | None, beside: Path | None
) -> list[Check]:
    """Whether the model's files are the subjects. A file with a subject's name must be that subject; one with another name, any of them."""
    wanted = {
        subject["name"].removeprefix(MODEL): str(subject["digest"].get("sha256", ""))
        for subject in subjects
        if subject["name"].startswith(MODEL)
    }
    there = () if beside is None else tuple(beside / Path(name).name for name in wanted)
    found = digests(path for path in there if path.is_file()) if files is None else files
    named = {Path(name).name: name for name in wanted}
    checks, wrong = [], set()
    for path, digest in found.items():
        name = named.get(path.name)
        if name is not None and digest != wanted[name]:
            says = f"{path} is another file: its SHA-256 is {digest}, the certificate's {wanted[name]}"
            checks.append(Check(f"subject {MODEL}{name}", False, says))
            wrong.add(name)
        elif name is None and digest not in wanted.values():
            says = f"{path} is none of the files that were inspected"
            checks.append(Check(f"subject {path.name}", False, says))
    for name, digest in wanted.items():
        if name not in wrong and digest in found.values():
            checks.append(Check(f"subject {MODEL}{name}", True, f"SHA-256 {digest}"))
        elif name not in wrong and files is not None:
            says = f"not among the files; its SHA-256 is {digest}"
            checks.append(Check(f"subject {MODEL}{name}", False, says))
    return checks


def digests(files: Iterable[Path]) -> dict[Path, str]:
    """The SHA-256 of each of `files`. Raises `OSError` where one cannot be read."""
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def read_keys(given: str) -> list[Key]:
    """Public keys from base64 or from a file, in the forms that this module's docstring names. Raises `ValueError`."""
    path = Path(given)
    try:
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else given.strip()
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{given} cannot be read ({error})") from None
    try:
        if text.startswith("-----BEGIN"):
            public = load_pem_public_key(text.encode())
            if not isinstance(public, Ed25519PublicKey):
                raise ValueError("not an Ed25519 key")
            return [Key(public.public_bytes(Encoding.Raw, PublicFormat.Raw))]
        if text.startswith("["):
            return [_listed(row) for row in json.loads(text)]
        return [_listed({"key": text})]
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as error:
        raise ValueError(
            f"{given:.120} holds no Ed25519 public key: base64 of 32 bytes, PEM or a list ({error})"
        ) from None


def _listed(row: Mapping[str, str | None]) -> Key:
    raw = _decoded(row["key"] or "", "key")
    if len(raw) != 32:
        raise ValueError("it has not 32 bytes")
    since, until = row.get("from"), row.get("until")
    return Key(
        raw, row.get("name") or "", read_time(since) if since else None, read_time(until) if until else None
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 valid, 1 not valid, 2 wrong use."""
    parser = argparse.ArgumentParser(description="Verifies a certificate of an inspection, offline.")
    parser.add_argument("certificate", type=Path)
    parser.add_argument(
        "files", type=Path, nargs="*", help="the model's files (else those beside the certificate)"
    )
    parser.add_argument(
        "--key", action="append", required=True, help="base64, or a file (several may be given)"
    )
    parser.add_argument(
        "--witness", action="append", default=[], help="a verifier key that must have cosigned"
    )
    parser.add_argument("--at", help="the time to verify for, like 2026-01-31T12:00:00Z (else now)")
    given = parser.parse_args(arguments)
    try:
        keys = [key for each in given.key for key in read_keys(each)]
        at = read_time(given.at) if given.at else datetime.now(UTC)
        data = given.certificate.read_bytes()
        files = digests(given.files) if given.files else None
        beside = given.certificate.absolute().parent
        report = verify(data, keys, at=at, files=files, beside=beside, witnesses=given.witness)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    lines = [f"{'holds' if check.ok else 'WRONG'}  {check.part}: {check.says}" for check in report.checks]
    if report.valid and report.statement is not None:
        if not any(check.part.startswith("subject ") for check in report.checks):
            lines.append(
                "no file of the model was compared: give them behind the certificate, or put them beside it"
            )
        lines += json.dumps(report.statement["predicate"], indent=2, ensure_ascii=False).split("\n")
    for line in lines:
        print("".join(sign if sign.isprintable() else "?" for sign in line))
    print("valid" if report.valid else "NOT VALID")
    return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main())
