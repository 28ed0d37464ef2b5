"""Where reports are kept: a file of JSON lines each, `DATA/oversight/incidents/INC-2026-0001.jsonl`, only ever added to, under one lock."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.incidents.deadlines import deadlines, kept_until
from truthgpt.oversight.incidents.report import KINDS, Entry, Incident, Opening, faults

When = TypeVar("When", datetime, datetime | None)

Record = Callable[[str, dict[str, Any]], None]
"""Takes a kind of event and what happened; raises where it cannot be kept."""

LONGEST_NAME: Final = 100
LONGEST_NOTE: Final = 10_000
_ID: Final = re.compile(r"INC-\d{4}-\d{4,}")


def unrecorded(_kind: str, _event: dict[str, Any]) -> None:
    """Where there is no log to record in."""


class Incidents:
    """The reports of one data folder; any number of processes may add to them. `record` is told of every entry."""

    def __init__(self, data: Path, record: Record = unrecorded) -> None:
        self._folder = data / "oversight" / "incidents"
        self._record = record

    def open(self, report: Opening, by: str, *, sent: datetime | None = None) -> Incident:
        """Begin a report; `sent` is when it went to the authorities. Raises `MissingError` where it cannot be written."""
        now = datetime.now(UTC)
        entry = Entry("open", _named(by), now, dict(report.fields), sent=_past(sent, now, "sent"))
        head = {"kind": report.kind, "aware": _past(report.aware, now, "aware")}
        with self._lock():
            numbers = [
                int(path.stem[9:]) for path in self._paths() if path.stem.startswith(f"INC-{now.year}-")
            ]
            name = f"INC-{now.year}-{max(numbers, default=0) + 1:04d}"
            self._add(name, entry, report.kind, head)
        return self.get(name)

    def update(
        self, id_: str, fields: Mapping[str, str], by: str, *, note: str = "", sent: datetime | None = None
    ) -> Incident:
        """Change fields, say something, or say that the report as it stands was `sent`. Raises as `get`, and `BadInputError` on
        what is no field, or where nothing is said."""
        if (fields or not (note or sent)) and (found := faults(fields, whole=False)):
            raise BadInputError(found[0])
        now = datetime.now(UTC)
        with self._lock():
            kind = self.get(id_).kind
            entry = Entry("update", _named(by), now, dict(fields), _note(note), _past(sent, now, "sent"))
            self._add(id_, entry, kind)
        return self.get(id_)

    def resolve(self, id_: str, by: str, note: str, *, at: datetime) -> Incident:
        """Say that the incident ended `at`, and how. Raises as `get`, and `BadInputError` where it had ended already."""
        now = datetime.now(UTC)
        if not note.strip():
            raise BadInputError("say how it was resolved: --note TEXT")
        with self._lock():
            found = self.get(id_)
            if found.resolved is not None:
                raise BadInputError(f"{id_} is resolved already; `truthgpt incident update` adds to it")
            entry = Entry("resolve", _named(by), now, {}, _note(note), happened=_past(at, now, "at"))
            self._add(id_, entry, found.kind)
        return self.get(id_)

    def get(self, id_: str) -> Incident:
        """One report. Raises `MissingError` where there is none, `BadInputError` where its file is damaged."""
        path = self._folder / f"{id_}.jsonl"
        if not _ID.fullmatch(id_) or not path.is_file():
            raise MissingError(f"there is no incident {id_[:40]!r} here; `truthgpt incident list` shows them")
        try:
            first, *rest = durable.lines(path)
            history = tuple(_entry(row) for row in (first, *rest))
            if first["kind"] not in KINDS or history[0].act != "open":
                raise ValueError
            incident = Incident(id_, first["kind"], datetime.fromisoformat(first["aware"]), history)
            incident.fields  # noqa: B018 - all nine are there
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(f"{path} is damaged; restore it from a backup") from error
        return incident

    def all(self) -> list[Incident]:
        """Every report, the oldest first."""
        return [self.get(path.stem) for path in self._paths()]

    def _paths(self) -> list[Path]:
        found = [path for path in self._folder.glob("INC-*.jsonl") if _ID.fullmatch(path.stem)]
        return sorted(found, key=lambda path: (path.stem[:8], int(path.stem[9:])))

    def _add(self, id_: str, entry: Entry, kind: str, head: Mapping[str, Any] | None = None) -> None:
        row = _plain({**(head or {}), **entry_dict(entry)})
        durable.append(self._folder / f"{id_}.jsonl", [row])
        report = orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode()
        self._record("incident", {"act": entry.act, "incident": id_, "harm": kind, "report": report})

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._folder / "write.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise durable.missing(self._folder, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def exported(incident: Incident, now: datetime) -> dict[str, Any]:
    """The report as JSON: what it can be opened with again, its history, and its deadlines as they stand at `now`."""
    whole: dict[str, Any] = _plain(
        {
            "id": incident.id,
            "status": "open" if incident.resolved is None else "resolved",
            "kind": incident.kind,
            "aware": incident.aware,
            "opened": incident.opened,
            "resolved": incident.resolved,
            **incident.fields,
            "deadlines": [
                {"what": one.what, "due": one.due, "met": one.met, "overdue": one.overdue(now)}
                for one in deadlines(incident)
            ],
            "kept_until": kept_until(incident),
            "history": [entry_dict(entry) for entry in incident.history],
        }
    )
    return whole


def entry_dict(entry: Entry) -> dict[str, Any]:
    """An entry as it stands in the file."""
    return {
        "act": entry.act,
        "by": entry.by,
        "at": entry.at,
        "fields": dict(entry.fields),
        "note": entry.note,
        "sent": entry.sent,
        "happened": entry.happened,
    }


def _entry(row: Mapping[str, Any]) -> Entry:
    if row["act"] not in ("open", "update", "resolve"):
        raise ValueError
    return Entry(
        act=row["act"],
        by=row["by"],
        at=datetime.fromisoformat(row["at"]),
        fields=dict(row["fields"]),
        note=row["note"],
        sent=_when(row["sent"]),
        happened=_when(row["happened"]),
    )


def _when(given: str | None) -> datetime | None:
    return None if given is None else datetime.fromisoformat(given)


def _plain(value: Any) -> Any:
    """`value` with its times in ISO 8601, each in the offset that it was given in."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _named(by: str) -> str:
    name = " ".join(by.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInputError(f"say who does it: --by NAME, of at most {LONGEST_NAME} characters")
    return name


def _note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise BadInputError(f"the note has {len(note):,} characters; at most {LONGEST_NOTE:,} are kept")
    try:
        note.encode()
    except UnicodeEncodeError:
        raise BadInputError("the note holds a lone surrogate, which is not text") from None
    return note.strip()


def _past(when: When, now: datetime, what: str) -> When:
    # A clock may be a little ahead of another.
    if when is not None and (when - now).total_seconds() > 300:
        raise BadInputError(f"{what!r} is {when.isoformat()}, which is still to come")
    return when
