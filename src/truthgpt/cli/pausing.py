"""`truthgpt pause`, `truthgpt resume`: answers stop everywhere, and go on."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.console import Console

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.oversight.pause import Pause, Request
from truthgpt.oversight.pause.drill import BOUND, Drill
from truthgpt.oversight.pause.drill import drill as run_drill
from truthgpt.oversight.recording import recorder, was_paused

By = Annotated[str | None, typer.Option("--by", help="Who does it.", metavar="NAME")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why.", metavar="R")]
_DIGEST = re.compile(r"[0-9a-f]{64}")


def opened(chosen: settings.Settings) -> Pause:
    """The pause of the data folder of `chosen`, as it is; its log is told of every change."""
    return Pause.open(chosen.data, persons=chosen.resume_persons, record=recorder(chosen.data))


def set_up(chosen: settings.Settings) -> Pause:
    """The pause of the data folder of `chosen`; a folder that never had one begins without."""
    pause = opened(chosen)
    pause.set_up(lambda: was_paused(chosen.data))
    return pause


def pause(
    reason: Reason = None,
    by: By = None,
    drill: Annotated[
        bool,
        typer.Option("--drill", help="Pause, measure how soon every running server stops, and resume."),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Stop all answers, at once and until `truthgpt resume`; without options, say whether they are stopped."""
    chosen = settings.load(data)
    switch = set_up(chosen)
    if drill:
        _show_drill(run_drill(switch, by or "the command line"), json)
        return
    if reason is None and by is None:
        _show(switch, json)
        return
    before = switch.paused()
    held = switch.pause(reason or "", by or "")
    if json:
        print_json({"paused": asdict(held), "already": held == before})
    else:
        again = "Paused already: " if held == before else ""
        console().print(again + printable(f"{held} ({held.by}). `truthgpt resume` ends it."))


def resume(
    by: By = None,
    reason: Reason = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Let this model run, whose training passes the line of compute: its name, file, address or SHA-256.",
            metavar="M",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Let answers go on; where two persons are needed, ask for it, or agree to what another asked."""
    from truthgpt.oversight.pause.large import digest_of

    chosen = settings.load(data)
    digest = ""
    if model:
        digest = model if _DIGEST.fullmatch(model) else digest_of(replace(chosen, model=model))
    done = opened(chosen).resume(by or "", reason or "", model=digest)
    if json:
        print_json({"resumed": not isinstance(done, Request), **asdict(done)})
    elif isinstance(done, Request):
        console().print(
            printable(
                f"{done.by} asks to resume; another person has to agree until {done.expires:%Y-%m-%d %H:%M} UTC, "
                "with the same command."
            )
        )
    else:
        what = f"The model {digest[:12]}… may run" if digest else "Answers go on"
        console().print(printable(f"{what} ({done.by})."))


def _show(switch: Pause, json: bool) -> None:
    paused, state = switch.state()
    if json:
        request = state.request and asdict(state.request)
        print_json({"paused": paused and asdict(paused), "request": request, "models": state.models})
        return
    out: Console = console()
    out.print(printable(f"{paused} ({paused.by})") if paused else "Not paused.")
    if state.request:
        out.print(printable(f"{state.request.by} asked to resume; another person has to agree."))


def _show_drill(done: Drill, json: bool) -> None:
    if json:
        print_json(asdict(done) | {"bound": BOUND, "passed": done.passed})
    else:
        out = console()
        out.print(f"The pause was written in {done.written:.3f} s.")
        for one in done.stopped:
            when = "did not stop" if one.seconds is None else f"stopped after {one.seconds:.3f} s"
            out.print(printable(f"{one.server}: {when}, {one.ended} answers ended"))
        if not done.stopped:
            out.print("No server runs over this data folder: nothing was measured.")
        out.print("Answers go on." if done.resumed else "Somebody paused meanwhile: answers stay paused.")
    if not done.passed:
        raise typer.Exit(1)
