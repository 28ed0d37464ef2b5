"""`truthgpt corpus`: which versions of the corpus there are, what is in the newest, and its cards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json, License
from truthgpt.cli.output import console, print_json, printable

if TYPE_CHECKING:
    from collections import Counter

    from truthgpt.corpus.store import Store

app = typer.Typer(help="The corpus: its versions, what is in it, its cards.", invoke_without_command=True)

_SHOWN = 10


@app.callback()
def corpus(context: typer.Context, data: Data = None, json: Json = False) -> None:
    """The recorded versions with their content hashes, and the posts by language, community and source."""
    if context.invoked_subcommand is not None:
        return
    from truthgpt.answer.assistant import (
        Assistant,
    )  # LanceDB takes a second to import: only where posts are read
    from truthgpt.corpus.provenance.statistics import statistics
    from truthgpt.corpus.provenance.versions import versions

    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant:
        store = assistant.store
        number, digest = _identity(store)
        counted = statistics(store)
        recorded = list(versions(store.path))
    if json:
        print_json(
            {
                "version": number,
                "content_hash": digest,
                "posts": counted.posts,
                "trainable": counted.trainable,
                "first": counted.first and counted.first.isoformat(),
                "last": counted.last and counted.last.isoformat(),
                "languages": _all(counted.languages),
                "platforms": _all(counted.platforms),
                "communities": _all(counted.communities),
                "sources": _all(counted.sources),
                "personal": _all(counted.personal),
                "versions": [version.as_dict() for version in recorded],
            }
        )
        return
    out = console()
    out.print(f"version {number} · {counted.posts:,} posts · content hash {digest}")
    for title, counts in (
        ("language", counted.languages),
        ("platform", counted.platforms),
        ("community", counted.communities),
        ("source", counted.sources),
    ):
        _print_counts(title, counts)
    table = Table(
        "version", "made by", "when", "posts", "read", "kept", "content hash", box=None, pad_edge=False
    )
    for version in recorded[-_SHOWN:]:
        made = version.counts
        table.add_row(
            str(version.version),
            version.made_by,
            version.when,
            f"{version.posts:,}",
            f"{made.read:,}",
            f"{made.kept:,}",
            version.content_hash[:16],
        )
    out.print()
    out.print(table)


@app.command()
def card(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write; the data folder's `card` else.", metavar="[DIR]")
    ] = None,
    license_: License = "unknown",
    data: Data = None,
    json: Json = False,
) -> None:
    """Write a dataset card for people (README.md) and one for machines (croissant.json)."""
    from truthgpt.answer.assistant import (
        Assistant,
    )  # LanceDB takes a second to import: only where posts are read
    from truthgpt.corpus import durable
    from truthgpt.corpus.consent import record
    from truthgpt.corpus.provenance.card import Description, files_of
    from truthgpt.corpus.provenance.card import card as for_people
    from truthgpt.corpus.provenance.croissant import croissant
    from truthgpt.corpus.provenance.statistics import statistics
    from truthgpt.corpus.provenance.versions import versions

    chosen = settings.load(data, settings.QUOTES_ONLY)
    target = chosen.data / "card" if folder is None else folder.absolute()
    with Assistant.open(chosen) as assistant:
        store = assistant.store
        number, digest = _identity(store)
        recorded = list(versions(store.path))
        about = Description(
            name=f"corpus-{digest[:12]}",
            statistics=statistics(store),
            version=number,
            content_hash=digest,
            when=recorded[-1].when if recorded else record.now(),
            files=files_of(recorded),
            wishes=sum(1 for _ in record.acts(store.path)),
            license=license_,
        )
    written = {"card": target / "README.md", "croissant": target / "croissant.json"}
    durable.write(written["card"], for_people(about).encode())
    durable.write(written["croissant"], orjson.dumps(croissant(about), option=orjson.OPT_INDENT_2))
    if json:
        print_json({name: str(path) for name, path in written.items()})
    else:
        console().print(f"for people: {written['card']}\nfor machines: {written['croissant']}")


def _identity(store: Store) -> tuple[int, str]:
    """The newest version and its content hash: as recorded, else reckoned now."""
    from truthgpt.corpus.provenance.content import COLUMNS, content_hash
    from truthgpt.corpus.provenance.versions import newest
    from truthgpt.corpus.scan import number, scan

    table = store.snapshot()
    version = number(table, store.path)
    known = newest(store.path, version)
    if known is not None and known.version == version:
        return version, known.content_hash
    return version, content_hash(scan(table, store.path, COLUMNS))


def _all(counts: Counter[str]) -> dict[str, Any]:
    return dict(counts.most_common())


def _print_counts(title: str, counts: Counter[str]) -> None:
    table = Table(title, "posts", box=None, pad_edge=False)
    for name, count in counts.most_common(_SHOWN):
        table.add_row(printable(name) or "(none)", f"{count:,}")
    if len(counts) > _SHOWN:
        table.add_row(f"{len(counts) - _SHOWN:,} more", "")
    out = console()
    out.print()
    out.print(table)
