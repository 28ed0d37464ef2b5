"""`truthgpt trends`: when and where posts speak of something, for people, or as JSON."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from truthgpt import settings
from truthgpt.cli.options import Data, Json, utf8
from truthgpt.cli.output import console, print_json, printable

if TYPE_CHECKING:
    from truthgpt.search.trends import Trends

_BAR = 40
_SHOWN = 24
"""Periods that people are shown, the latest."""
_FORMATS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def trends(
    query: Annotated[str, typer.Argument(help="As for search; all posts where it is left out.")] = "",
    community: Annotated[str | None, typer.Option("--community", help="Only this community.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Only this language (en, pt, zh …).")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="From this time (UTC) on.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="Before this time (UTC).")] = None,
    interval: Annotated[
        Literal["hour", "day", "week", "month", "year"] | None,
        typer.Option("--interval", help="How long a period is; by itself such that there are few."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Count the posts that have all of a query: over time, by community, and the words that rise among them."""
    from truthgpt.answer.assistant import Assistant
    from truthgpt.search import Filters

    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant:
        started = time.perf_counter()
        filters = Filters(community, None, language, since, until)
        found = assistant.searcher.trends(utf8(query, "query"), filters, interval=interval)
        seconds = time.perf_counter() - started
    if json:
        print_json({**asdict(found), "seconds": round(seconds, 6)})
        return
    _print(found)


def _print(found: Trends) -> None:
    out = console()
    authors = f" by {found.authors} authors" if found.authors else ""
    out.print(Text(f"{found.posts} posts{authors}", "bold"))
    shown = found.periods[-_SHOWN:]
    most = max((period.posts for period in shown), default=0)
    for period in shown:
        bar = "█" * round(_BAR * period.posts / most) if most else ""
        out.print(f"  {period.start:{_FORMATS[found.interval]}}  {period.posts:>7}  {bar}")
    if found.communities:
        out.print(Text("Communities", "bold"))
    for community in found.communities:
        out.print(f"  {community.posts:>7} of {community.of:<7}  {printable(community.community)}")
    if found.rising and found.rising_since:
        out.print(Text(f"Rising since {found.rising_since:%Y-%m-%d %H:%M}", "bold"))
        for word in found.rising:
            out.print(f"  {printable(word.term)}  ({word.recent} lately, {word.before} before)")
