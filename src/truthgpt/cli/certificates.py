"""`truthgpt certificate`: the signed result of an inspection, which anyone can verify offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.oversight.certificate import offline, standing, trust
from truthgpt.oversight.certificate import verify as verifying
from truthgpt.oversight.certificate.digests import model_files
from truthgpt.oversight.certificate.issue import DAYS, MOST_DAYS, keep, place, witnessed
from truthgpt.oversight.certificate.issue import issue as make
from truthgpt.oversight.certificate.statement import written
from truthgpt.oversight.inspection import carding

app = typer.Typer(
    help="The signed result of an inspection: made, shown, verified; and the keys that are trusted."
)

File = Annotated[Path, typer.Argument(help="A certificate.", metavar="FILE")]


@app.command()
def issue(
    model: Annotated[
        str, typer.Argument(help="A model's name, its GGUF file or its folder.", metavar="MODEL")
    ],
    inspection: Annotated[
        Path | None,
        typer.Option(
            "--inspection", help="What `truthgpt inspect` wrote (else the model's newest).", metavar="DIR"
        ),
    ] = None,
    inspector: Annotated[
        str | None, typer.Option("--inspector", help="Who answers for it.", metavar="NAME")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", help="How long it holds.", min=1, max=MOST_DAYS, metavar="N")
    ] = DAYS,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write it (else where `truthgpt up` looks).", metavar="F"),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card", help="Name it on the card in this folder, which the file was made of.", metavar="DIR"
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Sign what an inspection found of a model, log it, and write the certificate."""
    chosen = settings.load(data)
    oversight = standing.folder_of(chosen)
    if card:
        for file in model_files(model, chosen.models):
            if file.suffix == ".gguf":
                carding.require_same(card, file)  # before anything is signed
    made = make(
        oversight, model, chosen.models, inspection, now=datetime.now(UTC), inspector=inspector, days=days
    )
    path = out or place(oversight, made)
    keep(path, made)
    if card:
        carding.put(card, made.file, made.inspection, made.id)
    if json:
        print_json(
            {"path": str(path), "id": made.id, "passed": made.passed, "expires": written(made.expires)}
        )
        return
    held = "" if made.passed else "; it says that not every measure was within its limit"
    console().print(f"{printable(str(path))}, until {made.expires:%Y-%m-%d}{held}")


@app.command()
def show(path: File, json: Json = False) -> None:
    """Show what a certificate says, without verifying it."""
    statement = verifying.read_unverified(path)
    if json:
        print_json(statement)
        return
    _print_statement(statement)
    console().print("\nNot verified: `truthgpt certificate verify` does that.")


