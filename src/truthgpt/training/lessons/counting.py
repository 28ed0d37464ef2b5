"""How long a prompt is, for whoever writes one that no engine answers yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from truthgpt.errors import MissingError
from truthgpt.language import vocabulary
from truthgpt.language.engine import Message, Sampling

_BYTES = 2
"""Bytes that count as a token where no tokenizer counts: any that was trained on such text has fewer tokens."""


class Counting:
    """An `Engine` that only counts: `context` tokens, by the tokenizer in `folder`, or one for two bytes where it is None."""

    name = "counting"

    def __init__(self, context: int, folder: Path | None = None) -> None:
        self.context = context
        self._tokenizer = vocabulary.load(folder) if folder is not None else None

    def count_tokens(self, text: str) -> int:
        if self._tokenizer is None:
            return -(-len(text.encode("utf-8", "replace")) // _BYTES)
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        raise MissingError("nothing answers here: this engine counts tokens")
