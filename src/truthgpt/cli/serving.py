"""`truthgpt up`: the page and the API."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from truthgpt import law, settings
from truthgpt.cli.options import Data, Model
from truthgpt.cli.output import console, printable
from truthgpt.cli.pausing import set_up
from truthgpt.errors import BusyError, TruthGPTError
from truthgpt.oversight.certificate.standing import Standing

if TYPE_CHECKING:
    from truthgpt.corpus.store import Store


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
    keep_clicks: Annotated[
        bool,
        typer.Option(
            "--keep-clicks",
            help="Write down which posts are opened of a search, for `truthgpt ranker learn`; the page says so.",
        ),
    ] = False,
    uninspected: Annotated[
        bool,
        typer.Option("--uninspected", help="Serve a model that has no valid certificate; the page says so."),
    ] = False,
) -> None:
    """Serve the page and the API; an empty corpus gets the built-in demo posts."""
    from truthgpt.answer.assistant import Assistant
    from truthgpt.oversight import acts
    from truthgpt.oversight.certificate.standing import gate_of
    from truthgpt.oversight.pause.large import halt_of
    from truthgpt.search.clicks import ClickLog
    from truthgpt.server.app import create_app
    from truthgpt.server.opened import services_of
    from truthgpt.server.serve import check_binding, listen, serve

    chosen = settings.load(data, model, api_key)
    check_binding(host, chosen.api_key)
    standing = gate_of(chosen, uninspected=uninspected)
    out = console()
    threading.Thread(target=_warm, daemon=True).start()
    with (
        listen(host, port) as listener,
        Assistant.open(chosen, create=True, serving=True) as assistant,
    ):
        pause = set_up(chosen)
        halt = halt_of(pause, chosen)
        acts.require(chosen)
        if assistant.count() == 0:
            acts.imported(chosen, assistant.import_demo())
            out.print(
                f"The corpus was empty: it now has {assistant.count()} demo posts (their authors are fictional)."
            )
        if assistant.store.lacks_files():
            out.print("Making the indexes that this truthgpt searches by; until then searches take longer.")
            threading.Thread(target=_make_files, args=(assistant.store, out), daemon=True).start()
        if assistant.engine is None and chosen.model != settings.QUOTES_ONLY:
            out.print(f"{assistant.no_engine}; until then answers are quoted evidence.", style="yellow")
        if assistant.engine is not None and standing().state == "no model":
            raise BusyError("the model came while the server started; start it again")
        served = assistant.engine.name if assistant.engine else settings.QUOTES_ONLY
        log = acts.answers_of(chosen, served, lambda: standing().certificate)
        app = create_app(
            services_of(
                assistant,
                log=log,
                halt=halt,
                pause=pause,
                standing=standing,
                data=chosen.data,
                clicks=ClickLog(chosen.ranker) if keep_clicks else None,
            ),
            api_key=chosen.api_key,
            host=host,
            user_header=chosen.user_header,
        )
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        out.print(
            f"TruthGPT is at http://{shown}:{address[1]} ({assistant.count():,} posts; Ctrl-C stops it)"
        )
        _say(standing(), out)
        if log is None:
            out.print("Answers are not logged (TRUTHGPT_LOG=off). The page says so.", style="yellow")
        if (paused := halt()) is not None:
            out.print(printable(f"{paused}. Search goes on; `truthgpt resume` ends it."), style="yellow")
        serve(app, listener)


def _say(standing: Standing, out: Console) -> None:
    if standing.state == "certified":
        out.print(
            printable(
                f"The model was inspected by {standing.inspector}; its certificate holds until {standing.expires}."
            )
        )
    elif standing.state == "uninspected":
        out.print(printable(f"The model is not inspected: {standing.why}. The page says so."), style="yellow")


def _make_files(store: Store, out: Console) -> None:
    try:
        store.make_files()
    except TruthGPTError as error:
        out.print(printable(f"The indexes could not be made: {error}"), style="yellow")


def _warm() -> None:
    """What the first question would wait for, beside the model's loading."""
    from truthgpt.answer import selection
    from truthgpt.corpus import nearest, postings

    law.warm()
    selection.shipped()
    postings.warm()
    nearest.warm()
