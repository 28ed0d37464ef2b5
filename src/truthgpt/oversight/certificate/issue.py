"""An inspection in, a certificate out: the statement is made and signed, its digest logged, and all of it bundled with the proof.

The log's entry is `{"kind":"certificate","statement":SHA-256,…}`: it is on the disk before the certificate is, so that there is no
certificate that the log does not know. Before it is handed out it is verified, as anyone would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import rfc8785

from truthgpt import __version__
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight import keys
from truthgpt.oversight.certificate import digests, offline, trust
from truthgpt.oversight.certificate.digests import Subject
from truthgpt.oversight.certificate.dsse import envelope
from truthgpt.oversight.certificate.standing import FOLDER, KEYS
from truthgpt.oversight.certificate.statement import Term, statement, written
from truthgpt.oversight.inspection.result import REPORT as REPORT_FILE
from truthgpt.oversight.inspection.result import File, Inspection, changed, digest_of, load
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import proof as proofs
from truthgpt.oversight.log.checkpoint import opened_note, parse
from truthgpt.oversight.log.note import Note, Verifier
from truthgpt.oversight.log.reading import View
from truthgpt.oversight.log.store import Log
from truthgpt.oversight.log.witness import cosignatures, kept, known_witnesses

DAYS: Final = 180
"""Days that a certificate holds when nobody says otherwise."""
MOST_DAYS: Final = 3650
INSPECTIONS: Final = "inspections"
"""The folder in which `truthgpt inspect` keeps what it found."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was made: its bytes, the SHA-256 of its statement, the inspection that it is of, and the model's file that
    this looked at."""

    content: bytes
    id: str
    inspection: Inspection
    file: Path
    expires: datetime

    @property
    def passed(self) -> bool:
        """Whether all measures were within their limits."""
        return self.inspection.passed


def issue(
    oversight: Path,
    model: str,
    models: Path,
    inspection: Path | None,
    *,
    now: datetime,
    inspector: str | None = None,
    days: int = DAYS,
) -> Issued:
    """The certificate that says what the inspection in the folder `inspection` found of `model`, whose name is looked up in `models`.

    Without `inspection` it is the newest one of these files among those that `truthgpt inspect` kept. `oversight` is the data
    folder's folder of that name, with the keys and the log. Signs what was found, good or not. Raises `BadInputError` where the
    inspection was of other files or another version, or its files were changed, `MissingError` where there is none.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInputError(f"a certificate holds for 1 to {MOST_DAYS} days, not {days}")
    files = digests.model_files(model, models)
    weights = digests.model_subjects(files)
    inspection = _newest(oversight, model, weights) if inspection is None else inspection
    found = load(inspection)
    subjects = (*_checked(found, inspection, weights), *_others(found))
    key = keys.signing_key(oversight / KEYS, keys.CERTIFICATE)
    now = now.replace(microsecond=0)
    term = Term(now, now + timedelta(days=days))
    log = Log.open(oversight / "log")
    payload = statement(
        found,
        subjects,
        _record(found, inspection),
        f"holder of the key {key.public.id[:16]}" if inspector is None else inspector,
        term,
        str(log.verifier),
    )
    content = bundle(payload, key, log, term)
    _verify(content, oversight, files, now)
    inspected = next(file for file, of in zip(files, weights, strict=True) if of.digest == found.weights)
    return Issued(content, sha256(payload).hexdigest(), found, inspected, term.expires)


def place(oversight: Path, issued: Issued) -> Path:
    """Where a certificate is kept that serving finds: a file named after its statement."""
    return oversight / FOLDER / f"{issued.id[:16]}.json"


def keep(path: Path, issued: Issued) -> None:
    """Write the certificate to `path`, whole or not at all. Raises `BadInputError` where another file stands there."""
    if path.exists():
        raise BadInputError(f"{path} is there already; give --out another name")
    durable.write(path, issued.content)


def _newest(oversight: Path, model: str, weights: tuple[Subject, ...]) -> Path:
    """The folder of the inspection of these files that ended last; those that are under way have no report yet."""
    folders = [path.parent for path in (oversight / INSPECTIONS).glob(f"*/{REPORT_FILE}")]
    found = [(load(folder), folder) for folder in folders]
    of_these = [each for each in found if each[0].weights in {subject.digest for subject in weights}]
    if not of_these:
        raise MissingError(
            f"the model {model} was not inspected here; run `truthgpt inspect {model}`, or give --inspection DIR"
        )
    return max(of_these, key=lambda each: each[0].finished)[1]


