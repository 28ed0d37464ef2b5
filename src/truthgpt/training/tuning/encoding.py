"""Conversations to tokens, with which of them are learned: those that the assistant says, its end of turn included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from truthgpt.errors import BadInputError
from truthgpt.language.engine import Message
from truthgpt.language.prompt import Neutraliser
from truthgpt.training.lessons.lesson_file import Lesson

IGNORED: Final = -100
"""The label of a token that is read and not learned."""


class Encoded(NamedTuple):
    """Tokens of a conversation and, for each, itself where it is learned or `IGNORED`."""

    input_ids: list[int]
    labels: list[int]


class Encoder:
    """Writes conversations as `tokenizer` (of `transformers`, with a chat template) does.

    What stands in a turn is text: a control token that is written out in it does not become one. Raises `BadInputError` where
    there is no chat template.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.chat_template:
            raise BadInputError(
                f"{tokenizer.name_or_path} has no chat template: it was not made to hold a conversation"
            )
        self.tokenizer = tokenizer
        control = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
        self._neutral = Neutraliser([*control, *tokenizer.all_special_tokens])

    def __call__(self, lesson: Lesson) -> Encoded:
        """Raises `BadInputError` where the template writes earlier turns otherwise once later ones follow."""
        turns = self.turns(lesson.messages)
        text = self.written(turns)
        spans = []
        for place in range(lesson.given, len(turns)):
            if turns[place]["role"] != "assistant":
                continue
            before, said = self.written(turns[:place], opened=True), self.written(turns[: place + 1])
            if not said.startswith(before) or not text.startswith(said):
                raise BadInputError(
                    "the model's chat template cannot be cut into turns: use a model with a plain one"
                )
            spans.append((len(before), len(said.rstrip())))
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids: list[int] = encoded["input_ids"]
        labels = [
            token if any(start <= begin and end <= stop for start, stop in spans) else IGNORED
            for token, (begin, end) in zip(ids, encoded["offset_mapping"], strict=True)
        ]
        return Encoded(ids, labels)

    def turns(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        """`messages` as templates take them."""
        return [{"role": turn.role, "content": self._neutral(turn.content)} for turn in messages]

    def written(self, turns: Sequence[dict[str, str]], *, opened: bool = False) -> str:
        """`turns` as the model reads them, `opened` for the assistant's next."""
        written: str = self.tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=opened
        )
        return written
