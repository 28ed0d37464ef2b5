"""What runs a language model, seen from above: messages in, pieces of text out, as they are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. `temperature` 0 is greedy; the same `seed` gives the same text."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = field(default=())


class Engine(Protocol):
    """Runs one model.

    `stream` yields pieces of text as they are made; closing the iterator stops the model at the next token. Stop
    strings end the text and are not part of it. Raises `MissingError` when the model cannot be reached.
    Calls from several threads are safe; an engine may serve them one after the other.
    """

    @property
    def name(self) -> str:
        """The model's name as answers and `/v1/models` show it."""
        ...

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]: ...

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, exact or an upper estimate, for keeping a prompt within `context`."""
        ...

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        ...


class Chooser(Protocol):
    """An engine that tells how probable its next words are."""

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> list[float]:
        """The probability that the model's next turn begins with each of `options`, of which none begins another.

        They sum to 1 at the most. Raises `MissingError` where the model cannot be reached or tells no probabilities.
        """
        ...
