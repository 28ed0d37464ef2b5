"""A text → ids of word pieces, for the networks of selection and law: English pieces, and words of Portuguese and Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from pathlib import Path

import regex
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from truthgpt.truth.crossencoder.text import Tokens, joined, readable

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
UNKNOWN, FIRST, SEPARATOR = 100, 101, 102

_HAN = regex.compile(r"\p{Han}+")


def parted(text: str) -> str:
    """`text` with its runs of Han characters cut, from the left, into the longest words of the vocabulary."""
    return str(_HAN.sub(lambda run: f" {' '.join(_cut(run[0], *_han_words()))} ", text))


def _cut(run: str, words: Set[str], longest: int) -> Iterator[str]:
    start = 0
    while start < len(run):
        size = next((size for size in range(longest, 1, -1) if run[start : start + size] in words), 1)
        yield run[start : start + size]
        start += size


@lru_cache(maxsize=1)
def _vocabulary() -> list[str]:
    return VOCABULARY.read_text(encoding="utf-8").split("\n")


@lru_cache(maxsize=1)
def _han_words() -> tuple[frozenset[str], int]:
    """The words of two or more Han characters, and the length of the longest."""
    found = frozenset(word for word in _vocabulary() if len(word) > 1 and _HAN.fullmatch(word))
    return found, max(map(len, found), default=1)


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The word pieces of the shipped vocabulary."""
    numbers = {word: number for number, word in enumerate(_vocabulary())}
    made = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(handle_chinese_chars=False)  # `parted` has seen to them
    made.pre_tokenizer = BertPreTokenizer()
    return made


def alone(texts: Sequence[str], longest: int) -> list[Tokens]:
    """The tokens of each text by itself, `longest` at most."""
    encoded = tokenizer().encode_batch_fast(
        [parted(readable(text)) for text in texts], add_special_tokens=False
    )
    return [joined((FIRST, *each.ids[: longest - 2], SEPARATOR)) for each in encoded]
