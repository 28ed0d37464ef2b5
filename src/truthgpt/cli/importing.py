"""`truthgpt import`: a platform's exports into the corpus."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from truthgpt import settings
from truthgpt.cli.alerting import tell
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json
from truthgpt.cli.progress import bars
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.corpus.importer import ImportResult


def import_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Exports of platforms, JSONL, CSV, Parquet; also .gz, .zst, and archives: .zip, .tar."
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="x, mastodon, bluesky, pushshift, telegram, weibo, hackernews, jsonl, json, csv, tsv or parquet, "
            "where content and name do not tell; of an archive, the format of what is in it.",
        ),
    ] = None,
    community: Annotated[
        str | None, typer.Option("--community", help="The community of rows that name none.")
    ] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, such as text=body; may be repeated.")
    ] = None,
    runner: Annotated[
        str, typer.Option("--runner", help="embedded, or ray: on the cluster that RAY_ADDRESS names.")
    ] = "embedded",
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Stay, and bring in what is written to the files, JSON Lines, as it comes; - is the standard input.",
        ),
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Bring in the built-in demo posts instead.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Read exports of posts; what is there already is not read twice. The first own posts replace the demo posts."""
    # LanceDB takes a second to import: only where posts are read.
    from truthgpt.answer.assistant import Assistant
    from truthgpt.oversight import acts
    from truthgpt.search.alerts import Alerts

    if bool(paths) == demo:
        raise BadInputError("give the files to import, or --demo alone for the built-in posts")
    mapping = _mapping(map_ or [])
    chosen = _runner(runner)
    if follow and (demo or chosen == "ray"):
        raise BadInputError("--follow brings in files, on this machine: leave out --demo and --runner ray")
    chosen_settings = settings.load(data, settings.QUOTES_ONLY)
    with Assistant.open(chosen_settings, create=True) as assistant:
        acts.require(chosen_settings)
        alerts = Alerts(chosen_settings.data)

        def settled(done: ImportResult) -> None:
            acts.imported(chosen_settings, done)
            tell(assistant, alerts)

        before = assistant.demo_posts
        # What Ray says of its cluster, on standard output, is none of the result.
        aside = redirect_stdout(sys.stderr) if chosen == "ray" else nullcontext()
        with bars(quiet=json) as report, aside:
            if demo:
                result = assistant.import_demo()
            elif follow:
                with _stopped() as stopped:
                    result = assistant.follow(
                        paths or [],
                        stopped,
                        format=format_,
                        community=community,
                        mapping=mapping,
                        settled=settled,
                        report=report,
                    )
            else:
                result = assistant.import_paths(
                    paths or [],
                    format=format_,
                    community=community,
                    mapping=mapping,
                    runner=chosen,
                    report=report,
                )
        left = before - assistant.demo_posts if before and not demo else 0
        _say(result, left, json)
        if follow:
            tell(assistant, alerts)
        else:
            settled(result)


@contextmanager
def _stopped() -> Iterator[Event]:
    """An event that the first interrupt sets, or where the process is told to end; the second one ends it at once. Signals mean afterwards
    what they meant before: who calls the command from a program of theirs is told to end as ever."""
    stopped = Event()

    def stop(number: int, _: object) -> None:
        stopped.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(result: ImportResult, left: int, json: bool) -> None:
    if json:
        print_json(
            {
                "read": result.read,
                "kept": result.kept,
                "copies": result.copies,
                "rejected": result.rejected,
                "version": result.version,
                "seconds": round(result.seconds, 3),
            }
        )
    else:
        if left:
            console().print(f"The {left} demo posts have made room for yours.")
        rate = result.read / result.seconds if result.seconds else 0
        console().print(
            f"read {result.read:,} · kept {result.kept:,} · copies {result.copies:,} · rejected {result.rejected:,}"
            f" · version {result.version} · {result.seconds:.1f} s ({rate:,.0f} posts/s)"
        )
    if result.quarantine is not None:
        print(f"rejected rows, with reasons: {result.quarantine}", file=sys.stderr)


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, separator, column = pair.partition("=")
        if not (field and separator and column):
            raise BadInputError(f"--map {pair}: write it as FIELD=COLUMN, such as --map text=body")
        mapping[field] = column
    return mapping


def _runner(name: str) -> Literal["embedded", "ray"]:
    if name == "embedded":
        return "embedded"
    if name == "ray":
        return "ray"
    raise BadInputError(f"--runner {name}: it is embedded or ray")
