"""`truthgpt up`: the page and the API."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from truthgpt import law, settings
from truthgpt.cli.options import Data, Model
from truthgpt.cli.output import console, printable
from truthgpt.cli.pausing import set_up


def up(
    data: Data = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to bind; other than loopback needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to bind.")] = 8080,
    model: Model = None,
    api_key: Annotated[
        str | None, typer.Option("--api-key", help="Key that clients must send (else TRUTHGPT_API_KEY).")
    ] = None,
) -> None:
    """Serve the page and the API; an empty corpus gets the built-in demo posts."""
    from truthgpt.answer.assistant import Assistant
    from truthgpt.oversight.pause.large import halt_of
    from truthgpt.server.app import create_app
    from truthgpt.server.opened import services_of
    from truthgpt.server.serve import check_binding, listen, serve

    chosen = settings.load(data, model, api_key)
    check_binding(host, chosen.api_key)
    out = console()
    threading.Thread(target=_warm, daemon=True).start()
    with (
        listen(host, port) as listener,
        Assistant.open(chosen, create=True, serving=True) as assistant,
    ):
        pause = set_up(chosen)
        halt = halt_of(pause, chosen)
        if assistant.count() == 0:
            assistant.import_demo()
            out.print(
                f"The corpus was empty: it now has {assistant.count()} demo posts (their authors are fictional)."
            )
        if assistant.engine is None and chosen.model != settings.QUOTES_ONLY:
            out.print(f"{assistant.no_engine}; until then answers are quoted evidence.", style="yellow")
        app = create_app(
            services_of(assistant, halt=halt, pause=pause),
            api_key=chosen.api_key,
            host=host,
            user_header=chosen.user_header,
        )
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        out.print(
            f"TruthGPT is at http://{shown}:{address[1]} ({assistant.count():,} posts; Ctrl-C stops it)"
        )
        if (paused := halt()) is not None:
            out.print(printable(f"{paused}. Search goes on; `truthgpt resume` ends it."), style="yellow")
        serve(app, listener)


def _warm() -> None:
    """What the first question would wait for, beside the model's loading."""
    from truthgpt.corpus import postings

    law.warm()
    postings.warm()
