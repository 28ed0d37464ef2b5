"""`truthgpt search`: ranked posts for people, or as JSON."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from truthgpt import settings
from truthgpt.cli.options import Data, Json, utf8
from truthgpt.cli.output import console, copied, print_json, printable
from truthgpt.notes.told import context, told

_EXCERPT = 280


def search(
    query: Annotated[
        str,
        typer.Argument(
            help='Words, "an exact phrase", OR, -not, (brackets), from:author, in:community, lang:pt, since:2024-05-31, '
            "until:2025, min_likes:10, has:link, filter:replies."
        ),
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many posts.")] = 10,
    community: Annotated[str | None, typer.Option("--community", help="Only this community.")] = None,
    author: Annotated[str | None, typer.Option("--author", help="Only this author.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Only this language (en, pt, zh …).")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="From this time (UTC) on.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="Before this time (UTC).")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each post why it was found.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Find posts; copies of one text count once and say how many."""
    # LanceDB takes a second to import: only where posts are read.
    from truthgpt.answer.assistant import Assistant
    from truthgpt.search import Filters

    query = utf8(query, "query")
    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant:
        started = time.perf_counter()
        page = assistant.searcher.page(query, limit, Filters(community, author, language, since, until))
        seconds = time.perf_counter() - started
        notes = assistant.standing([hit.post.id for hit in page.hits])
    if json:
        found = [
            {
                **hit.as_dict(),
                "notes": [told(*standing) for standing in notes.get(hit.post.id, ())],
                **({"why": hit.why(page.words)} if explain else {}),
            }
            for hit in page.hits
        ]
        print_json({"hits": found, "seconds": round(seconds, 6)})
        return
    out = console()
    for hit in page.hits:
        post = hit.post
        when = f", {post.created_at:%Y-%m-%d}" if post.created_at else ""
        copies = copied(hit.copies)
        who = " in ".join(filter(None, (post.author, post.community)))
        out.print(
            Text(f"{printable(who) or post.source}{when}{copies}", "bold") + Text(f"  {post.id}", "dim")
        )
        text = " ".join(printable(post.text).split())
        if explain:
            out.print(Padding(Text(_because(hit.why(page.words)), "dim"), (0, 0, 0, 2)))
        out.print(Padding(text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…", (0, 0, 0, 2)))
        for note, _ in notes.get(post.id, ()):
            out.print(Padding(Text(printable(context(note.text)), "italic"), (0, 0, 0, 2)))
        out.print()
    out.print(
        f"{len(page.hits)} posts in {seconds * 1000:.0f} ms" if page.hits else "no post was found",
        style="dim",
    )


def _because(why: dict[str, Any]) -> str:
    reasons = [f"has {', '.join(map(printable, why['words']))}"] if why["words"] else []
    if why["text_rank"]:
        reasons.append(f"number {why['text_rank']} by words (BM25 {why['text_score']:.1f})")
    if why["vector_rank"]:
        reasons.append(f"number {why['vector_rank']} by meaning (cosine {why['vector_score']:.2f})")
    return "; ".join(reasons) or "meets the demands of the query"
