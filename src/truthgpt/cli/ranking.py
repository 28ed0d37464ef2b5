"""`truthgpt ranker`: what orders the posts that a search finds, and teaching it by what readers clicked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.cli.progress import bars
from truthgpt.search.own import OwnRanker

if TYPE_CHECKING:
    from truthgpt.search.learning import Taught

app = typer.Typer(help="What orders the posts that a search finds, and teaching it by what readers clicked.")

_KEPT, _NOT_KEPT = "kept: searches rank by it from now on", "not kept: what was clicked does not stand higher"
_PLACES = 10
"""Places of which it is told how often they are looked at."""


@app.command()
def learn(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help='JSON Lines of {"query", "shown", "clicked"}; else what `up --keep-clicks` wrote.',
            metavar="[FILE]...",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Teach the ranker by clicks, of which where a post stood is taken out, and keep it where it is better on queries that it was not taught.

    Exits with 1 where it is not, and the ranker of before stays.
    """
    from truthgpt.answer.assistant import Assistant
    from truthgpt.search import clicks, learning

    chosen = settings.load(data, settings.QUOTES_ONLY)
    with Assistant.open(chosen) as assistant:
        read = clicks.read(files or [chosen.ranker / clicks.FILE])
        if read.bad:
            lines = "line is" if read.bad == 1 else "lines are"
            print(printable(f"{read.bad:,} {lines} none: {read.first}"), file=sys.stderr)
        with bars(quiet=json) as report:
            found = learning.learn(
                assistant.searcher,
                read.impressions,
                lambda done, total: report("looking up queries", done, total, "queries"),
            )
    if found.better:
        OwnRanker(chosen.ranker).keep(found.trees)
    if json:
        print_json({**found.as_dict(), "kept": found.better, "lines": len(read.impressions) + read.bad, "bad": read.bad})  # fmt: skip
    else:
        _show(found)
    if not found.better:
        raise typer.Exit(1)


@app.command()
def show(data: Data = None, json: Json = False) -> None:
    """Which ranker orders what a search finds."""
    own = OwnRanker(settings.load(data).ranker)
    taught, trees = own.taught, own.trees()
    if json:
        print_json({"taught": taught, "trees": len(trees.roots), "features": list(trees.names)})
        return
    said = "taught by clicks here" if taught else "as it ships"
    console().print(printable(f"{said}: {len(trees.roots)} trees over {len(trees.names)} features"))


@app.command()
def drop(data: Data = None) -> None:
    """Go back to the ranker that ships. Clicks that were kept stay."""
    dropped = OwnRanker(settings.load(data).ranker).drop()
    console().print("the ranker that ships orders from now on" if dropped else "none was taught here")


def _show(found: Taught) -> None:
    table = Table("impressions", "held back", "nDCG@10 before", "after", box=None, pad_edge=False)
    table.add_row(
        f"{found.impressions:,}", f"{found.held_back:,}", f"{found.before:.3f}", f"{found.after:.3f}"
    )
    out = console()
    out.print(table)
    places = ", ".join(f"{100 * share:.0f}%" for share in found.seen[:_PLACES])
    out.print(f"looked at, from the first place on: {places}")
    out.print(_KEPT if found.better else _NOT_KEPT)
