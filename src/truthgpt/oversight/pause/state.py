"""What is known of a pause as values, and as the bytes of its two small files: checked where they come in, or a `Fault`."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from truthgpt.errors import BadInputError, TruthGPTError

LONGEST_REASON: Final = 500
"""Characters that a reason may have; it stands in errors and on the page."""
LONGEST_NAME: Final = 100
"""Characters that a person's name may have."""
MOST_BYTES: Final = 1 << 20
"""Bytes that either file may have: far more than it ever has, so that no file put there fills the memory."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Why nothing is answered, who said so, and since when (UTC).

    `persons` are needed to resume; `drill` says that it is an exercise; `fault` that nobody paused, but that the state cannot be
    trusted; `model` is the digest of the model that alone is paused, empty where all is.
    """

    reason: str
    by: str
    since: datetime
    persons: int = 1
    drill: bool = False
    fault: bool = False
    model: str = ""

    def __str__(self) -> str:
        """One line for a person who wanted an answer."""
        return f"answers are paused since {self.since:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"


class PausedError(TruthGPTError):
    """An answer that was asked for, or had begun, while answers are paused; `paused` says why."""

    exit_code = 3

    def __init__(self, paused: Paused) -> None:
        super().__init__(str(paused))
        self.paused = paused


@dataclass(frozen=True, slots=True)
class Request:
    """The first of two persons wants to resume; of no worth after `expires`. `model` as in `Paused`."""

    by: str
    reason: str
    at: datetime
    expires: datetime
    model: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that is kept: the number of this state, the pause if there is one, who wants to resume, and the digests of the
    models over the line of compute that people let run."""

    counter: int = 0
    paused: Paused | None = None
    request: Request | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """The number of the newest state and the SHA-256 of the state files that may stand: one, or two while one becomes the other."""

    counter: int
    states: tuple[str, ...] = field(default=())


class Fault(Exception):  # noqa: N818 - what is found, before anything is raised
    """Why the files cannot be trusted, in a few words."""


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def encode(value: State | Seal) -> bytes:
    """One line of JSON: the value, and the SHA-256 of the value's own bytes."""
    body = orjson.dumps(asdict(value), option=orjson.OPT_SORT_KEYS)
    return b'{"sha256":"' + digest(body).encode() + b'","value":' + body + b"}\n"


def decode_state(content: bytes) -> State:
    """The state that `encode` wrote. Raises `Fault` on any other bytes."""
    try:
        value = _checked(content)
        paused, request = value.pop("paused"), value.pop("request")
        state = State(
            **value | {"models": tuple(value["models"])},
            paused=None if paused is None else Paused(**_timed(paused, "since")),
            request=None if request is None else Request(**_timed(request, "at", "expires")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Fault("is damaged") from error
    return state


def decode_seal(content: bytes) -> Seal:
    """The seal that `encode` wrote. Raises `Fault` on any other bytes."""
    try:
        value = _checked(content)
        return Seal(**value | {"states": tuple(value["states"])})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Fault("is damaged") from error


def _checked(content: bytes) -> dict[str, Any]:
    whole = orjson.loads(content)
    value = whole["value"]
    again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    # Also what a reader would not notice, a space more say, makes other bytes than those that were written.
    if content != b'{"sha256":"' + digest(again).encode() + b'","value":' + again + b"}\n":
        raise ValueError
    if not isinstance(value["counter"], int):
        raise TypeError
    return dict(value)


def _timed(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return value | {name: datetime.fromisoformat(value[name]).astimezone(UTC) for name in names}


def worded(text: str, what: str, longest: int) -> str:
    """`text` on one line. Raises `BadInputError`, which names `what`, where it is empty, too long or no text."""
    line = " ".join(text.split())
    try:
        line.encode()
    except UnicodeEncodeError:
        raise BadInputError(f"the {what} holds a lone surrogate, which is not text") from None
    if not line:
        raise BadInputError(
            "a pause, and an end of one, needs a reason and who it is by: --reason R --by NAME"
        )
    if len(line) > longest:
        raise BadInputError(f"the {what} has {len(line):,} characters; at most {longest} are kept")
    return line
