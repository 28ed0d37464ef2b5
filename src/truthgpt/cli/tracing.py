"""`truthgpt trace`: the posts that have the longest spans of a text word for word, for people, or as JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from truthgpt import settings
from truthgpt.cli.options import Data, Json, given
from truthgpt.cli.output import console, print_json, printable
from truthgpt.cli.progress import bars
from truthgpt.notes.told import context

if TYPE_CHECKING:
    from truthgpt.answer.evidence import Standing
    from truthgpt.truth.trace import Carrier, Trace

_AROUND = 60
"""Characters of a post that are shown before a span and behind it."""
_SHOWN = 400
"""Characters of a span that are shown, half of them of its beginning."""


def trace(
    text: Annotated[
        list[str],
        typer.Argument(
            help="A sentence of an answer, or any text; `-` reads it from standard input.", metavar="TEXT…"
        ),
    ],
    least: Annotated[int, typer.Option("--least", min=1, help="How many words a span has at least.")] = 6,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many spans.")] = 10,
    data: Data = None,
    json: Json = False,
) -> None:
    """Find the posts that have the longest spans of a text word for word, whatever their case and punctuation."""
    # LanceDB takes a second to import: only where posts are read.
    from truthgpt.answer.assistant import Assistant
    from truthgpt.truth.trace import Tracer
    from truthgpt.truth.trace.tracer import LONGEST_TEXT

    wanted = given(text, "text", LONGEST_TEXT)
    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant:
        tracer = Tracer(assistant.store)
        with bars(quiet=json) as report:
            indexed = tracer.prepare(report)
        if indexed:
            print(f"truthgpt: {indexed:,} posts were indexed for the trace", file=sys.stderr)
        started = time.perf_counter()
        traced = tracer.trace(wanted, least, limit)
        seconds = time.perf_counter() - started
        notes = assistant.standing([post.id for span in traced.spans for post in span.posts])
    if json:
        print_json(traced.as_dict(seconds))
        return
    _print(traced, notes, seconds)


def _print(traced: Trace, notes: Mapping[str, Sequence[Standing]], seconds: float) -> None:
    out = console()
    for span in traced.spans:
        often = "once" if span.count == 1 else f"{span.count:,} times"
        out.print(Text(f"“{_short(span.text)}”", "bold") + Text(f"  {often}", "dim"))
        for post in span.posts:
            when = f", {post.created_at:%Y-%m-%d}" if post.created_at else ""
            who = " in ".join(filter(None, (post.author, post.community)))
            out.print(Padding(Text(f"{printable(who)}{when}  {printable(post.id)}", "dim"), (0, 0, 0, 2)))
            out.print(Padding(_around(post), (0, 0, 0, 4)))
            for note, _ in notes.get(post.id, ()):
                out.print(Padding(Text(printable(context(note.text)), "italic"), (0, 0, 0, 4)))
        out.print()
    said = f"{len(traced.spans)} spans" if traced.spans else "no span was found"
    out.print(f"{said} in {traced.tokens:,} words of posts, {seconds * 1000:.0f} ms", style="dim")


def _around(post: Carrier) -> Text:
    """The span as the post has it, and what stands about it."""
    before, behind = post.text[: post.start], post.text[post.end :]
    shown = Text(_line(("…" if len(before) > _AROUND else "") + before[-_AROUND:]))
    shown.append(_short(post.text[post.start : post.end]), "bold")
    return shown.append(_line(behind[:_AROUND] + ("…" if len(behind) > _AROUND else "")))


def _short(text: str) -> str:
    line = _line(text)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN // 2]} … {line[-_SHOWN // 2 :]}"


def _line(text: str) -> str:
    """`text` in one line, with the spaces at its ends."""
    return printable(text).replace("\n", " ").replace("\t", " ")
