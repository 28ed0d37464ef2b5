"""`truthgpt model`: the language models on this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from truthgpt import settings
from truthgpt.cli import own_models
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json
from truthgpt.language import models

app = typer.Typer(help="The language models on this machine.")
app.command("export")(own_models.export)
app.command("card")(own_models.card)
app.command("evaluate")(own_models.evaluate)


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """Models that are known by name, here or not, and the other GGUF files in the data folder."""
    found = models.list_models(settings.load(data).models)
    if json:
        rows = [
            {"name": m.name, "path": str(m.path), "size": m.size, "sha256": m.sha256, "here": m.here}
            for m in found
        ]
        print_json({"models": rows})
        return
    table = Table("model", "size", "here", "file", box=None, pad_edge=False)
    for model in found:
        table.add_row(
            model.name, f"{model.size / 1e6:,.0f} MB", "yes" if model.here else "no", str(model.path)
        )
    console().print(table)


@app.command()
def pull(
    name: Annotated[
        str, typer.Argument(help="A model's name, or hf:OWNER/REPO/FILE.gguf.")
    ] = settings.DEFAULT_MODEL,
    sha256: Annotated[
        str | None, typer.Option("--sha256", help="The digest that the file must have (needed with hf:).")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Fetch a model; does nothing where it is there already, and right."""
    err = console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=json or not err.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        path = models.pull(
            name,
            settings.load(data).models,
            lambda done, total: bar.update(task, completed=done, total=total),
            sha256=sha256,
        )
    if json:
        print_json({"name": name, "path": str(path), "size": path.stat().st_size})
    else:
        console().print(f"{name} is at {path}")
