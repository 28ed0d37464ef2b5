"""`truthgpt inspector`: who may read the inspectors' page, each with a key of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.oversight.inspectors import LONGEST_TERM, Inspector, Inspectors

app = typer.Typer(help="Who may read the inspectors' page, at /inspectors, each with a key of their own.")

Name = Annotated[str, typer.Argument(help="The inspector's name.", metavar="NAME")]


@app.command()
def add(
    name: Name,
    days: Annotated[
        int, typer.Option("--days", min=1, max=LONGEST_TERM, help="Days that the key lasts.")
    ] = 365,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a key for an inspector and print it, this once: only its hash is kept."""
    new, key = Inspectors(settings.load(data).data).add(name, days)
    if json:
        print_json({"key": key, **_row(new)})
        return
    out = console()
    out.print(key, soft_wrap=True)
    out.print(
        printable(
            f"The key of {new.name}, until {new.expires:%Y-%m-%d}. It cannot be shown again: hand it over safely. "
            "It opens /inspectors of the running server, which reads and never writes."
        )
    )


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """Who may read, and until when."""
    found = Inspectors(settings.load(data).data).all()
    now = datetime.now(UTC)
    if json:
        print_json({"inspectors": [_row(each) | {"over": each.over(now)} for each in found]})
        return
    table = Table("inspector", "added", "until", box=None, pad_edge=False)
    for each in found:
        over = " (over)" if each.over(now) else ""
        table.add_row(printable(each.name), f"{each.added:%Y-%m-%d}", f"{each.expires:%Y-%m-%d}{over}")
    console().print(table if found else "There is no inspector; `truthgpt inspector add NAME` makes a key.")


@app.command()
def remove(name: Name, data: Data = None, json: Json = False) -> None:
    """Take an inspector's key back, at once, on running servers too."""
    gone = Inspectors(settings.load(data).data).remove(name)
    if json:
        print_json({"removed": gone.name})
    else:
        console().print(printable(f"The key of {gone.name} counts no longer."))


def _row(one: Inspector) -> dict[str, Any]:
    return {"name": one.name, "added": one.added, "expires": one.expires}
