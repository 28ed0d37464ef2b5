"""How well a model foretells posts that it has not read: bits per byte, in all, by language and by community.

Bits per byte compare models with different tokenizers: -log2 p(text) over its UTF-8 bytes. A text's first token is foretold
from the token that ends documents, its end is not counted. A text longer than the context is read in windows that overlap by
half: each token is counted once, all but the first with at least half a context before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from truthgpt.errors import BadInputError
from truthgpt.training.models.card import Figure
from truthgpt.training.models.causal import Causal
from truthgpt.training.models.intervals import ratio

CONTEXT: Final = 2_048
"""Tokens of context that are used of a model that reads more."""
_TOGETHER: Final = 256
"""Texts whose windows are sorted by length together."""
_TOKENS: Final = 8_192
"""Tokens in a batch."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with what it is counted under; an empty name is one too."""

    text: str
    community: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Bits per byte of `documents` texts with `bytes` in all; `low` and `high` bound 95% over other texts of the kind,
    None where there is one alone."""

    bits_per_byte: float
    low: float | None
    high: float | None
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Bits:
    """The scores in all, by language and by community, the largest first; `tokens` were foretold, each once."""

    total: Score
    tokens: int
    languages: Mapping[str, Score]
    communities: Mapping[str, Score]

    def figures(self) -> tuple[Figure, ...]:
        """The scores in all and by language, for a card."""
        named = {"held-out texts": self.total} | {
            f"held-out texts, {name or 'language not known'}": score for name, score in self.languages.items()
        }
        return tuple(
            Figure(what, score.bits_per_byte, "bits per byte", score.documents, score.low, score.high)
            for what, score in named.items()
        )


def bits_per_byte(
    model: Causal,
    tokenizer: Tokenizer,
    texts: Iterable[Text],
    begin: int,
    context: int = CONTEXT,
    seed: int = 0,
) -> Bits:
    """The bits per byte of `texts`, which are read as they come; `begin` stands before each.

    What looks like a control token in a text is read as its characters. In memory: 256 texts, and 30 bytes of each that
    was read. Raises `BadInputError` where there is no text, or the model's chances are no numbers.
    """
    encoder = Tokenizer.from_str(tokenizer.to_str())
    encoder.encode_special_tokens = True
    reading = iter(texts)
    spent: list[float] = []
    sizes: list[int] = []
    names: list[tuple[str, str]] = []
    tokens = 0
    while some := list(islice(reading, _TOGETHER)):
        some = [text for text in some if text.text]
        encoded = [
            [begin, *found.ids]
            for found in encoder.encode_batch([text.text for text in some], add_special_tokens=False)
        ]
        spent += _bits(model, encoded, min(context, model.context)).tolist()
        sizes += [len(text.text.encode("utf-8", "replace")) for text in some]
        names += [(text.language, text.community) for text in some]
        tokens += sum(len(ids) - 1 for ids in encoded)
    if not sizes:
        raise BadInputError("there is no text to measure the model on")
    if not math.isfinite(sum(spent)):
        raise BadInputError(
            "the model's chances are no numbers: its weights are damaged or its training went astray"
        )
    bits, octets = np.array(spent), np.array(sizes)
    return Bits(
        total=_score(bits, octets, seed),
        tokens=tokens,
        languages=_by([language for language, _ in names], bits, octets, seed),
        communities=_by([community for _, community in names], bits, octets, seed),
    )


def windows(length: int, context: int) -> Iterator[tuple[int, int, int]]:
    """How `length` tokens are foretold: (first, end, from) for inputs [first, end), of which those before `from` are
    context alone; input i foretells token i + 1."""
    counted = first = 0
    while counted < length:
        end = min(first + context, length)
        yield first, end, counted
        counted, first = end, end - context // 2


def _bits(model: Causal, texts: list[list[int]], context: int) -> npt.NDArray[np.float64]:
    """Bits that each text takes (n,); the first token of each is given."""
    found = np.zeros(len(texts))
    work = sorted(
        (
            (end - first, number, first, end, counted)
            for number, ids in enumerate(texts)
            for first, end, counted in windows(len(ids) - 1, context)
        ),
        reverse=True,
    )
    while work:
        longest = work[0][0]
        count = max(1, _TOKENS // longest)
        batch, work = work[:count], work[count:]
        inputs = torch.zeros(len(batch), longest, dtype=torch.long)
        targets = torch.zeros_like(inputs)
        for row, (length, number, first, end, _) in enumerate(batch):
            # What stands behind a text changes nothing of it.
            inputs[row, :length] = torch.tensor(texts[number][first:end])
            targets[row, :length] = torch.tensor(texts[number][first + 1 : end + 1])
        chances, _ = model.chances(inputs, targets)
        for row, (length, number, first, _, counted) in enumerate(batch):
            found[number] -= float(chances[row, counted - first : length].double().sum()) / math.log(2)
    return found


def _by(
    names: list[str], bits: npt.NDArray[np.float64], octets: npt.NDArray[np.int64], seed: int
) -> dict[str, Score]:
    known, places = np.unique(np.array(names), return_inverse=True)
    scores = {
        str(name): _score(bits[places == place], octets[places == place], seed)
        for place, name in enumerate(known)
    }
    return dict(sorted(scores.items(), key=lambda row: (-row[1].bytes, row[0])))


def _score(bits: npt.NDArray[np.float64], octets: npt.NDArray[np.int64], seed: int) -> Score:
    low, high = ratio(bits, octets, seed) or (None, None)
    return Score(float(bits.sum() / octets.sum()), low, high, len(octets), int(octets.sum()))
