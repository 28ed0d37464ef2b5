"""Options that several commands share, and how a command opens its data folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any

import orjson
import typer

from truthgpt.errors import BadInputError

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="The data folder (else TRUTHGPT_DATA, else the user's data folder).", metavar="DIR"
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print exactly one machine form (JSON) on standard output.")
]
License = Annotated[str, typer.Option("--license", help="The license that the cards name.", metavar="ID")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A model's name, a GGUF file, an OpenAI-compatible address, or `none` (else TRUTHGPT_MODEL).",
        metavar="M",
    ),
]
Jurisdiction = Annotated[
    str | None, typer.Option("--jurisdiction", help="Whose law applies (`truthgpt law --list`).", metavar="J")
]
Input = Annotated[
    Path | None, typer.Argument(help="A JSONL file; standard input when left out.", metavar="[FILE]")
]

MAX_LINE = 4 * 1024 * 1024
"""Bytes that one line of JSONL input may have."""


def utf8(given: str | bytes, what: str) -> str:
    """`given` as text: bytes as they were read, or an argument, in which Python keeps odd bytes as surrogates.

    Raises `BadInputError` when it is not UTF-8; `what` names it.
    """
    try:
        return given.decode() if isinstance(given, bytes) else given.encode().decode()
    except UnicodeError:
        raise BadInputError(f"the {what} is not UTF-8") from None


def given(words: list[str], what: str, longest: int) -> str:
    """The text in the arguments `words`, or on standard input where they are `-`.

    Raises `BadInputError` when it is not UTF-8 or has more than `longest` characters; `what` names it.
    """
    if words == ["-"]:
        # A character has at most four bytes: whatever is longer than this has too many of them.
        raw = sys.stdin.buffer.read(4 * longest + 1)
        text = utf8(raw, what).rstrip() if len(raw) <= 4 * longest else "x" * (longest + 1)
    else:
        text = utf8(" ".join(words), what)
    if len(text) > longest:
        raise BadInputError(f"the {what} has more than {longest:,} characters; shorten it")
    return text


def input_lines(path: Path | None) -> Iterator[tuple[int, bytes]]:
    """The non-empty lines of `path` (standard input when None), numbered from 1, as they arrive.

    Raises `BadInputError` when the file cannot be read or a line is longer than `MAX_LINE`.
    """
    if path is None:
        with _standard_input() as piped:
            yield from _numbered(piped, "standard input")
        return
    try:
        with path.open("rb") as file:
            yield from _numbered(file, str(path))
    except OSError as error:
        raise BadInputError(
            f"cannot read {path}: {error.strerror}; give a JSONL file or pipe it in"
        ) from error


def json_objects(path: Path | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of `input_lines`, each with the number of its line. Raises `BadInputError` on a line that is none."""
    for number, line in input_lines(path):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadInputError(f"line {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise BadInputError(f"line {number}: a JSON object is needed, one a line")
        yield number, row


def _standard_input() -> IO[bytes]:
    """A reader of standard input of its own: a thread that waits in the shared one would not let Python end."""
    if sys.stdin is None:
        raise BadInputError("there is no standard input; give a file")
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except (OSError, ValueError):  # no file of the system, as in a notebook
        return sys.stdin.buffer


def _numbered(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise BadInputError(f"{name}, line {number}: longer than {MAX_LINE // 2**20} MiB; split it")
        if line.strip():
            yield number, line
