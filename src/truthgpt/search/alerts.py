"""Searches that somebody keeps, and the posts that have come in since they last asked.

They stand in one file of the data folder. What is new is told by the number of the import that brought a post, so that an old
post that comes in today is news and one that was written today and seen yesterday is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from truthgpt.corpus import durable
from truthgpt.corpus.lock import WriteLock
from truthgpt.errors import BadInputError
from truthgpt.search.filters import Filters
from truthgpt.search.searcher import Hit, Searcher
from truthgpt.search.syntax import parse

FILE = "alerts.json"
MOST = 100
"""New posts that are told of at once, the latest."""
_NAME = re.compile(r"[\w][\w .-]{0,63}")


@dataclass(frozen=True, slots=True)
class Alert:
    """A kept `query`; posts up to import number `seen` have been told of. What is new goes to `webhook`, where there is one."""

    name: str
    query: str
    seen: int
    webhook: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What came in for an alert, copies once, the latest first, and whether there are `more` than these."""

    alert: Alert
    hits: list[Hit]
    more: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "alert": self.alert.name,
            "query": self.alert.query,
            "posts": [hit.as_dict() for hit in self.hits],
            "more": self.more,
        }


class Alerts:
    """The alerts of a data folder. Several processes may use it; they change it one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "alerts"

    def list(self) -> list[Alert]:
        """By their names. Raises `BadInputError` where the file is damaged."""
        path = self._folder / FILE
        try:
            rows = orjson.loads(path.read_bytes())
            return [Alert(**row) for row in rows]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError) as error:
            raise BadInputError(f"{path} is damaged; mend or remove it") from error

    def add(self, name: str, query: str, searcher: Searcher, webhook: str = "") -> Alert:
        """Keep `query`, of which everything that is stored now counts as seen.

        Raises `QuerySyntaxError` for a query that cannot be read, `BadInputError` for a name that is taken or that would not
        fit a line, and for a webhook that is no address.
        """
        parse(query, all_demanded=True)
        if not query.strip():
            raise BadInputError("the query is empty")
        if not _NAME.fullmatch(name):
            raise BadInputError(
                f"alert {name!r}: a name is letters, digits, spaces, dots and hyphens, 64 at most"
            )
        if webhook and not re.fullmatch(r"https?://[^\s/]+\S*", webhook):
            raise BadInputError(f"--webhook {webhook}: it is an address that begins with http:// or https://")
        alert = Alert(name, query, searcher.newest_import(), webhook)
        with self._changing() as known:
            if name in known:
                raise BadInputError(f"there is an alert {name!r} already; remove it first")
            known[name] = alert
        return alert

    def remove(self, name: str) -> Alert:
        """Raises `BadInputError` where there is none of this name."""
        with self._changing() as known:
            self._known(known, name)
            return known.pop(name)

    def news(self, searcher: Searcher, name: str | None = None) -> Iterator[News]:
        """What came in for each alert, or for that of this name, where something did. It counts as seen once the next is asked
        for: whoever fails to pass it on is told of it again."""
        known = {alert.name: alert for alert in self.list()}
        wanted = [self._known(known, name)] if name is not None else list(known.values())
        newest = searcher.newest_import() if wanted else 0
        for alert in wanted:
            if alert.seen >= newest:
                continue
            page = searcher.page(alert.query, MOST, Filters(after_import=alert.seen), latest=True)
            if page.hits:
                yield News(alert, page.hits, page.more)
            with self._changing() as now:
                if now.get(alert.name) == alert:
                    now[alert.name] = replace(alert, seen=newest)

    @staticmethod
    def _known(known: dict[str, Alert], name: str) -> Alert:
        if name not in known:
            raise BadInputError(f"there is no alert {name!r}; `truthgpt alert list` shows those there are")
        return known[name]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Alert]]:
        """The alerts by their names, kept as they are changed unless an error ends this."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with WriteLock(self._folder):
            known = {alert.name: alert for alert in self.list()}
            yield known
            rows = [
                {"name": alert.name, "query": alert.query, "seen": alert.seen, "webhook": alert.webhook}
                for _, alert in sorted(known.items())
            ]
            durable.write(self._folder / FILE, orjson.dumps(rows, option=orjson.OPT_INDENT_2), 0o600)