def _checked(found: Inspection, folder: Path, model: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """The model's subjects, once the report is seen to be of them, of this code, and with its files beside it."""
    if found.weights not in {subject.digest for subject in model}:
        raise BadInputError(
            f"the inspection in {folder} was of another file (SHA-256 {found.weights[:16] or 'none'}…) than the model's; inspect it again"
        )
    if found.code != __version__:
        raise BadInputError(
            f"the inspection was made by TruthGPT {found.code}, this is {__version__}; inspect the model again"
        )
    lost = changed(found, folder if folder.is_dir() else folder.parent)
    if lost:
        raise BadInputError(
            f"{lost[0]} of the inspection in {folder} is gone or was changed; inspect the model again"
        )
    return model


def _others(found: Inspection) -> tuple[Subject, ...]:
    posts = (digests.corpus_subject(found.corpus),) if found.corpus else ()
    return (*posts, *digests.law_subjects(), digests.code_subject())


def _record(found: Inspection, folder: Path) -> tuple[File, ...]:
    report = folder / REPORT_FILE if folder.is_dir() else folder
    return (digest_of(report), *(file for file in found.files if file.name != report.name))


def bundle(payload: bytes, key: SigningKey, log: Log, term: Term) -> bytes:
    """The certificate of the statement `payload`, signed with `key`, once its entry is in `log`."""
    signed = envelope(payload, key.public.id, key.sign)
    entry = rfc8785.dumps(
        {
            "expires": written(term.expires),
            "key": key.public.id,
            "kind": "certificate",
            "statement": sha256(payload).hexdigest(),
            "time": f"{term.issued:%Y-%m-%dT%H:%M:%S}.000Z",
            "version": 1,
        }
    )
    index = log.append(entry).index
    whole = {"entry": entry.decode(), "envelope": signed, "format": offline.FORMAT}
    return offline.canonical({**whole, "proof": bytes(log.inclusion(index)).decode(), "witnesses": []})


def witnessed(content: bytes, oversight: Path) -> bytes:
    """The certificate `content` with the proof that it is under a checkpoint of this log that witnesses cosigned: of those that
    cover it the one that most of them signed, and of these the newest.

    What the inspector signed stays as it is. Raises `BadInputError` where it is no certificate of this log, `MissingError` where
    no witness has cosigned a checkpoint that covers it.
    """
    try:
        whole = json.loads(content)
        old, entry = proofs.parse(whole["proof"].encode()), whole["entry"].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInputError("this is no certificate") from None
    folder = oversight / "log"
    log = Log.open(folder).verifier
    old.check(entry, [log])
    signers = _signers(folder, old.index, log)
    if not signers:
        raise MissingError("no witness has cosigned a checkpoint that covers this certificate yet")
    text = max(signers, key=lambda each: (len(signers[each]), parse(each).size))
    notes = [(log, signers[text][0][1]), *signers[text]]
    lines = tuple(signer.of(note)[0] for signer, note in notes)
    view = View.at(folder, parse(text), bytes(Note(text, lines)))
    proof = bytes(view.inclusion(old.index)).decode()
    return offline.canonical(
        {**whole, "proof": proof, "witnesses": [str(witness) for witness, _ in signers[text]]}
    )


def _signers(folder: Path, index: int, log: Verifier) -> dict[str, list[tuple[Verifier, Note]]]:
    """The witnesses that cosigned a checkpoint which covers entry `index`, by its text, each with the note that it signed."""
    found: dict[str, list[tuple[Verifier, Note]]] = {}
    for witness in known_witnesses(folder):
        note = kept(folder, witness)
        if note is not None and cosignatures(note, [witness]) and opened_note(note, [log]).size > index:
            found.setdefault(note.text, []).append((witness, note))
    return found


def _verify(content: bytes, oversight: Path, files: tuple[Path, ...], now: datetime) -> None:
    report = offline.verify(content, trust.known_keys(oversight / KEYS), at=now, files=offline.digests(files))
    if not report.valid:
        wrong = report.wrong[0]
        raise BadInputError(
            f"the certificate would not verify ({wrong.part}: {wrong.says}); `truthgpt certificate rotate` makes a new key"
        )
