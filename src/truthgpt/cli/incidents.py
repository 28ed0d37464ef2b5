"""`truthgpt incident`: reports of serious incidents, their deadlines, and what is sent to authorities."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.oversight.incidents import FIELDS, KINDS, Incident, Incidents, deadlines, kept_until, opening
from truthgpt.oversight.incidents.report import faults, moment
from truthgpt.oversight.incidents.store import exported
from truthgpt.oversight.recording import recorder

app = typer.Typer(help="Reports of serious incidents: nine fields, deadlines, history.")

Id = Annotated[str, typer.Argument(help="The report's id, INC-2026-0001 say.", metavar="ID")]
By = Annotated[str, typer.Option("--by", help="Who does it.", metavar="NAME")]
File = Annotated[Path, typer.Argument(help="The report as JSON; `-` reads standard input.", metavar="FILE")]
Sent = Annotated[
    str | None,
    typer.Option(
        "--sent",
        help="When it was sent to the authorities: `now`, or a time with its offset.",
        metavar="WHEN",
    ),
]
Note = Annotated[str, typer.Option("--note", help="What there is to say about it.", metavar="TEXT")]
_LARGEST = 4 << 20


@app.command("open")
def open_(
    file: File,
    by: By,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help=f"One of {', '.join(KINDS)}, else the file's.", metavar="KIND"),
    ] = None,
    aware: Annotated[
        str | None, typer.Option("--aware", help="When it became known, else the file's.", metavar="WHEN")
    ] = None,
    sent: Sent = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Open a report from a JSON file with the nine fields, its kind, and when it became known."""
    given = _object(file)
    given |= {name: value for name, value in (("kind", kind), ("aware", aware)) if value is not None}
    _refuse(faults(given), file)
    _show(_store(data).open(opening(given), by, sent=_when(sent, "sent")), json)


@app.command()
def update(
    id_: Id,
    by: By,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Fields that change, as JSON; `-` reads standard input.", metavar="FILE"),
    ] = None,
    note: Note = "",
    sent: Sent = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Add to a report: fields that change, a note, or that it was sent."""
    given = {} if file is None else _object(file)
    if file is not None:
        _refuse(faults(given, whole=False), file)
    _show(_store(data).update(id_, given, by, note=note, sent=_when(sent, "sent")), json)


@app.command()
def resolve(
    id_: Id,
    by: By,
    note: Note,
    at: Annotated[
        str, typer.Option("--at", help="When it ended: `now`, or a time with its offset.", metavar="WHEN")
    ] = "now",
    data: Data = None,
    json: Json = False,
) -> None:
    """Say that an incident has ended; its final report is due 60 days later."""
    _show(_store(data).resolve(id_, by, note, at=moment(at, "at")), json)


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """All reports and what is due next."""
    found = _store(data).all()
    now = datetime.now(UTC)
    if json:
        print_json({"incidents": [exported(incident, now) for incident in found]})
        return
    table = Table("incident", "kind", "status", "due next", box=None, pad_edge=False)
    for incident in found:
        waiting = [one for one in deadlines(incident) if one.met is None]
        due = f"{waiting[0].what}, {_left(waiting[0].due, now)}" if waiting else "nothing"
        table.add_row(incident.id, incident.kind, "resolved" if incident.resolved else "open", due)
    console().print(table if found else "No incident has been reported here.")


@app.command()
def show(id_: Id, data: Data = None, json: Json = False) -> None:
    """One report: fields, deadlines, history."""
    _show(_store(data).get(id_), json)


@app.command()
def export(
    id_: Id,
    to: Annotated[Path, typer.Option("--to", help="The file to write: .json or .pdf.", metavar="FILE")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Write one report as JSON or as PDF."""
    incident = _store(data).get(id_)
    now = datetime.now(UTC)
    kind = to.suffix.lower()
    if kind == ".pdf":
        from truthgpt.oversight.incidents.pdf import pdf  # its library takes a while to import

        content = pdf(incident, now)
    elif kind == ".json":
        content = orjson.dumps(
            exported(incident, now), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    else:
        raise BadInputError(f"--to {to}: a report is written as .json or .pdf")
    durable.write(to.expanduser().absolute(), content, 0o600)
    if json:
        print_json({"id": incident.id, "path": str(to), "bytes": len(content)})
    else:
        console().print(printable(f"{incident.id} is in {to}"))


def _store(data: Path | None) -> Incidents:
    folder = settings.load(data).data
    return Incidents(folder, recorder(folder))


def _when(given: str | None, what: str) -> datetime | None:
    return None if given is None else moment(given, what)


def _object(file: Path) -> dict[str, Any]:
    try:
        content = sys.stdin.buffer.read(_LARGEST + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadInputError(
            f"cannot read {file}: {error.strerror}; give a JSON file with the report"
        ) from error
    if len(content) > _LARGEST:
        raise BadInputError(f"{file} has more than {_LARGEST >> 20} MiB; a report is text")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"{file} is not JSON ({error})") from None
    if not isinstance(found, dict):
        raise BadInputError(f"{file} is not a report: a JSON object with the fields {', '.join(FIELDS)} is")
    return found


def _refuse(found: list[str], file: Path) -> None:
    """Ends with all faults of a file, a line each."""
    for fault in found:
        print(f"truthgpt: {printable(f'{file}: {fault}')}", file=sys.stderr)
    if found:
        raise typer.Exit(2)


def _show(incident: Incident, json: bool) -> None:
    now = datetime.now(UTC)
    if json:
        print_json(exported(incident, now))
        return
    out = console()
    zone = incident.aware.tzinfo
    days, what = KINDS[incident.kind]
    out.print(f"{incident.id}: {what}", style="bold")
    out.print(f"known since {incident.aware.isoformat()} · first report within {days} days")
    out.print("\nDeadlines", style="bold")
    for one in deadlines(incident):
        local = one.due.astimezone(zone)
        late = one.overdue(now)
        state = ("sent too late" if late else "sent") if one.met else _left(one.due, now)
        line = f"{one.what}: {one.due:%Y-%m-%d %H:%M} UTC ({local:%Y-%m-%d %H:%M %z}), {state}"
        out.print(Padding(line, (0, 0, 0, 2)), style="red" if late else "")
    out.print(Padding(f"kept until at least {kept_until(incident):%Y-%m-%d}", (0, 0, 0, 2)))
    for name, text in incident.fields.items():
        out.print(f"\n{name.replace('_', ' ').capitalize()}", style="bold")
        out.print(Padding(printable(text), (0, 0, 0, 2)))
    out.print("\nHistory", style="bold")
    for entry in incident.history:
        said = f"{entry.at:%Y-%m-%d %H:%M} UTC, {entry.by}: {entry.act}"
        changed = "" if entry.act == "open" else ", ".join(entry.fields)
        parts = [said, changed, entry.note, f"sent {entry.sent.isoformat()}" if entry.sent else ""]
        out.print(Padding(printable("; ".join(filter(None, parts))), (0, 0, 0, 2)))


def _left(due: datetime, now: datetime) -> str:
    hours = (due - now).total_seconds() / 3600
    span = f"{abs(hours) / 24:.0f} days" if abs(hours) >= 72 else f"{abs(hours):.0f} hours"
    return f"in {span}" if hours >= 0 else f"{span} overdue"
