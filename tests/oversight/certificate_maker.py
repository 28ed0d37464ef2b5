"""Certificates for tests: a small model, an inspection of it, and a certificate of both with keys that everyone knows."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from truthgpt import __version__
from truthgpt.oversight import keys
from truthgpt.oversight.certificate import offline
from truthgpt.oversight.certificate.issue import Issued, issue, keep, place
from truthgpt.oversight.inspection.result import Inspection, Result, digest_of
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log.note import COSIGNATURE, Verifier

ISSUED = datetime(2026, 3, 1, 12, tzinfo=UTC)
DURING = datetime(2026, 4, 1, 12, tzinfo=UTC)
AFTER = datetime(2027, 3, 1, 12, tzinfo=UTC)
WEIGHTS = b"a model's weights"

EVEN = Result(
    id="even",
    group="fairness",
    title="Even-handed",
    definition="",
    scoring="",
    unit="share",
    outcome="passed",
    seed=7,
    n=40,
    digest=hashlib.sha256(b"pairs").hexdigest(),
    value=0.875,
    low=0.75,
    high=0.95,
    direction="at least",
    limit=0.8,
)
LEAKS = replace(
    EVEN, id="leaks", title="Verbatim", value=0.0, low=0.0, high=0.1, direction="at most", limit=0.05
)


@dataclass(frozen=True, slots=True)
class World:
    """A data folder with a model, an inspection of it, and the folder of oversight."""

    data: Path
    model: Path
    inspection: Path

    @property
    def oversight(self) -> Path:
        return self.data / "oversight"

    @property
    def known(self) -> list[offline.Key]:
        """The installation's key, as an outsider has it."""
        return offline.read_keys(str(self.oversight / "keys" / "certificate.pub"))

    def issue(self, **options: Any) -> Issued:
        given = {"now": ISSUED, "inspector": "Ana Inspects", **options}
        folder = given.pop("inspection", self.inspection)
        return issue(self.oversight, str(self.model), self.data / "models", folder, **given)

    def certify(self, **options: Any) -> Path:
        """The path of a new certificate, where serving looks."""
        made = self.issue(**options)
        path = place(self.oversight, made)
        keep(path, made)
        return path

    def inspect(self, *results: Result, **fields: Any) -> None:
        """Put another inspection in its folder."""
        report(self.inspection, self.model, results or (EVEN, LEAKS), **fields)


def world(folder: Path) -> World:
    """One in `folder`, which has no log and no keys yet."""
    made = World(folder / "data", folder / "data" / "models" / "small.gguf", folder / "inspection")
    made.model.parent.mkdir(parents=True)
    made.model.write_bytes(WEIGHTS)
    made.inspection.mkdir()
    made.inspect()
    return made


def report(folder: Path, model: Path, results: tuple[Result, ...], **fields: Any) -> None:
    """The files of an inspection of `model` in `folder`."""
    log = folder / "even.json"
    log.write_text('{"right": 35, "of": 40}')
    found = Inspection(
        model="small",
        battery="quick",
        seed=7,
        started="2026-02-28T10:00:00Z",
        finished="2026-02-28T10:04:00Z",
        seconds=240.5,
        weights=hashlib.sha256(model.read_bytes()).hexdigest(),
        corpus=hashlib.sha256(b"posts").hexdigest(),
        limits=hashlib.sha256(b"limits").hexdigest(),
        code=__version__,
        training_flop=1.5e18,
        results=results,
        files=(digest_of(log),),
    )
    (folder / "report.json").write_bytes(orjson.dumps(replace(found, **fields).as_dict()))


def changed(content: bytes, **fields: Any) -> bytes:
    """The certificate with other fields, in canonical form again."""
    return offline.canonical({**json.loads(content), **fields})


def signed_again(world: World, content: bytes, **fields: Any) -> bytes:
    """The certificate with another statement, signed with the installation's key; the log knows nothing of it."""
    bundle = json.loads(content)
    statement = json.loads(base64.b64decode(bundle["envelope"]["payload"]))
    payload = json.dumps({**statement, **fields}).encode()
    key = keys.existing_key(world.oversight / "keys", keys.CERTIFICATE)
    signature = key.sign(offline.pae(offline.PAYLOAD_TYPE, payload))
    bundle["envelope"]["payload"] = base64.b64encode(payload).decode()
    bundle["envelope"]["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    return offline.canonical(bundle)


def cosigned(content: bytes, name: str, key: SigningKey, time: int) -> bytes:
    """The certificate with a witness's cosignature under its checkpoint (C2SP tlog-cosignature), and the witness listed."""
    bundle = json.loads(content)
    text = bundle["proof"].partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
    witness = Verifier(name, key.public, COSIGNATURE)
    signature = key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    code = base64.b64encode(witness.key_id + time.to_bytes(8) + signature).decode()
    proof = f"{bundle['proof']}— {name} {code}\n"
    return changed(content, proof=proof, witnesses=[*bundle["witnesses"], str(witness)])
