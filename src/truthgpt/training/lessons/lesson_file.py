"""Lessons as lines of JSON: `{"messages": [{"role", "content"}…], "kind": …, "given": …}`, written whole, read with care."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.engine import Message

ROLES: Final = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A conversation to learn from. Its first `given` messages are what is asked; of those after them each of the assistant's
    is learned. `kind` says what it teaches; any word."""

    messages: tuple[Message, ...]
    kind: str
    given: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "messages": [{"role": turn.role, "content": turn.content} for turn in self.messages],
            "kind": self.kind,
            "given": self.given,
        }


def write(path: Path, lessons: Iterable[Lesson]) -> None:
    """Make `path` hold `lessons`, a line each; at any moment it is whole. Raises `MissingError` where the disk is full."""
    durable.write(
        path, (orjson.dumps(lesson.as_dict(), option=orjson.OPT_APPEND_NEWLINE) for lesson in lessons)
    )


def read(path: Path) -> Iterator[Lesson]:
    """The lessons in `path`, in its order.

    Raises `MissingError` where there is no such file, `BadInputError` at the first line that is no lesson.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise MissingError(f"no lessons at {path}; make them from the posts first") from None
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}") from None
    with file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _lesson(line, f"{path}, line {number}")


def _lesson(line: bytes, where: str) -> Lesson:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadInputError(f"{where} is not JSON; a lesson is an object with `messages`") from None
    turns = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(turns, list) or not turns:
        raise BadInputError(f"{where} has no `messages`; a lesson is an object with a list of them")
    messages = tuple(_message(turn, where) for turn in turns)
    given = row.get("given", 0)
    if not isinstance(given, int) or not 0 <= given < len(messages):
        raise BadInputError(f"{where}: `given` is not a number from 0 to {len(messages) - 1}")
    if not any(message.role == "assistant" for message in messages[given:]):
        raise BadInputError(f"{where} has no turn of the assistant to learn")
    return Lesson(messages, str(row.get("kind", "")), given)


def _message(turn: object, where: str) -> Message:
    if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
        raise BadInputError(f"{where}: a message has no `content`")
    role = turn.get("role")
    if role not in ROLES:
        raise BadInputError(
            f"{where}: a message's `role` is {str(role)[:40]!r}, not one of {', '.join(ROLES)}"
        )
    return Message(role, turn["content"])
