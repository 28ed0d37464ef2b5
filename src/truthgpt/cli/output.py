"""What commands print: JSON for programs, wrapped text for people. Post text is hostile: control characters never reach the terminal."""

from __future__ import annotations

import sys
from typing import Any

import orjson
import regex
from rich.console import Console

_CONTROL = regex.compile(r"[\p{Cc}\p{Cf}&&[^\n\t\u200d]]", regex.V1)
"""Control and format characters (terminal escapes, bidi overrides), except line end, tab and the emoji joiner."""


def printable(text: str) -> str:
    """`text` without what could steer a terminal."""
    return str(_CONTROL.sub("", text))


def console(*, stderr: bool = False) -> Console:
    """A Rich console that takes nothing in a post for markup, emoji codes or links."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)


def copied(copies: int) -> str:
    """How often a text was copied, to stand behind its author: nothing where one post alone carries it."""
    if copies < 2:
        return ""
    return ", copied once" if copies == 2 else f", copied {copies - 1} times"


def print_json(value: Any) -> None:
    """One line of JSON on standard output, flushed, so that a reader of a pipe has it at once."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
