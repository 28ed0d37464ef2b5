"""`truthgpt forget`: what authors and platforms ask for, kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truthgpt import settings
from truthgpt.cli.options import Data, Json, input_lines, utf8
from truthgpt.cli.output import console, print_json, printable
from truthgpt.cli.progress import bars
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.corpus.consent.forgetting import Forgotten
    from truthgpt.corpus.consent.optout import Subject


def forget(
    author: Annotated[
        list[str] | None, typer.Option("--author", help="All posts of this author.", metavar="A")
    ] = None,
    post: Annotated[
        list[str] | None, typer.Option("--post", help="The post with this id.", metavar="ID")
    ] = None,
    list_: Annotated[
        Path | None,
        typer.Option("--list", help="A file with `author NAME` or `post ID` a line.", metavar="FILE"),
    ] = None,
    platform: Annotated[
        str, typer.Option("--platform", help="The authors' platform, as ids spell it (reddit); else any.")
    ] = "",
    no_training: Annotated[
        bool, typer.Option("--no-training", help="Keep the posts citable, but train on them no more.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Remove posts everywhere, keep later imports from bringing them back, and record that it was done."""
    from truthgpt.answer.assistant import (
        Assistant,
    )  # LanceDB takes a second to import: only where posts are read
    from truthgpt.corpus.consent import forgetting
    from truthgpt.corpus.consent.optout import Subject
    from truthgpt.corpus.export.remembered import exports
    from truthgpt.corpus.provenance import versions
    from truthgpt.oversight import acts

    subjects = [Subject("author", utf8(name, "author"), platform) for name in author or ()]
    subjects += [Subject("post", utf8(post_id, "post")) for post_id in post or ()]
    if list_ is not None:
        subjects += _listed(list_, platform)
    if not subjects:
        raise BadInputError(
            "say what to forget: --author A, --post ID or --list FILE, each as often as needed"
        )
    chosen = settings.load(data, settings.QUOTES_ONLY)
    started = time.monotonic()
    with Assistant.open(chosen, create=True) as assistant:
        store = assistant.store
        with bars(quiet=json) as report:
            done = forgetting.forget(
                store,
                subjects,
                quarantine=chosen.quarantine,
                wish="no-training" if no_training else "forget",
                report=report,
            )
        if done.version != done.version_before:
            versions.record(store, "forget")
        notes = 0 if no_training else assistant.forget_notes()
        copies = [made.path for made in exports(store.path) if made.version < done.version]
        erased = 0 if no_training else acts.erase(chosen)
    if json:
        print_json(
            {
                "wishes": done.wishes,
                "posts": done.posts,
                "blanked": done.blanked,
                "notes": notes,
                "version_before": done.version_before,
                "version": done.version,
                "texts": erased,
                "exports": copies,
                "seconds": round(time.monotonic() - started, 3),
            }
        )
    else:
        _say(done, notes, erased, copies, no_training)
    # Whatever becomes of the log: a wish is kept first, and told of then.
    if not no_training:
        acts.forgotten(chosen, done.posts, erased, done.version_before, done.version)


def _say(done: Forgotten, notes: int, erased: int, copies: list[str], no_training: bool) -> None:
    out = console()
    what = "may be trained on no more" if no_training else "removed"
    out.print(
        f"{done.posts:,} posts {what} · {done.blanked:,} rejected rows blanked · "
        f"{notes:,} notes on them removed · {erased:,} logged texts erased · version {done.version}"
    )
    if not done.posts:
        out.print("No stored post was theirs; the wish is kept at every later import.")
    if copies:
        out.print("Exports that were made before may hold them; export again and delete:")
        for path in copies:
            out.print(f"  {printable(path)}")


def _listed(path: Path, platform: str) -> Iterator[Subject]:
    """The subjects in a file; empty lines and those that begin with `#` are none."""
    from truthgpt.corpus.consent.optout import Subject

    for number, line in input_lines(path):
        text = utf8(line, f"line {number} of {path}").strip()
        if text.startswith("#"):
            continue
        kind, _, name = text.partition(" ")
        if kind == "author" and name.strip():
            yield Subject("author", name.strip(), platform)
        elif kind == "post" and name.strip():
            yield Subject("post", name.strip())
        else:
            raise BadInputError(f"{path}, line {number}: write `author NAME` or `post ID`")
