"""`truthgpt claims`: the atomic claims of a text, for people, or as JSON."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from truthgpt.cli.options import Data, Json, given, utf8
from truthgpt.cli.output import console, print_json, printable
from truthgpt.truth.claims import extract

LONGEST = 1_000_000
"""Characters of a text that is taken apart."""


def claims(
    text: Annotated[
        list[str], typer.Argument(help="Any text; `-` reads it from standard input.", metavar="TEXT…")
    ],
    context: Annotated[
        str,
        typer.Option("--context", help="What stands before it, a title or a question: says who “she” is."),
    ] = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Take a text apart into claims that stand alone, and tell what is worth checking from opinion, question and talk."""
    found = extract(given(text, "text", LONGEST), utf8(context, "context"))
    if json:
        print_json(
            {
                "claims": [
                    {
                        "text": claim.text,
                        "start": claim.start,
                        "end": claim.end,
                        "sentence": claim.sentence,
                        "kind": claim.kind,
                        "worth": round(claim.worth, 4),
                        "resolved": [list(pair) for pair in claim.resolved],
                        "unresolved": list(claim.unresolved),
                    }
                    for claim in found
                ]
            }
        )
        return
    out = console()
    for claim in found:
        out.print(Text(f"{claim.worth:.2f}  {claim.kind:<8}  ", "dim") + Text(printable(claim.text)))
    if not found:
        out.print("nothing is claimed", style="dim")
