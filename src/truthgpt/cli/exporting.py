"""`truthgpt export`: the corpus as a folder that other tools train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truthgpt import settings
from truthgpt.cli.options import Data, Json, License
from truthgpt.cli.output import console, print_json, printable
from truthgpt.cli.progress import bars
from truthgpt.errors import BadInputError


def export(
    folder: Annotated[
        Path, typer.Argument(help="The folder to write; it must be new or empty.", metavar="DIR")
    ],
    format_: Annotated[str, typer.Option("--format", help="parquet or jsonl.")] = "parquet",
    for_: Annotated[
        str, typer.Option("--for", help="training (masked, near copies left out) or citation (whole).")
    ] = "training",
    license_: License = "unknown",
    data: Data = None,
    json: Json = False,
) -> None:
    """Write the posts as Parquet or JSON Lines, in the layout that Hugging Face `datasets` loads."""
    from truthgpt.answer.assistant import (
        Assistant,
    )  # LanceDB takes a second to import: only where posts are read
    from truthgpt.corpus.export.folder import export as write
    from truthgpt.corpus.export.shards import FORMATS, Format
    from truthgpt.corpus.export.variants import VARIANTS, Purpose

    form: Format | None = next((known for known in FORMATS if known == format_), None)
    if form is None:
        raise BadInputError(f"--format {format_}: it is {' or '.join(FORMATS)}")
    purpose: Purpose | None = next((known for known in VARIANTS if known == for_), None)
    if purpose is None:
        raise BadInputError(f"--for {for_}: it is {' or '.join(VARIANTS)}")
    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant, bars(quiet=json) as report:
        made = write(assistant.store, folder, form=form, purpose=purpose, license=license_, report=report)
    if json:
        print_json(
            {
                "path": made.path,
                "for": made.purpose,
                "format": made.format,
                "posts": made.posts,
                "files": made.files,
                "left_out": made.left_out,
                "version": made.version,
                "content_hash": made.content_hash,
            }
        )
        return
    left_out = "".join(f" · {count:,} left out: {why}" for why, count in made.left_out.items() if count)
    console().print(
        f"{made.posts:,} posts in {made.files} files at {printable(made.path)}{left_out} · version {made.version}"
        f" ({made.content_hash[:12]})"
    )
