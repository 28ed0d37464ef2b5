"""Documents in, a tokenizer out, and how well it packs texts that it was not trained on, by language.

It is trained on a sample of the training documents in which each community in each language has an equal share of the
bytes, or all of its own where these are fewer; the documents with the lowest hashes first, so that the same corpus gives the
same tokenizer. Compression is measured on the validation split, for the size that was asked for and for those of well-known
vocabularies, each trained on the same sample: how much a larger one would bring on these posts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from truthgpt.errors import BadInputError
from truthgpt.language import vocabulary
from truthgpt.training.data.conversations import Places
from truthgpt.training.data.documents import Documents
from truthgpt.training.data.mixture import Data
from truthgpt.training.data.shard_writing import encoder
from truthgpt.training.data.splits import hashed, in_validation

GPT2: Final = 50_257
LLAMA3: Final = 128_256
"""Tokens of GPT-2's vocabulary and of Llama 3's."""

_ENCODED: Final = 1_024
_ORDER: Final = 0x51
"""Salt of the hash that says which documents come into the sample first."""


@dataclass(frozen=True, slots=True)
class TokenizerOptions:
    """What tokenizer to make.

    size            tokens, at the most: fewer where the texts do not give so many
    sample_bytes    UTF-8 bytes of text to train on, at the most; training takes about 10 bytes of memory for each
    measured_bytes  UTF-8 bytes of the validation split that compression is measured on, at the most
    compared        other sizes to train on the same sample and measure
    """

    size: int = 32_768
    sample_bytes: int = 256 << 20
    measured_bytes: int = 16 << 20
    compared: tuple[int, ...] = (GPT2, LLAMA3)

    def __post_init__(self) -> None:
        for size in (self.size, *self.compared):
            if isinstance(size, bool) or not isinstance(size, int) or size < vocabulary.SMALLEST:
                raise BadInputError(
                    f"a vocabulary of {size!r} tokens is none; bytes and specials alone are {vocabulary.SMALLEST}"
                )
        if self.sample_bytes < 1 or self.measured_bytes < 1:
            raise BadInputError("sample_bytes and measured_bytes are at least 1")


@dataclass(frozen=True, slots=True)
class Packed:
    """What texts of one language came to: UTF-8 bytes, tokens."""

    bytes: int
    tokens: int

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / max(1, self.tokens)


@dataclass(frozen=True, slots=True)
class Measured:
    """A tokenizer's compression: the size asked for, the size that came of it, and what each language packs to ("" where it
    cannot be told)."""

    asked: int
    size: int
    languages: dict[str, Packed]

    @property
    def whole(self) -> Packed:
        """All languages together."""
        packed = self.languages.values()
        return Packed(sum(one.bytes for one in packed), sum(one.tokens for one in packed))


@dataclass(frozen=True, slots=True)
class Compression:
    """The report: bytes and documents that were trained on, documents measured, and a `Measured` a size, the tokenizer's first."""

    trained_documents: int
    trained_bytes: int
    measured_documents: int
    sizes: tuple[Measured, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it, with `bytes_per_token` reckoned."""
        made = asdict(self)
        for row, one in zip(made["sizes"], self.sizes, strict=True):
            row["bytes_per_token"] = round(one.whole.bytes_per_token, 4)
            for language, packed in one.languages.items():
                row["languages"][language]["bytes_per_token"] = round(packed.bytes_per_token, 4)
        return made


def train(
    found: Documents, options: TokenizerOptions | None = None, data: Data | None = None
) -> tuple[Tokenizer, Compression]:
    """A tokenizer of the training documents of `found`, and its compression on those of the validation split.

    Raises `BadInputError` where there is no text.
    """
    options, data = options or TokenizerOptions(), data or Data()
    validation = in_validation(found.keys, data.validation, data.validation_documents)
    sample = sampled(found, ~validation, options.sample_bytes)
    held_out = sampled(found, validation, options.measured_bytes)
    sizes: list[Measured] = []
    tokenizers: list[Tokenizer] = []
    for size in (options.size, *options.compared):
        # Texts that gave fewer tokens than were asked for give no more to who asks for more.
        same = [one for one in sizes if one.size < one.asked <= size]
        if same:
            sizes.append(replace(same[0], asked=size))
            continue
        texts = (document.text for document in found.read(sample))
        tokenizers.append(vocabulary.train(texts, size))
        sizes.append(_measured(found, held_out, tokenizers[-1], size))
    report = Compression(len(sample), int(found.sizes[sample].sum()), len(held_out), tuple(sizes))
    return tokenizers[0], report


def sampled(found: Documents, of: npt.NDArray[np.bool_], most: int) -> Places:
    """Numbers of documents, rising, of those that `of` (n,) marks: about `most` bytes of them, shared evenly over
    communities and languages; at least one document of each, and of each as many as its share has room for."""
    numbers = np.flatnonzero(of)
    group = found.communities[numbers].astype(np.int64) * len(found.language_names) + found.languages[numbers]
    _, group = np.unique(group, return_inverse=True)
    if not len(numbers):
        return numbers
    room = _shares(np.bincount(group, weights=found.sizes[numbers]).astype(np.int64), most)
    order = np.lexsort((hashed(found.keys[numbers], _ORDER), group))
    sizes, groups = found.sizes[numbers][order], group[order]
    before = np.cumsum(sizes) - sizes
    first = np.searchsorted(groups, np.arange(len(room)))
    chosen = before - before[first][groups] < room[groups]
    return np.sort(numbers[order][chosen])


def byte_lengths(tokenizer: Tokenizer) -> npt.NDArray[np.int64]:
    """How many bytes of text each token is (vocabulary,), 0 of control tokens: the sum over a text's tokens is its UTF-8
    length, which bits per byte is reckoned by."""
    lengths = np.zeros(tokenizer.get_vocab_size(), np.int64)
    for token, number in tokenizer.get_vocab().items():
        if token not in vocabulary.CONTROL:
            lengths[number] = len(token)  # byte-level BPE writes each byte as one character
    return lengths


def _shares(sizes: Places, most: int) -> Places:
    """How many bytes each group may give, so that all together give `most`: an equal share, and what the smaller ones leave
    of theirs to the larger ones."""
    left, room = most, np.zeros_like(sizes)
    for rank, group in enumerate(np.argsort(sizes, kind="stable").tolist()):
        room[group] = min(int(sizes[group]), max(1, left // (len(sizes) - rank)))
        left -= room[group]
    return room


def _measured(found: Documents, numbers: Places, tokenizer: Tokenizer, asked: int) -> Measured:
    coder = encoder(tokenizer)
    by_language: dict[str, list[int]] = {}
    read = found.read(numbers)
    while batch := list(islice(read, _ENCODED)):
        encodings = coder.encode_batch_fast([document.text for document in batch], add_special_tokens=False)
        for document, encoding in zip(batch, encodings, strict=True):
            counts = by_language.setdefault(document.language, [0, 0])
            counts[0] += len(document.text.encode())
            counts[1] += len(encoding.ids)
    languages = {language: Packed(*by_language[language]) for language in sorted(by_language)}
    return Measured(asked, tokenizer.get_vocab_size(), languages)
