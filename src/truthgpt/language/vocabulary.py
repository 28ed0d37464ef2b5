"""The tokenizer of one's own models: byte-level BPE, trained on texts, kept as `tokenizer.json`.

Texts are cut before merging as SmolLM's are (digits one by one, then GPT-2's pattern), which the engines that read GGUF know
by the name `smollm`. Every byte has a token, so that no text is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError

FILE: Final = "tokenizer.json"

END: Final = "<|endoftext|>"
"""Ends each document."""
TURN: Final = "<|im_start|>"
TURN_END: Final = "<|im_end|>"
"""Begin and end a turn of a conversation (ChatML)."""
CONTROL: Final = (END, TURN, TURN_END)
"""Tokens 0, 1 and 2: a text from outside never holds them."""
END_ID: Final = 0
TURN_ID: Final = 1
TURN_END_ID: Final = 2
CITATIONS: Final = tuple(f"[{number}]" for number in range(1, 17))
"""Tokens 3 to 18, each a citation of a numbered passage: plain text, but never cut."""
BYTES: Final = 256
SMALLEST: Final = BYTES + len(CONTROL) + len(CITATIONS)
"""Tokens of a vocabulary without any merge."""

PRETOKENIZER: Final = "smollm"
"""How GGUF calls the cutting before merges."""

CHAT_TEMPLATE: Final = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Turns as the models read them, in Jinja."""


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer of `size` tokens at the most, fewer where `texts` are too few for as many merges.

    Raises `BadInputError` where `size` has no room for bytes and specials, or there is no text.
    """
    if size < SMALLEST:
        raise BadInputError(
            f"a vocabulary of {size} tokens is too small; bytes and specials alone are {SMALLEST}"
        )
    tokenizer = Tokenizer(models.BPE())
    cut(tokenizer)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[*CONTROL, *CITATIONS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    seen = 0

    def counted() -> Iterable[str]:
        nonlocal seen
        for text in texts:
            seen += len(text)
            yield text

    tokenizer.train_from_iterator(counted(), trainer)
    if not seen:
        raise BadInputError("there is no text to train a tokenizer on")
    # The trainer makes all of them special, which decoding leaves out; citations are part of what is said.
    return _with_citations(tokenizer)


def cut(tokenizer: Tokenizer) -> None:
    """Lets `tokenizer` cut texts before merging as the module says, and put them together again."""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()


def cutting() -> Any:
    """What `tokenizer.json` says of how texts are cut, where they are cut as the module says."""
    tokenizer = Tokenizer(models.BPE())
    cut(tokenizer)
    return orjson.loads(tokenizer.to_str())["pre_tokenizer"]


def _with_citations(tokenizer: Tokenizer) -> Tokenizer:
    whole = orjson.loads(tokenizer.to_str())
    for token in whole["added_tokens"]:
        token["special"] = token["content"] in CONTROL
    return Tokenizer.from_str(orjson.dumps(whole).decode())


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write `tokenizer.json` into `folder`, whole or not at all. Raises `MissingError` on a full disk."""
    durable.write(folder / FILE, tokenizer.to_str(pretty=True).encode())


def load(folder: Path) -> Tokenizer:
    """The tokenizer in `folder`. Raises `MissingError` where there is none, `BadInputError` where it is none."""
    path = folder / FILE
    if not path.is_file():
        raise MissingError(f"no tokenizer in {folder}; `truthgpt train tokenizer` makes one")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower one
        raise BadInputError(f"{path} is no tokenizer: {' '.join(str(error).split())[:200]}") from None
    if [tokenizer.token_to_id(token) for token in CONTROL] != [END_ID, TURN_ID, TURN_END_ID]:
        raise BadInputError(
            f"{path} does not begin with {', '.join(CONTROL)}; `truthgpt train tokenizer` made it not"
        )
    return tokenizer
