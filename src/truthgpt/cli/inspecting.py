"""`truthgpt inspect`: a battery of measures of a model, its report, and the report's numbers computed again from its logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json, Jurisdiction, json_objects
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.oversight.inspection.result import Inspection

_REPORT, _CANARIES = "report", "canaries"


def inspect(
    what: Annotated[
        str | None,
        typer.Argument(
            help="A model's name, a GGUF file, an OpenAI-compatible address, or `none`; or `report`, with its folder; "
            "or `canaries`, which prints posts to plant in training.",
            metavar="MODEL|report|canaries",
        ),
    ] = None,
    folder: Annotated[Path | None, typer.Argument(help="With `report`: its folder.", metavar="[DIR]")] = None,
    battery: Annotated[
        Literal["quick", "full"], typer.Option("--battery", help="quick: minutes; full: all there is.")
    ] = "quick",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the report goes (else into the data folder).", metavar="DIR"),
    ] = None,
    limits: Annotated[
        Path | None,
        typer.Option("--limits", help="A TOML file of limits in place of the package's own.", metavar="FILE"),
    ] = None,
    canaries: Annotated[
        Path | None,
        typer.Option(
            "--canaries",
            help="JSONL of the canaries that were planted in the model's training.",
            metavar="FILE",
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", help="With `canaries`: how many.", min=1, max=1_000)] = 10,
    jurisdiction: Jurisdiction = None,
    seed: Annotated[int, typer.Option("--seed", help="Draws samples, slips and intervals.", min=0)] = 0,
    recompute: Annotated[
        Path | None,
        typer.Option("--recompute", help="Compute a report's numbers from its logs again.", metavar="DIR"),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card",
            help="Say what was found on the card in this folder, which the file was made of.",
            metavar="DIR",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Inspect a model: truthfulness, law, even-handedness, bias, privacy, attacks, robustness. Goes on where it was stopped.

    Exits with 1 where a measure is beyond its limit, or where a report's numbers are not those of its logs.
    """
    if card and (recompute is not None or what in (None, _REPORT, _CANARIES)):
        raise BadInputError("--card says what an inspection found: name a model beside it")
    if recompute is not None:
        if what is not None:
            raise BadInputError("--recompute DIR reads a report; name no model beside it")
        return _recompute(recompute, json)
    if what is None:
        raise BadInputError(
            "name a model to inspect: a name of `truthgpt model list`, a GGUF file, an address or `none`"
        )
    if what == _CANARIES:
        return _canaries(count, seed)
    if (folder is not None) != (what == _REPORT):
        raise BadInputError("give `truthgpt inspect report DIR`, or a model alone")
    if folder is not None:
        from truthgpt.oversight.inspection.result import load

        return _told(load(folder), folder, json)
    planted = _planted(canaries) if canaries is not None else []
    from truthgpt.oversight.certificate.digests import model_files
    from truthgpt.oversight.inspection import carding
    from truthgpt.oversight.inspection.run import inspect as run

    chosen = settings.load(data, what)
    file = model_files(what, chosen.models)[0] if card else None
    if card and file:
        carding.require_same(card, file)  # before hours of work

    err = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=json or not err.is_terminal) as bar:
        task = bar.add_task("getting ready", total=None)
        found, at = run(
            chosen,
            battery,
            seed=seed,
            jurisdiction=jurisdiction or "open",
            out=out.expanduser().absolute() if out else None,
            limits_file=limits,
            canaries=planted,
            report=lambda name, done, total: bar.update(task, description=name, completed=done, total=total),
        )
    code = _told(found, at, json)
    if card and file:
        carding.put(card, file, found)
    return code


def _told(found: Inspection, folder: Path, json: bool) -> int:
    """Prints the inspection; 1 where it was not passed."""
    from truthgpt.oversight.inspection.wording import OUTCOMES, interval, limit, number, verdict

    if json:
        print_json(found.as_dict() | {"folder": str(folder)})
        return 0 if found.passed else 1
    table = Table("measure", "found", "95% interval", "limit", "", box=None, pad_edge=False)
    for one in found.results:
        table.add_row(one.title, number(one.value), interval(one), limit(one), OUTCOMES[one.outcome])
    out = console()
    out.print(table)
    for why in dict.fromkeys(one.why for one in found.unmeasured):
        out.print(f"not measured: {printable(why)}")
    out.print(f"{printable(found.model)}: {verdict(found)}")
    page = folder / "report.html"
    if page.is_file():
        out.print(f"The report is at {printable(str(page))}")
    return 0 if found.passed else 1


def _recompute(folder: Path, json: bool) -> int:
    """Prints whether the report's numbers are those of its logs, and what differs; 1 where something does."""
    from truthgpt.oversight.inspection.run import recompute

    found, differences = recompute(folder)
    if json:
        print_json({"same": not differences, "differences": differences, "inspection": found.as_dict()})
    elif differences:
        for line in differences:
            console().print(printable(line), soft_wrap=True)
    else:
        measured = sum(bool(one.log) for one in found.results)
        console().print(f"All {measured} numbers of the report, with their intervals, are those of its logs.")
    return 1 if differences else 0


def _canaries(count: int, seed: int) -> int:
    """Prints canaries as posts that `truthgpt import` reads."""
    from truthgpt.oversight.inspection.leakage import canaries

    for place, text in enumerate(canaries(count, seed)):
        print_json({"id": f"canary:{place}", "text": text, "community": "canaries", "author": "nobody"})
    return 0


def _planted(file: Path) -> list[str]:
    texts = []
    for number, row in json_objects(file):
        if not isinstance(row.get("text"), str):
            raise BadInputError(f'{file}, line {number}: a canary needs its "text"')
        texts.append(row["text"])
    return texts
