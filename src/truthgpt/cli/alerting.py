"""`truthgpt alert`: searches that are kept, and what has come in for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from urllib import request
from urllib.error import URLError

import orjson
import typer
from rich.table import Table
from rich.text import Text

from truthgpt import settings
from truthgpt.cli.options import Data, Json, utf8
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import MissingError

if TYPE_CHECKING:
    from truthgpt.answer.assistant import Assistant
    from truthgpt.search.alerts import Alerts, News

app = typer.Typer(help="Searches that are kept: what has come in for them since they were last looked at.")

_PATIENCE = 10.0
"""Seconds in which a webhook has to answer."""
_EXCERPT = 160


@contextmanager
def _opened(data: Data) -> Iterator[tuple[Assistant, Alerts]]:
    from truthgpt.answer.assistant import Assistant
    from truthgpt.search.alerts import Alerts

    chosen = settings.load(data, settings.QUOTES_ONLY)
    with Assistant.open(chosen) as assistant:
        yield assistant, Alerts(chosen.data)


@app.command(context_settings={"ignore_unknown_options": True})
def add(
    name: Annotated[str, typer.Argument(help="What the alert is called.")],
    query: Annotated[
        str, typer.Argument(help="As for search; a post must have all that it asks, its words too.")
    ],
    webhook: Annotated[
        str, typer.Option("--webhook", help="An address that is sent what comes in, as JSON.")
    ] = "",
    data: Data = None,
) -> None:
    """Keep a search. What is stored now counts as seen."""
    with _opened(data) as (assistant, alerts):
        alerts.add(utf8(name, "name"), utf8(query, "query"), assistant.searcher, webhook)


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """The searches that are kept."""
    with _opened(data) as (_, alerts):
        known = alerts.list()
    if json:
        rows = [{"name": alert.name, "query": alert.query, "webhook": alert.webhook} for alert in known]
        print_json({"alerts": rows})
        return
    table = Table("alert", "query", "webhook", box=None, pad_edge=False)
    for alert in known:
        table.add_row(*map(printable, (alert.name, alert.query, alert.webhook)))
    console().print(table)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The alert's name.")], data: Data = None) -> None:
    """Keep a search no longer."""
    with _opened(data) as (_, alerts):
        alerts.remove(utf8(name, "name"))


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="One alert, else all.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show what has come in since the last time, and send it to webhooks. `truthgpt import` does the same at its end."""
    with _opened(data) as (assistant, alerts):
        told = []
        for news in alerts.news(assistant.searcher, name and utf8(name, "name")):
            _send(news)
            told.append(news.as_dict()) if json else _show(news)
    if json:
        print_json({"alerts": told})


def tell(assistant: Assistant, alerts: Alerts) -> None:
    """Say on standard error what an import brought for alerts, and send it to webhooks."""
    for news in alerts.news(assistant.searcher):
        more = "+" if news.more else ""
        print(f"alert {printable(news.alert.name)}: {len(news.hits)}{more} new", file=sys.stderr)
        _send(news)


def _show(news: News) -> None:
    out = console()
    more = " and more" if news.more else ""
    out.print(Text(f"{printable(news.alert.name)}: {len(news.hits)} new{more}", "bold"))
    for hit in news.hits:
        text = " ".join(printable(hit.post.text).split())
        out.print(f"  {text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + '…'}")


def _send(news: News) -> None:
    """Raises `MissingError` where the webhook does not take it; it is sent again by the next check."""
    if not news.alert.webhook:
        return
    asked = request.Request(
        news.alert.webhook, orjson.dumps(news.as_dict()), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with request.urlopen(asked, timeout=_PATIENCE):
            return
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise MissingError(
            f"alert {news.alert.name}: {news.alert.webhook} did not take it ({reason}); `truthgpt alert check` sends it again"
        ) from error
