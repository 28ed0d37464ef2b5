"""What inspectors read of a data folder: certificates, the log, incidents, refusals counted. Nothing here writes.

The log's files lie below `/v1/oversight/log/` as C2SP tlog-tiles has them, so that a monitor follows it there with the inspector's key. The
texts that entries hold hashes of, people's questions among them, are not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi import Path as Part
from fastapi.responses import Response
from pydantic import BaseModel

from truthgpt.errors import MissingError, TruthGPTError
from truthgpt.oversight import keys
from truthgpt.oversight.certificate import offline, trust
from truthgpt.oversight.certificate.standing import FOLDER, KEYS, Standing
from truthgpt.oversight.incidents import FIELDS, Incidents
from truthgpt.oversight.incidents.store import exported
from truthgpt.oversight.inspectors import Inspector, Inspectors
from truthgpt.oversight.log import Verifier, View, tiles
from truthgpt.oversight.log.merkle import leaf_hash
from truthgpt.oversight.log.reading import read_checkpoint
from truthgpt.oversight.log.store import origin_of
from truthgpt.oversight.log.words import told
from truthgpt.oversight.statistics import Counts, Statistics
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import NOT_FOUND, RESPONSES, TOO_MANY, UNAVAILABLE
from truthgpt.server.inspectors import NEEDED, Door
from truthgpt.server.services import PausedBody, Services

MOST_LOOKED_AT: Final = 64
"""Bundles of the log that one list of entries looks through; `next` says where to go on."""
_FOR_EVER: Final = {"Cache-Control": "private, max-age=31536000, immutable"}
_EVERY: Final = {**RESPONSES, **NOT_FOUND, **TOO_MANY, **UNAVAILABLE}

Index = Annotated[int, Part(ge=0, lt=1 << 63, description="an entry's number, counted from 0")]


class LogBody(BaseModel):
    """The log now: its name, its number of entries, its root in hexadecimal, its verifier key, and the signed checkpoint."""

    origin: str
    size: int
    root: str
    key: str
    checkpoint: str


class EntryBody(BaseModel):
    """An entry in words and by field; `texts` are hashes."""

    index: int
    kind: str
    time: str
    words: str
    fields: dict[str, Any]
    texts: dict[str, str]


class ProvenBody(EntryBody):
    """`leaf` is its hash in the tree (RFC 6962), in hexadecimal; `proof` a C2SP tlog-proof under a tree of `size` entries."""

    leaf: str
    size: int
    proof: str


class EntriesBody(BaseModel):
    """Entries, the newest first; `next` is the `before` that asks for those after them, null where all were looked at."""

    entries: list[EntryBody]
    next: int | None
    size: int


class CertificateBody(BaseModel):
    """A certificate that lies here: whether it `holds` by itself now, else what is `wrong`; whether it is what is `served` under. `content`
    is the file."""

    file: str
    id: str
    holds: bool
    served: bool
    wrong: list[str]
    statement: dict[str, Any] | None
    content: str


class CertificatesBody(BaseModel):
    certificates: list[CertificateBody]


class DeadlineBody(BaseModel):
    what: str
    due: datetime
    met: datetime | None
    overdue: bool


class IncidentBody(BaseModel):
    """A report without its text."""

    id: str
    status: str
    kind: str
    aware: datetime
    opened: datetime
    resolved: datetime | None
    deadlines: list[DeadlineBody]
    kept_until: datetime


class IncidentsBody(BaseModel):
    incidents: list[IncidentBody]


class Overview(BaseModel):
    """Whose key it is and until when, what is served, and how that stands."""

    inspector: str
    expires: datetime
    version: str
    model: str
    quotes_only: bool
    posts: int
    corpus_version: int
    paused: PausedBody | None
    inspection: Standing


def add_oversight(app: FastAPI, services: Services, data: Path) -> None:
    """Adds what inspectors read of the data folder `data`."""
    oversight = data / "oversight"
    folder = oversight / "log"
    door = Door(Inspectors(data))
    counts = Counts()
    inspected = APIRouter(prefix="/v1/oversight", tags=["oversight"], dependencies=[Depends(door)])

    def view() -> tuple[View, Verifier]:
        read_checkpoint(folder)
        key = keys.public_key(oversight / "keys", keys.LOG)
        log = Verifier(origin_of(key), key)
        return View.open(folder, [log]), log

    def entry_of(index: int) -> tuple[View, bytes]:
        now, _ = view()
        if index >= now.size:
            raise RequestError(404, f"the log has no entry {index}: it has {now.size:,}, counted from 0")
        return now, now.entry(index)

    @inspected.get("", responses=_EVERY, openapi_extra=NEEDED)
    def overview(request: Request) -> Overview:
        """Whose key this is, and what is served."""
        status = services.status()
        inspector: Inspector = request.state.inspector
        return Overview(
            inspector=inspector.name,
            expires=inspector.expires,
            **status.model_dump(exclude={"demo", "jurisdictions", "paused", "inspection"}),
            paused=status.paused,
            inspection=status.inspection,
        )

    @inspected.get("/certificates", responses=_EVERY, openapi_extra=NEEDED)
    def certificates() -> CertificatesBody:
        """Every certificate that lies here, with its statement, and what of it does not hold."""
        with _public(data):
            return CertificatesBody(certificates=_certificates(oversight, services.standing().certificate))

    @inspected.get("/log", responses=_EVERY, openapi_extra=NEEDED)
    def log() -> LogBody:
        """How large the log is, its key and its newest checkpoint."""
        with _public(data):
            now, key = view()
        head = now.checkpoint
        return LogBody(
            origin=head.origin,
            size=head.size,
            root=head.root.hex(),
            key=str(key),
            checkpoint=now.note.decode(),
        )

    @inspected.get("/log/checkpoint", responses=_EVERY, openapi_extra=NEEDED, response_class=Response)
    def checkpoint() -> Response:
        """The newest checkpoint as it is signed (C2SP tlog-checkpoint)."""
        with _public(data):
            return _file(read_checkpoint(folder), "text/plain; charset=utf-8", "checkpoint")

    @inspected.get("/log/tile/{path:path}", responses=_EVERY, openapi_extra=NEEDED, response_class=Response)
    def tile(path: str) -> Response:
        """A tile of hashes or a bundle of entries (C2SP tlog-tiles)."""
        parsed = tiles.parsed(f"{tiles.ROOT}/{path}")
        try:
            content = (folder / tiles.ROOT / path).read_bytes() if parsed else None
        except OSError:
            content = None
        if parsed is None or content is None:
            raise RequestError(404, "the log has no such tile; a partial one goes once the full one is there")
        headers = _FOR_EVER if parsed[2] == tiles.WIDTH else {}
        return Response(content, media_type="application/octet-stream", headers=headers)

    @inspected.get("/log/entries", responses=_EVERY, openapi_extra=NEEDED)
    def entries(
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[int | None, Query(ge=0, lt=1 << 63, description="only older than this")] = None,
        kind: Annotated[str, Query(max_length=40, description="answer, decision, import, pause …")] = "",
    ) -> EntriesBody:
        """Entries in words, the newest first."""
        with _public(data):
            now, _ = view()
            return _entries(now, now.size if before is None else min(before, now.size), limit, kind)

    @inspected.get("/log/entries/{index}", responses=_EVERY, openapi_extra=NEEDED)
    def entry(index: Index) -> ProvenBody:
        """One entry, with the proof that it is in the log."""
        with _public(data):
            now, content = entry_of(index)
            return ProvenBody(
                **_entry(index, content).model_dump(),
                leaf=leaf_hash(content).hex(),
                size=now.size,
                proof=bytes(now.inclusion(index)).decode(),
            )

    @inspected.get(
        "/log/entries/{index}/raw", responses=_EVERY, openapi_extra=NEEDED, response_class=Response
    )
    def raw(index: Index) -> Response:
        """The bytes of one entry."""
        with _public(data):
            return _file(entry_of(index)[1], "application/octet-stream", f"entry-{index}")

    @inspected.get("/incidents", responses=_EVERY, openapi_extra=NEEDED)
    def incidents() -> IncidentsBody:
        """Every report, the newest first, with its deadlines as they stand now."""
        now = datetime.now(UTC)
        with _public(data):
            found = [exported(each, now) for each in reversed(Incidents(data).all())]
        left_out = {*FIELDS, "history"}
        return IncidentsBody(
            incidents=[
                IncidentBody(**{name: value for name, value in each.items() if name not in left_out})
                for each in found
            ]
        )

    @inspected.get("/incidents/{incident}", responses=_EVERY, openapi_extra=NEEDED)
    def incident(incident: str) -> dict[str, Any]:
        """One report: nine fields, deadlines, history."""
        with _public(data):
            return exported(Incidents(data).get(incident), datetime.now(UTC))

    @inspected.get(
        "/incidents/{incident}/pdf", responses=_EVERY, openapi_extra=NEEDED, response_class=Response
    )
    def incident_pdf(incident: str) -> Response:
        """One report as PDF."""
        from truthgpt.oversight.incidents.pdf import pdf

        with _public(data):
            found = Incidents(data).get(incident)
            return _file(pdf(found, datetime.now(UTC)), "application/pdf", f"{found.id}.pdf")

    @inspected.get("/refusals", responses=_EVERY, openapi_extra=NEEDED)
    def refusals() -> Statistics:
        """Answers and refusals by jurisdiction, and refusals by rule, counted from the log."""
        with _public(data):
            return counts.of(view()[0])

    app.include_router(inspected)


@contextmanager
def _public(data: Path) -> Iterator[None]:
    """What is missing is 404 and what is damaged 503, in words that do not tell where on this machine the data folder is."""
    try:
        yield
    except TruthGPTError as error:
        status = 404 if isinstance(error, MissingError) else 503
        raise RequestError(status, str(error).replace(str(data), "DATA")) from error


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _entry(index: int, content: bytes) -> EntryBody:
    return EntryBody(
        index=index, **{("fields" if k == "values" else k): v for k, v in asdict(told(content)).items()}
    )


def _entries(now: View, before: int, limit: int, kind: str) -> EntriesBody:
    found: list[EntryBody] = []
    end = before
    for _ in range(MOST_LOOKED_AT):
        if not end:
            break
        start = (end - 1) // tiles.WIDTH * tiles.WIDTH
        for index, content in reversed(list(now.entries(start, end))):
            end = index
            said = _entry(index, content)
            if not kind or said.kind == kind:
                found.append(said)
            if len(found) == limit:
                return EntriesBody(entries=found, next=end or None, size=now.size)
    return EntriesBody(entries=found, next=end or None, size=now.size)


def _certificates(oversight: Path, served: str) -> list[CertificateBody]:
    """Those of the folder, the newest first, each verified by the keys that are trusted here; one that cannot be read is left out."""
    known = trust.known_keys(oversight / KEYS)
    found = []
    for path in sorted((oversight / FOLDER).glob("*.json")):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        report = offline.verify(content, known, at=datetime.now(UTC))
        found.append(
            CertificateBody(
                file=path.name,
                id=report.id,
                holds=report.statement is not None and not report.wrong,
                served=bool(served) and report.id == served,
                wrong=[f"{each.part}: {each.says}" for each in report.wrong],
                statement=report.statement,
                content=content.decode("utf-8", "replace"),
            )
        )
    return sorted(found, key=_issued, reverse=True)


def _issued(one: CertificateBody) -> tuple[bool, str]:
    predicate = one.statement["predicate"] if one.statement else {}
    return one.served, str(predicate.get("issued", ""))
