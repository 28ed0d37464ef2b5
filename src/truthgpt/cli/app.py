"""The command line: its commands, and how errors become one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer
from typer.exceptions import Exit, TyperException

from truthgpt import __version__
from truthgpt.cli import (
    alerting,
    asking,
    certificates,
    claiming,
    corpora,
    exporting,
    forgetting,
    importing,
    incidents,
    inspecting,
    inspectors,
    judging,
    logs,
    models,
    noting,
    pausing,
    planning,
    ranking,
    searching,
    serving,
    tracing,
    training,
    trends,
)
from truthgpt.errors import TruthGPTError

_STOPPED = 130
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))

app = typer.Typer(
    name="truthgpt",
    help="Posts in; answers out whose every sentence is cited, checked and calibrated.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("up")(serving.up)
app.command("import")(importing.import_)
app.command("forget")(forgetting.forget)
app.command("export")(exporting.export)
# A query may begin with a minus sign.
app.command("search", context_settings={"ignore_unknown_options": True})(searching.search)
app.command("trends", context_settings={"ignore_unknown_options": True})(trends.trends)
app.command("ask")(asking.ask)
# So may a text.
app.command("claims", context_settings={"ignore_unknown_options": True})(claiming.claims)
app.command("trace", context_settings={"ignore_unknown_options": True})(tracing.trace)
app.command("verify")(judging.verify)
app.command("stance")(judging.stance)
app.command("law")(judging.law)
app.command("inspect")(inspecting.inspect)
app.add_typer(inspectors.app, name="inspector")
app.add_typer(alerting.app, name="alert")
app.add_typer(ranking.app, name="ranker")
app.add_typer(models.app, name="model")
app.add_typer(training.app, name="train")
app.command("plan")(planning.plan)
app.command("pause")(pausing.pause)
app.command("resume")(pausing.resume)
app.add_typer(incidents.app, name="incident")
app.add_typer(certificates.app, name="certificate")
app.add_typer(logs.app, name="log")
app.add_typer(noting.app, name="notes")
app.add_typer(corpora.app, name="corpus")


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"truthgpt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before any command; `main` reads `--debug` itself, wherever it stands."""


def main(argv: list[str] | None = None) -> None:
    """Run the command in `argv` (default: the process's) and exit: 0 done, 1 a finding, 2 bad input, 3 something missing."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    sys.exit(_run(arguments, debug))


def _run(arguments: list[str], debug: bool) -> int:
    try:
        result = app(arguments, prog_name="truthgpt", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a failure still gets its line and its code
    except Exit as stop:
        return stop.exit_code
    except TyperException as wrong:
        return _fail(f"{wrong.format_message()} (see `truthgpt --help`)", 2)
    except TruthGPTError as error:
        if debug:
            raise
        return _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("stopped", _STOPPED)
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as stop:
        # Typer and Rich make an exit with code 1 of a broken pipe.
        if isinstance(stop.__context__, BrokenPipeError):
            return _reader_gone()
        raise
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            _drop_output()
            return _fail(f"cannot write: {error.strerror}; free some space", 3)
        detail = " ".join(str(error).split())[:300]
        return _fail(
            f"unexpected {type(error).__name__}: {detail} (run again with --debug for the traceback)", 70
        )
    if result == _STOPPED:  # what Typer makes of Ctrl-C
        return _fail("stopped", _STOPPED)
    return result if isinstance(result, int) else 0


def _reader_gone() -> int:
    """The reader of our output went away (`| head`): what was wanted is done."""
    _drop_output()
    return 0


def _drop_output() -> None:
    """Keeps the interpreter from failing again when it flushes standard output on exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _fail(message: str, code: int) -> int:
    print(f"truthgpt: {' '.join(message.split())}", file=sys.stderr)
    return code