@app.command()
def verify(
    path: File,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="A model's name, file or folder, which must be the one certified.", metavar="M"
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="The inspector's public key, base64 or a file (else those trusted).", metavar="K"
        ),
    ] = None,
    witnesses: Annotated[
        list[str] | None,
        typer.Option("--witness", help="The verifier key of a witness who must have cosigned.", metavar="V"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="The time to verify for, 2026-01-31T12:00:00Z (else now).", metavar="T"),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Verify a certificate: signature, log, dates, and the model's files; 1 when any part is wrong, and which."""
    chosen = settings.load(data)
    report = verifying.verify(
        path,
        standing.folder_of(chosen),
        chosen.models,
        at=_time(at) or datetime.now(UTC),
        model=model,
        given=key or (),
        witnesses=witnesses or (),
    )
    if json:
        predicate = report.statement["predicate"] if report.statement and report.valid else {}
        said = {name: predicate.get(name) for name in ("passed", "inspector", "model", "issued", "expires")}
        print_json(
            {
                "valid": report.valid,
                "id": report.id,
                "checks": [asdict(check) for check in report.checks],
                **said,
            }
        )
    else:
        for check in report.checks:
            style = None if check.ok else "red"
            console().print(
                printable(f"{'holds' if check.ok else 'WRONG'}  {check.part}: {check.says}"), style=style
            )
        if report.valid and report.statement:
            if not any(check.part.startswith("subject ") for check in report.checks):
                console().print("No file of the model was compared: --model M does that.")
            console().print()
            _print_statement(report.statement)
        console().print("\nvalid" if report.valid else "\nNOT VALID")
    if not report.valid:
        raise typer.Exit(1)


@app.command()
def witness(path: File, data: Data = None) -> None:
    """Put the cosignatures that the log's witnesses have given by now into a certificate that was issued here."""
    chosen = settings.load(data)
    content = witnessed(verifying.read(path), standing.folder_of(chosen))
    durable.write(path, content)
    console().print(f"{printable(str(path))} now has the cosignatures of the log's witnesses")


@app.command("trust")
def trust_(
    key: Annotated[str, typer.Argument(help="An inspector's public key, base64 or a file.", metavar="KEY")],
    name: Annotated[str, typer.Option("--name", help="Whose it is.", metavar="NAME")],
    since: Annotated[
        str | None, typer.Option("--from", help="Good for what is issued from this time on.", metavar="T")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Good for what was issued before this time.", metavar="T")
    ] = None,
    data: Data = None,
) -> None:
    """Take an inspector's key into those that are trusted here; give it again to change its days."""
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise BadInputError("a key's name is 1 to 200 characters on one line; give --name NAME")
    folder = standing.folder_of(settings.load(data)) / standing.KEYS
    added = [replace(each, name=name, since=_time(since), until=_time(until)) for each in trust.key_of(key)]
    trust.trust(folder, added)
    console().print(f"{printable(name)} is trusted: {', '.join(each.id[:16] for each in added)}")


@app.command("keys")
def keys_(data: Data = None, json: Json = False) -> None:
    """The keys whose certificates are taken here."""
    known = trust.known_keys(standing.folder_of(settings.load(data)) / standing.KEYS)
    if json:
        print_json({"keys": [_row(key) for key in known]})
        return
    table = Table("key", "name", "from", "until", "public key", box=None, pad_edge=False)
    for key in known:
        row = _row(key)
        table.add_row(
            key.id[:16], printable(key.name), row["from"] or "", row["until"] or "", row["key"] or ""
        )
    console().print(table)


@app.command()
def rotate(data: Data = None) -> None:
    """Retire this installation's key and make a new one; what the old one signed goes on to verify."""
    made = trust.rotate(standing.folder_of(settings.load(data)) / standing.KEYS, datetime.now(UTC))
    console().print(f"The key is now {made.id[:16]}; hand its public half out: {trust.encoded(made)}")


def _row(key: offline.Key) -> dict[str, str | None]:
    return {"id": key.id, **trust.row(key)}


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else offline.read_time(text)
    except ValueError as error:
        raise BadInputError(f"{error}; give the time in UTC like that") from None


def _print_statement(statement: Mapping[str, Any]) -> None:
    predicate, out = statement["predicate"], console()
    flop = predicate.get("trainingFlop")
    facts = {
        "model": predicate.get("model"),
        "inspector": predicate["inspector"],
        "issued": predicate["issued"],
        "expires": predicate["expires"],
        "battery": predicate.get("battery"),
        "training FLOP": "unknown" if flop is None else f"{flop:.3g}",
        "within all limits": "yes" if predicate.get("passed") is True else "NO",
    }
    for name, value in facts.items():
        out.print(printable(f"{name}: {value}"))
    table = Table("measure", "value", "95%", "limit", "outcome", box=None, pad_edge=False)
    for row in predicate.get("results", ()):
        table.add_row(*(printable(cell) for cell in _cells(row)))
    out.print(table)
    for subject in statement["subject"]:
        digest = next(iter(subject["digest"].items()), ("", ""))
        out.print(printable(f"{subject['name']}  {digest[0]} {digest[1]}"), soft_wrap=True)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high, limit = row.get("low"), row.get("high"), row.get("limit")
    return (
        str(row.get("id")),
        _number(row.get("value")),
        f"{_number(low)} to {_number(high)}" if low is not None and high is not None else "",
        f"{row.get('direction')} {_number(limit)}" if limit is not None else "",
        str(row.get("outcome")),
    )


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else ""
